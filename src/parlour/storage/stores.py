"""Everything that the core keeps, on one database."""

from pathlib import Path

from parlour.chat.core import Stores
from parlour.clock import Clock
from parlour.storage.addins import SqlAddinStore
from parlour.storage.belonging import SqlInvitationStore, SqlRequestStore
from parlour.storage.blobs import FolderBlobs
from parlour.storage.database import Database
from parlour.storage.feeds import SqlFeedStore
from parlour.storage.files import SqlFileStore
from parlour.storage.messages import SqlMessageLog
from parlour.storage.policies import SqlServiceStore
from parlour.storage.reading import SqlPinStore, SqlReadingStore
from parlour.storage.rooms import SqlRoomStore
from parlour.storage.search import SqlSearchStore


def make_stores(database: Database, clock: Clock, files: Path) -> Stores:
    """Return the stores of a deployment; `files` is the folder for the bytes of files."""
    return Stores(
        log=SqlMessageLog(database), rooms=SqlRoomStore(database, clock), reading=SqlReadingStore(database),
        feeds=SqlFeedStore(database), pins=SqlPinStore(database), addins=SqlAddinStore(database),
        files=SqlFileStore(database), blobs=FolderBlobs(files),
        requests=SqlRequestStore(database), invitations=SqlInvitationStore(database),
        search=SqlSearchStore(database), service=SqlServiceStore(database))
