"""The audit log: entries that the database itself lets nobody change or remove."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the log, empty, and what guards it."""
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("moment", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(454), nullable=False),
        sa.Column("surface", sa.String(16), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("cmdlet", sa.String(128), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("objects", sa.BigInteger()),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("error_id", sa.String(64), nullable=False),
        sa.Column("duration_ms", sa.BigInteger()),
        sa.Column("started", sa.BigInteger()),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_log"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_end",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_end"),
    )
    op.execute("CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log "
               "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END")
    op.execute("CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log "
               "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END")
    # INSERT OR REPLACE removes rows without telling the trigger above.
    op.execute("CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log "
               "WHEN NEW.number <= (SELECT max(number) FROM audit_log) "
               "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END")
