"""Brings a database to the newest schema: all of it in one transaction, or nothing."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from parlour.errors import SETTING_INVALID, ParlourError
from parlour.storage.database import check_url, named_faults, open_engine

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Run the migrations that `url` still lacks, up to `revision`.

    A kill at any point leaves the database as it was: the engines undo schema changes like any other.

    Raises:
        ParlourError: SettingInvalid for a kind of database that is not supported, or one that a newer version made;
            StorageUnavailable.
    """
    check_url(url)
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    # A migration may rebuild a table; with foreign keys on, dropping the old one would take its dependants along.
    engine = open_engine(url, "BEGIN IMMEDIATE", foreign_keys=False)
    try:
        with named_faults(), engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except CommandError as fault:
        reason = f"its schema is unknown: {fault}"
        raise ParlourError(SETTING_INVALID, url, setting="database", reason=reason) from fault
    finally:
        engine.dispose()
