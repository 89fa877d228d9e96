"""The first schema: names, people, endpoints, rooms, messages, presence."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table("people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("sip_address", sa.String(length=454), nullable=False),
        sa.Column("display_name", sa.String(length=256), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("ntlm_secret", sa.LargeBinary(), nullable=True),
        sa.Column("digest_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("guid", name=op.f("uq_people_guid")),
        sqlite_autoincrement=True
    )
    op.create_table("pools",
        sa.Column("fqdn", sa.String(length=253), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("fqdn", name=op.f("pk_pools")),
        sa.UniqueConstraint("service_id", name=op.f("uq_pools_service_id"))
    )
    op.create_table("settings",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings"))
    )
    op.create_table("sip_domains",
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sip_domains"))
    )
    op.create_table("categories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("pool_fqdn", sa.String(length=253), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("name_key", sa.String(length=768), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=False),
        sa.Column("invitations", sa.Boolean(), nullable=False),
        sa.Column("file_upload", sa.Boolean(), nullable=False),
        sa.Column("chat_history", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["pool_fqdn"], ["pools.fqdn"], name=op.f("fk_categories_pool_fqdn_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("guid", name=op.f("uq_categories_guid")),
        sa.UniqueConstraint("pool_fqdn", "name_key", name=op.f("uq_categories_pool_fqdn"))
    )
    op.create_table("contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("sip_address", sa.String(length=454), nullable=False),
        sa.Column("display_name", sa.String(length=256), nullable=False),
        sa.Column("pool_fqdn", sa.String(length=253), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool_fqdn"], ["pools.fqdn"], name=op.f("fk_contacts_pool_fqdn_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("guid", name=op.f("uq_contacts_guid"))
    )
    op.create_index(op.f("ix_contacts_pool_fqdn"), "contacts", ["pool_fqdn"], unique=False)
    op.create_table("presence_publications",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("instance", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("container", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expire_type", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_presence_publications_person_id_people"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "category", "instance", "container",
                                name=op.f("pk_presence_publications"))
    )
    op.create_table("rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("pool_fqdn", sa.String(length=253), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("name_key", sa.String(length=768), nullable=False),
        sa.Column("description", sa.String(length=256), nullable=False),
        sa.Column("privacy", sa.String(length=16), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("invitations", sa.String(length=16), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name=op.f("fk_rooms_category_id_categories")),
        sa.ForeignKeyConstraint(["pool_fqdn"], ["pools.fqdn"], name=op.f("fk_rooms_pool_fqdn_pools")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("guid", name=op.f("uq_rooms_guid")),
        sa.UniqueConstraint("pool_fqdn", "name_key", name=op.f("uq_rooms_pool_fqdn")),
        sqlite_autoincrement=True
    )
    op.create_index(op.f("ix_rooms_category_id"), "rooms", ["category_id"], unique=False)
    op.create_table("sip_addresses",
        sa.Column("address_key", sa.String(length=454), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) != (contact_id IS NULL)", name=op.f("ck_sip_addresses_one_owner")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_sip_addresses_contact_id_contacts"),
                                ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sip_addresses_person_id_people"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("address_key", name=op.f("pk_sip_addresses")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_sip_addresses_contact_id")),
        sa.UniqueConstraint("person_id", name=op.f("uq_sip_addresses_person_id"))
    )
    op.create_table("messages",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_messages_author_id_people")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_messages_room_id_rooms"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("room_id", "number", name=op.f("pk_messages")),
        sqlite_with_rowid=False
    )
