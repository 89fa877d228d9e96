"""Bots, and the hooks of rooms."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bots",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.String(256), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_bots_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["people.id"], name="fk_bots_owner_id_people", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("person_id", name="pk_bots"),
    )
    op.create_index("ix_bots_owner_id", "bots", ["owner_id"])
    op.create_table(
        "hooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("bot_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.String(256), nullable=False),
        sa.Column("url", sa.String(1024), nullable=False),
        sa.Column("creator", sa.String(454), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.String(500), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_hooks_room_id_rooms", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["bot_id"], ["people.id"], name="fk_hooks_bot_id_people", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_hooks"),
        sa.UniqueConstraint("guid", name="uq_hooks_guid"),
        sa.UniqueConstraint("token_hash", name="uq_hooks_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hooks_room_id", "hooks", ["room_id"])
    op.create_index("ix_hooks_bot_id", "hooks", ["bot_id"])
