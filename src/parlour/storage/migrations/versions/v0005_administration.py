"""Roles that administrators make, compliance settings, states of pools; and the groups of the standard roles."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_STANDARD_ROLES = (
    "CsAdministrator", "CsArchivingAdministrator", "CsHelpDesk", "CsLocationAdministrator",
    "CsPersistentChatAdministrator", "CsResponseGroupAdministrator", "CsResponseGroupManager", "CsServerAdministrator",
    "CsUserAdministrator", "CsViewOnlyAdministrator", "CsVoiceAdministrator")


def upgrade() -> None:
    """Make the tables; a deployment that is there already gets its groups."""
    op.create_table(
        "compliance_configurations",
        sa.Column("identity_key", sa.String(768), nullable=False),
        sa.Column("identity", sa.String(512), nullable=False),
        sa.Column("adapter_type", sa.String(1024), nullable=False),
        sa.Column("adapter_name", sa.String(256), nullable=False),
        sa.Column("adapter_output_directory", sa.String(1024), nullable=False),
        sa.Column("run_interval_seconds", sa.Integer(), nullable=False),
        sa.Column("one_chat_room_per_output_file", sa.Boolean(), nullable=False),
        sa.Column("add_chat_room_details", sa.Boolean(), nullable=False),
        sa.Column("add_user_details", sa.Boolean(), nullable=False),
        sa.Column("create_file_attachments_manifest", sa.Boolean(), nullable=False),
        sa.Column("custom_configuration", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity_key", name="pk_compliance_configurations"),
    )
    op.create_table(
        "pool_states",
        sa.Column("pool_fqdn", sa.String(253), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("active_servers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_fqdn"], ["pools.fqdn"], name="fk_pool_states_pool_fqdn_pools", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool_fqdn", name="pk_pool_states"),
    )
    op.create_table(
        "admin_roles",
        sa.Column("identity_key", sa.String(768), nullable=False),
        sa.Column("identity", sa.String(256), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("cmdlets", sa.Text(), nullable=False),
        sa.Column("script_modules", sa.Text(), nullable=False),
        sa.Column("config_scopes", sa.Text(), nullable=False),
        sa.Column("user_scopes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("identity_key", name="pk_admin_roles"),
        sa.UniqueConstraint("number", name="uq_admin_roles_number"),
    )
    _make_groups(op.get_bind())


def _make_groups(connection: sa.Connection) -> None:
    settings = sa.table("settings", sa.column("name"), sa.column("value"))
    forest = connection.execute(sa.select(settings.c.value).where(settings.c.name == "forest")).scalar()
    if forest is None:
        return  # no deployment yet: what makes one makes them
    principals = sa.table("principals", *map(sa.column, ("kind", "key", "name", "display_name")))
    for role in _STANDARD_ROLES:
        name = f"CN={role},OU=Groups,{forest}"
        if connection.execute(sa.select(principals.c.key).where(principals.c.key == name.lower())).scalar() is None:
            connection.execute(sa.insert(principals).values(
                kind="Group", key=name.lower(), name=name, display_name=role))
