"""The tables, as SQLAlchemy sees them. Migrations make them; a test shows that both agree.

Moments are kept as whole microseconds since 1970 UTC: sortable, exact, and the same on every engine.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """A UTC datetime kept as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a datetime into its number."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn the number back into a datetime."""
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData(naming_convention={
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
})

settings = Table(
    "settings", metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

sip_domains = Table(
    "sip_domains", metadata,
    Column("name", String(253), primary_key=True),
    Column("is_default", Boolean, nullable=False),
)

pools = Table(
    "pools", metadata,
    Column("fqdn", String(253), primary_key=True),
    Column("site", String(64), nullable=False),
    Column("service_id", Integer, nullable=False, unique=True),
)

# Every SIP address of the deployment, in lower case, and whose it is: unique over people and contacts alike.
sip_addresses = Table(
    "sip_addresses", metadata,
    Column("address_key", String(454), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), unique=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), unique=True),
    CheckConstraint("(person_id IS NULL) != (contact_id IS NULL)", name="one_owner"),
)

people = Table(
    "people", metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(36), nullable=False, unique=True),
    Column("sip_address", String(454), nullable=False),
    Column("display_name", String(256), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("ntlm_secret", LargeBinary),
    Column("digest_secret", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    # Distinguished name of the container the person lies in.
    Column("container", String(1024), nullable=False),
    # Number of the newest invitation: they are never given twice, even when one is withdrawn.
    Column("last_invitation", Integer, nullable=False, default=0),
    # The policy granted to the person himself; without one, that of the site or the global one holds.
    Column("chat_policy", String(256)),
    sqlite_autoincrement=True,
)

# Contact objects: the endpoints of pools.
contacts = Table(
    "contacts", metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(36), nullable=False, unique=True),
    Column("sip_address", String(454), nullable=False),
    Column("display_name", String(256), nullable=False),
    Column("pool_fqdn", ForeignKey("pools.fqdn"), nullable=False, index=True),
    Column("automatic", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

categories = Table(
    "categories", metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(36), nullable=False, unique=True),
    Column("pool_fqdn", ForeignKey("pools.fqdn"), nullable=False),
    Column("domain", String(253), nullable=False),
    Column("name", String(256), nullable=False),
    Column("name_key", String(768), nullable=False),
    Column("description", String(256), nullable=False),
    Column("invitations", Boolean, nullable=False),
    Column("file_upload", Boolean, nullable=False),
    Column("chat_history", Boolean, nullable=False),
    UniqueConstraint("pool_fqdn", "name_key"),
)

rooms = Table(
    "rooms", metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(36), nullable=False, unique=True),
    Column("category_id", ForeignKey("categories.id"), nullable=False, index=True),
    Column("pool_fqdn", ForeignKey("pools.fqdn"), nullable=False),
    Column("domain", String(253), nullable=False),
    Column("name", String(256), nullable=False),
    Column("name_key", String(768), nullable=False),
    Column("description", String(256), nullable=False),
    Column("privacy", String(16), nullable=False),
    Column("type", String(16), nullable=False),
    Column("invitations", String(16), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    # How many messages were ever posted, and when the newest: time in a room never goes back.
    Column("message_count", BigInteger, nullable=False, default=0),
    Column("last_posted_at", Moment),
    Column("addin_id", ForeignKey("addins.id")),
    UniqueConstraint("pool_fqdn", "name_key"),
    sqlite_autoincrement=True,
)

# Web pages that rooms may show beside the conversation.
addins = Table(
    "addins", metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(36), nullable=False, unique=True),
    Column("pool_fqdn", ForeignKey("pools.fqdn"), nullable=False),
    Column("name", String(50), nullable=False),
    Column("name_key", String(150), nullable=False),
    Column("url", String(255), nullable=False),
    UniqueConstraint("pool_fqdn", "name_key"),
)

# Whoever stands in some list. A person's name is read from people; others have theirs here, in lower case as key.
principals = Table(
    "principals", metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("key", String(1024), nullable=False, unique=True),
    Column("name", String(1024), nullable=False),
    Column("display_name", String(256), nullable=False),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), unique=True),
    sqlite_autoincrement=True,
)

group_members = Table(
    "group_members", metadata,
    Column("group_id", ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True, index=True),
)

