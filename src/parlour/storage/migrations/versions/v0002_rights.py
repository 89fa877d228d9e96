"""Principals, groups, and the lists of categories and rooms.

Until now everybody could use every Open room: so every category allows the deployment's whole domain at first, and
everybody lies in the container Users of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables, and keep the rights people had."""
    op.add_column("people", sa.Column("container", sa.String(1024)))
    _make_tables()
    _keep_rights(op.get_bind())
    with op.batch_alter_table("people", table_kwargs={"sqlite_autoincrement": True}) as people:
        people.alter_column("container", existing_type=sa.String(1024), nullable=False)


def _keep_rights(connection: sa.Connection) -> None:
    forest = connection.execute(sa.text("SELECT value FROM settings WHERE name = 'forest'")).scalar()
    if forest is None:
        return  # a database that is being made: there is nobody in it yet
    connection.execute(sa.text("UPDATE people SET container = 'OU=Users,' || :forest"), {"forest": forest})
    connection.execute(
        sa.text("INSERT INTO principals (kind, key, name, display_name) VALUES ('Domain', :key, :name, :name)"),
        {"key": forest.lower(), "name": forest})
    connection.execute(sa.text(
        "INSERT INTO category_principals (category_id, role, principal_id) "
        "SELECT categories.id, 'AllowedMembers', principals.id FROM categories, principals"))


def _make_tables() -> None:
    op.create_table(
        "principals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(1024), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("display_name", sa.String(256), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_principals_person_id_people", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_principals"),
        sa.UniqueConstraint("key", name="uq_principals_key"),
        sa.UniqueConstraint("person_id", name="uq_principals_person_id"),
        sqlite_autoincrement=True,
    )
    _make_list("group_members", "group_id", "principals", "member_id", with_role=False)
    _make_list("category_principals", "category_id", "categories", "principal_id", with_role=True)
    _make_list("room_principals", "room_id", "rooms", "principal_id", with_role=True)


def _make_list(table: str, owner: str, owners: str, entry: str, *, with_role: bool) -> None:
    roles = [sa.Column("role", sa.String(16), nullable=False)] if with_role else []
    key = (owner, *(["role"] if with_role else []), entry)
    op.create_table(
        table,
        sa.Column(owner, sa.Integer(), nullable=False),
        *roles,
        sa.Column(entry, sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint([owner], [f"{owners}.id"], name=f"fk_{table}_{owner}_{owners}", ondelete="CASCADE"),
        sa.ForeignKeyConstraint([entry], ["principals.id"], name=f"fk_{table}_{entry}_principals", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_{entry}", table, [entry])
