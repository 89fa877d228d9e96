"""Get-CsAdminRole (reference/cmdlets.md sections 3.1, 4 and 5)."""

from parlour.admin.engine import Cmdlet, Example, Meta, Pipeline, PsObject, parameter
from parlour.admin.engine.patterns import like
from parlour.admin.roles import ALL_ROLES, Role, Roles
from parlour.errors import ROLE_NOT_FOUND, ParlourError

ROLE = "Microsoft.Rtc.Management.WritableConfig.Settings.Roles.Role"


def shown(role: Role) -> PsObject:
    """Return the role as administrators see it."""
    return PsObject((ROLE,), {
        "Identity": role.identity, "SID": role.sid, "IsStandardRole": True, "Cmdlets": list(role.cmdlets),
        "ScriptModules": [], "ConfigScopes": ["Global"], "UserScopes": ["Global"], "TemplateName": "",
    }, text=role.identity)


class GetCsAdminRole(Cmdlet):
    """Lists the administrative roles, and which cmdlets each may run."""

    meta = Meta(
        "Get-CsAdminRole", outputs=(ROLE,), roles=ALL_ROLES, default_set="Identity",
        examples=(
            Example('Get-CsAdminRole | Where-Object {$_.Cmdlets –match "New-CsPersistentChatEndpoint"}',
                    "Lists the roles that may run a cmdlet."),
            Example("Get-CsAdminRole -Filter *Chat*", "Lists the roles with such a name."),
            Example("Get-CsAdminRole CsHelpDesk | Select-Object -ExpandProperty Cmdlets",
                    "Lists every cmdlet of a role."),
        ))
    identity: str | None = parameter(
        position=2, pipeline=Pipeline.VALUE, sets=("Identity",), help="Name of the role.")
    filter: str | None = parameter(sets=("Filter",), help="Name of roles, with * and ? as wildcards.")
    sid: str | None = parameter(position=2, sets=("SID",), help="Security identifier of the role.")
    local_store: bool = parameter(help="Reads this node's copy of the settings; there is only that one.")

    async def process(self) -> None:
        """List roles."""
        roles = self.service(Roles).all()
        wanted = self.identity if self.identity is not None else self.sid
        found = [role for role in roles if self._matches(role)]
        if wanted is not None and not found:
            raise ParlourError(ROLE_NOT_FOUND, wanted, identity=wanted)
        await self.write_all(map(shown, found))

    def _matches(self, role: Role) -> bool:
        if self.filter is not None:
            return like(role.identity, self.filter)
        if self.sid is not None:
            return role.sid.lower() == self.sid.lower()
        return self.identity is None or role.identity.lower() == self.identity.lower()


CMDLETS = (GetCsAdminRole,)
