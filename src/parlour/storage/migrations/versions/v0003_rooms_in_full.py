"""Rooms in full: messages that can be changed and searched, what people read, files, policies, settings.

All messages so far are plain ones, so their number is their count as well.
"""

import sqlalchemy as sa
from alembic import op

from parlour.storage.terms import fold, short_terms

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, and bring every message along."""
    _change_people()
    _make_addins()
    _change_rooms()
    _change_messages()
    _make_search()
    _make_reading()
    _make_belonging()
    _make_files()
    _make_service()
    op.execute("INSERT INTO chat_policies VALUES ('global', 'Global', 1, '')")
    op.execute("INSERT INTO chat_configurations VALUES ('global', 'Global', 30, 20000, 75, '')")


def _change_people() -> None:
    op.add_column("people", sa.Column("last_invitation", sa.Integer()))
    op.add_column("people", sa.Column("chat_policy", sa.String(256)))
    op.execute("UPDATE people SET last_invitation = 0")
    with op.batch_alter_table("people", table_kwargs={"sqlite_autoincrement": True}) as people:
        people.alter_column("last_invitation", existing_type=sa.Integer(), nullable=False)


def _change_rooms() -> None:
    op.add_column("rooms", sa.Column("message_count", sa.BigInteger()))
    op.add_column("rooms", sa.Column("last_posted_at", sa.BigInteger()))
    op.add_column("rooms", sa.Column("addin_id", sa.Integer()))
    op.execute("UPDATE rooms SET message_count = last_number, last_posted_at = "
               "(SELECT max(posted_at) FROM messages WHERE messages.room_id = rooms.id)")
    with op.batch_alter_table("rooms", table_kwargs={"sqlite_autoincrement": True}) as rooms:
        rooms.alter_column("message_count", existing_type=sa.BigInteger(), nullable=False)
        rooms.create_foreign_key("fk_rooms_addin_id_addins", "addins", ["addin_id"], ["id"])


def _change_messages() -> None:
    """Copy the messages. Time in a room never goes back from now on, so it must not have gone back before either."""
    op.rename_table("messages", "old_messages")
    _make_messages()
    op.execute(
        "INSERT INTO messages (room_id, number, author_id, posted_at, text, kind, ordinal, alert, deleted) "
        "SELECT room_id, number, author_id, max(posted_at) OVER (PARTITION BY room_id ORDER BY number), text, 0, "
        "number, 0, 0 FROM old_messages")
    op.drop_table("old_messages")


def _make_search() -> None:
    """Make the indexes of texts; their rows have the numbers that parlour.storage.search gives them."""
    op.execute("CREATE VIRTUAL TABLE message_text USING fts5(text, content='', tokenize='trigram')")
    op.execute("CREATE VIRTUAL TABLE message_terms USING fts5(terms, content='', tokenize='ascii', detail='none')")
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT (room_id << 40) | number, text FROM messages")):
        folded = fold(row[1])
        connection.exec_driver_sql("INSERT INTO message_text (rowid, text) VALUES (?, ?)", (row[0], folded))
        if terms := " ".join(short_terms(folded)):
            connection.exec_driver_sql("INSERT INTO message_terms (rowid, terms) VALUES (?, ?)", (row[0], terms))


def _make_addins() -> None:
    """Web pages beside the conversation."""
    op.create_table(
        "addins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("pool_fqdn", sa.String(253), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("name_key", sa.String(150), nullable=False),
        sa.Column("url", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_addins"),
        sa.UniqueConstraint("pool_fqdn", "name_key", name="uq_addins_pool_fqdn"),
        sa.UniqueConstraint("guid", name="uq_addins_guid"),
        sa.ForeignKeyConstraint(["pool_fqdn"], ["pools.fqdn"], name="fk_addins_pool_fqdn_pools"),
    )


def _make_messages() -> None:
    """The log of the rooms."""
    op.create_table(
        "messages",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("rtf", sa.Text()),
        sa.Column("edited_at", sa.BigInteger()),
        sa.Column("refers", sa.BigInteger()),
        sa.PrimaryKeyConstraint("room_id", "number", name="pk_messages"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_messages_room_id_rooms", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name="fk_messages_author_id_people"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_messages_author", "messages", ["author_id"])
    op.create_index("ix_messages_posted", "messages", ["room_id", "posted_at"])
    op.create_index("ix_messages_refers", "messages", ["room_id", "refers"], sqlite_where=sa.text("refers IS NOT NULL"))


def _make_reading() -> None:
    """What somebody reads."""
    op.create_table(
        "follows",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("read_number", sa.BigInteger(), nullable=False),
        sa.Column("read_ordinal", sa.BigInteger(), nullable=False),
        sa.Column("followed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "room_id", name="pk_follows"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_follows_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_follows_room_id_rooms", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_follows_room_id", "follows", ["room_id"])
    op.create_table(
        "mentions",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "room_id", "number", name="pk_mentions"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_mentions_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_mentions_room_id_rooms", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mentions_message", "mentions", ["room_id", "number"])
    op.create_index("ix_mentions_time", "mentions", ["person_id", "posted_at"])
    op.create_table(
        "pins",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("pinned_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "number", name="pk_pins"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_pins_room_id_rooms", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_pins_person_id_people", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("name_key", sa.String(768), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.UniqueConstraint("person_id", "name_key", name="uq_feeds_person_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_feeds_person_id_people", ondelete="CASCADE"),
    )


def _make_belonging() -> None:
    """Who asks to come in, and who is asked."""
    op.create_table(
        "join_requests",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(256), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "person_id", name="pk_join_requests"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_join_requests_room_id_rooms", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_join_requests_person_id_people", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_join_requests_person_id", "join_requests", ["person_id"])
    op.create_table(
        "invitations",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "number", name="pk_invitations"),
        sa.UniqueConstraint("person_id", "room_id", name="uq_invitations_person_id"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_invitations_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_invitations_room_id_rooms", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_invitations_room_id", "invitations", ["room_id"])


def _make_files() -> None:
    """Files, and what lets somebody up- and download them."""
    op.create_table(
        "files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("guid", name="uq_files_guid"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_files_room_id_rooms", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_files_person_id_people"),
    )
    op.create_index("ix_files_room_id", "files", ["room_id"])
    op.create_index("ix_files_sha256", "files", ["sha256"])
    op.create_table(
        "file_tokens",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_file_tokens"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_file_tokens_file_id_files", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_file_tokens_person_id_people", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_file_tokens_expires_at", "file_tokens", ["expires_at"])
    op.create_index("ix_file_tokens_file_id", "file_tokens", ["file_id"])


def _make_service() -> None:
    """Who may use the service, how it behaves, and what it keeps for clients."""
    op.create_table(
        "chat_policies",
        sa.Column("identity_key", sa.String(768), nullable=False),
        sa.Column("identity", sa.String(256), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(1024), nullable=False),
        sa.PrimaryKeyConstraint("identity_key", name="pk_chat_policies"),
    )
    op.create_table(
        "chat_configurations",
        sa.Column("identity_key", sa.String(768), nullable=False),
        sa.Column("identity", sa.String(256), nullable=False),
        sa.Column("default_chat_history", sa.Integer(), nullable=False),
        sa.Column("max_file_size_kb", sa.BigInteger(), nullable=False),
        sa.Column("participant_update_limit", sa.BigInteger(), nullable=False),
        sa.Column("room_management_url", sa.String(1024), nullable=False),
        sa.PrimaryKeyConstraint("identity_key", name="pk_chat_configurations"),
    )
    op.create_table(
        "preferences",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(255), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "label", name="pk_preferences"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_preferences_person_id_people", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