category_principals = Table(
    "category_principals", metadata,
    Column("category_id", ForeignKey("categories.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("principal_id", ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True, index=True),
)

room_principals = Table(
    "room_principals", metadata,
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("principal_id", ForeignKey("principals.id", ondelete="CASCADE"), primary_key=True, index=True),
)

# The log of every room, clustered by room and number: a page of history is one range. It holds messages, and what was
# done to them later: such an entry `refers` to its message and keeps the text that was there before.
messages = Table(
    "messages", metadata,
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("author_id", ForeignKey("people.id"), nullable=False),
    Column("posted_at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    # How many messages the room had with this one: the difference of two is a count of messages.
    Column("ordinal", BigInteger, nullable=False),
    Column("alert", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("title", Text),
    Column("rtf", Text),
    Column("edited_at", Moment),
    Column("refers", BigInteger),
    Index("ix_messages_posted", "room_id", "posted_at"),
    Index("ix_messages_author", "author_id"),  # the engine appends room and number
    Index("ix_messages_refers", "room_id", "refers", sqlite_where=text("refers IS NOT NULL")),
    sqlite_with_rowid=False,
)

# The marks that authors put on their messages, so that one is posted once however often it is sent.
post_keys = Table(
    "post_keys", metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", BigInteger, nullable=False),
    # SHA-256 of what was posted: the same key on something else is a mistake.
    Column("digest", LargeBinary, nullable=False),
    Column("posted_at", Moment, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# Which rooms somebody follows, and up to which message he has read them.
follows = Table(
    "follows", metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("read_number", BigInteger, nullable=False),
    Column("read_ordinal", BigInteger, nullable=False),
    Column("followed_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# Who is named in which message.
mentions = Table(
    "mentions", metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("posted_at", Moment, nullable=False),
    Index("ix_mentions_message", "room_id", "number"),
    Index("ix_mentions_time", "person_id", "posted_at"),
    sqlite_with_rowid=False,
)

pins = Table(
    "pins", metadata,
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("pinned_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# Who asks to become a member of a Closed room.
join_requests = Table(
    "join_requests", metadata,
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("note", String(256), nullable=False),
    Column("asked_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# Numbered per person (reference/xccos.md section 13.1).
invitations = Table(
    "invitations", metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("person_id", "room_id"),
    sqlite_with_rowid=False,
)

# Topic feeds: what somebody wants to see of the rooms he follows. `keywords` and `authors` are lists as JSON.
feeds = Table(
    "feeds", metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(256), nullable=False),
    Column("name_key", String(768), nullable=False),
    Column("keywords", Text, nullable=False),
    Column("authors", Text, nullable=False),
    UniqueConstraint("person_id", "name_key"),
)

# Files of rooms; their bytes lie outside the database under their SHA-256. Without one, the upload is under way.
files = Table(
    "files", metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(36), nullable=False, unique=True),
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("name", String(256), nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), index=True),
    Column("created_at", Moment, nullable=False),
)

# What lets somebody up- or download one file once; only a hash of the token is kept.
file_tokens = Table(
    "file_tokens", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# Who may use Persistent Chat: "Global", "Site:NAME", or "Tag:NAME" for people it is granted to.
chat_policies = Table(
    "chat_policies", metadata,
    Column("identity_key", String(768), primary_key=True),
    Column("identity", String(256), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("description", String(1024), nullable=False),
)

# Settings of the chat service: "Global", "Site:NAME", or "Service:NAME".
chat_configurations = Table(
    "chat_configurations", metadata,
    Column("identity_key", String(768), primary_key=True),
    Column("identity", String(256), nullable=False),
    Column("default_chat_history", Integer, nullable=False),
    Column("max_file_size_kb", BigInteger, nullable=False),
    Column("participant_update_limit", BigInteger, nullable=False),
    Column("room_management_url", String(1024), nullable=False),
)

# Settings of the compliance service, in the scopes of `chat_configurations`.
compliance_configurations = Table(
    "compliance_configurations", metadata,
    Column("identity_key", String(768), primary_key=True),
    Column("identity", String(512), nullable=False),
    Column("adapter_type", String(1024), nullable=False),
    Column("adapter_name", String(256), nullable=False),
    Column("adapter_output_directory", String(1024), nullable=False),
    Column("run_interval_seconds", Integer, nullable=False),
    Column("one_chat_room_per_output_file", Boolean, nullable=False),
    Column("add_chat_room_details", Boolean, nullable=False),
    Column("add_user_details", Boolean, nullable=False),
    Column("create_file_attachments_manifest", Boolean, nullable=False),
    Column("custom_configuration", Text, nullable=False),
)

# What was declared of a pool: its state, and which of its servers take new connections (FQDNs, as a JSON list).
pool_states = Table(
    "pool_states", metadata,
    Column("pool_fqdn", ForeignKey("pools.fqdn", ondelete="CASCADE"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("active_servers", Text, nullable=False),
)

# Administrative roles that administrators made; lists as JSON. Whoever is in the group of the role's name has it.
admin_roles = Table(
    "admin_roles", metadata,
    Column("identity_key", String(768), primary_key=True),
    Column("identity", String(256), nullable=False),
    Column("number", Integer, nullable=False, unique=True),
    Column("template", String(64), nullable=False),
    Column("cmdlets", Text, nullable=False),
    Column("script_modules", Text, nullable=False),
    Column("config_scopes", Text, nullable=False),
    Column("user_scopes", Text, nullable=False),
)

# What legacy clients keep of their own, opaque to the server (reference/xccos.md section 8.9).
preferences = Table(
    "preferences", metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("label", String(255), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    sqlite_with_rowid=False,
)

# What clients publish of their presence (MS-PRES categories), kept as they sent it.
presence_publications = Table(
    "presence_publications", metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("category", String(64), primary_key=True),
    Column("instance", BigInteger, primary_key=True, autoincrement=False),
    Column("container", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("expire_type", String(16), nullable=False),
    Column("content", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
)

# What people show instead of their passwords: sessions of browsers and access tokens. Of a secret only its SHA-256 is
# kept, which is enough for 256 random bits.
bearers = Table(
    "bearers", metadata,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    # What its owner calls a token; empty for a session.
    Column("name", String(128), nullable=False),
    # Names, with spaces between.
    Column("scopes", String(256), nullable=False),
    # Where it was made: what the browser calls itself, and its network address.
    Column("agent", String(256), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("expires_at", Moment),
)

# Wrong passwords in a row by SIP address (lower case), whether or not somebody has it: the answer tells nobody which.
wrong_passwords = Table(
    "wrong_passwords", metadata,
    Column("account_key", String(454), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("failed_at", Moment, nullable=False),
    Column("locked_until", Moment),
)

# People of the directory that are programs. One that was removed stays, disabled: what it wrote is its own.
bots = Table(
    "bots", metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("owner_id", ForeignKey("people.id", ondelete="SET NULL"), index=True),
    Column("description", String(256), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("removed", Boolean, nullable=False),
)

# Ways of other systems into rooms, and out of them. `cursor` is the entry of the room's log up to which all was told.
hooks = Table(
    "hooks", metadata,
    Column("id", Integer, primary_key=True),
    Column("guid", String(36), nullable=False, unique=True),
    Column("room_id", ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("bot_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("name", String(64), nullable=False),
    Column("description", String(256), nullable=False),
    Column("url", String(1024), nullable=False),
    Column("creator", String(454), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("failing_since", Moment),
    Column("fault", String(500), nullable=False),
    # SHA-256 of the secret of an incoming hook; the others' secrets must be read again, and are sealed.
    Column("token_hash", String(64), unique=True),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# What administrators did. `moment` is read as the number it is: the hash is taken over what stands here.
audit_log = Table(
    "audit_log", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("moment", BigInteger, nullable=False),
    Column("person", String(454), nullable=False),
    Column("surface", String(16), nullable=False),
    Column("address", String(64), nullable=False),
    # Lists and tables as JSON.
    Column("roles", Text, nullable=False),
    Column("cmdlet", String(128), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("targets", Text, nullable=False),
    # How many objects came through the pipeline; NULL: it was not fed by one.
    Column("objects", BigInteger),
    Column("outcome", String(16), nullable=False),
    Column("error_id", String(64), nullable=False),
    Column("duration_ms", BigInteger),
    # Number of the entry Started that this one completes.
    Column("started", BigInteger),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_with_rowid=False,
)

# Where the audit log ends, in one row: by it the loss of the newest entries is noticed.
audit_end = Table(
    "audit_end", metadata,
    Column("id", Integer, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

_APPEND_ONLY = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
_GUARDS = (
    "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log",
    "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log",
    # INSERT OR REPLACE removes rows without telling the trigger above.
    "CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log "
    "WHEN NEW.number <= (SELECT max(number) FROM audit_log)",
)


@event.listens_for(audit_log, "after_create")
def _guard_audit_log(_: Table, connection: Connection, **__: object) -> None:
    for guard in _GUARDS:
        connection.exec_driver_sql(f"{guard} {_APPEND_ONLY}")
