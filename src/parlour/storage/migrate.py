"""Brings a database to the newest schema: all of it in one transaction, or nothing."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from parlour.errors import SETTING_INVALID, ParlourError
from parlour.storage.database import check_url, named_faults, open_engine

_NEWEST = "head"
_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = _NEWEST) -> None:
    """Run the migrations that `url` still lacks, up to `revision`.

    A kill at any point leaves the database as it was: the engines undo schema changes like any other.

    Raises:
        ParlourError: SettingInvalid for a kind of database that is not supported, or one that a newer version made;
            StorageUnavailable.
    """
    check_url(url)
    # A migration may rebuild a table; with foreign keys on, dropping the old one would take its dependants along.
    engine = open_engine(url, "BEGIN IMMEDIATE", foreign_keys=False)
    try:
        with named_faults(), engine.begin() as connection:
            if revision != _NEWEST or _revision(connection) != newest():
                _migrate(connection, url, revision)
    finally:
        engine.dispose()


def newest() -> str:
    """Return the newest revision that there is: files of revisions are called ``vREVISION_WHAT.py``."""
    return max(file.name for file in (_SCRIPTS / "versions").glob("v*.py"))[1:].partition("_")[0]


def _revision(connection: Connection) -> str | None:
    """Return the revision that a database has; None if it has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection, url: str, revision: str) -> None:
    from alembic import command  # it takes a while, and a database is seldom old
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as fault:
        reason = f"its schema is unknown: {fault}"
        raise ParlourError(SETTING_INVALID, url, setting="database", reason=reason) from fault
