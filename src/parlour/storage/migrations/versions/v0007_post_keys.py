"""The marks that authors put on their messages."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "post_keys",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_post_keys_person_id_people", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_post_keys_room_id_rooms", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "key", name="pk_post_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_post_keys_room_id", "post_keys", ["room_id"])
    op.create_index("ix_post_keys_posted_at", "post_keys", ["posted_at"])
