"""The cmdlets for administrative roles (reference/cmdlets.md sections 3.1, 4 and 5)."""

import re
from collections.abc import Sequence
from dataclasses import replace

from parlour.addresses import SipAddress
from parlour.admin.cmdlets.scoped import FORCE_HELP, IN_MEMORY_HELP, LOCAL_STORE_HELP
from parlour.admin.engine import ActsOn, Cmdlet, Example, Impact, ListModifier, Meta, Pipeline, PsObject, parameter
from parlour.admin.engine.patterns import like
from parlour.admin.engine.values import Own
from parlour.admin.guard import require_administrator
from parlour.admin.roles import ADMINISTRATOR, ALL_ROLES, CONTAINER_SCOPE, GLOBAL_SCOPE, SITE_SCOPE, Role, Roles
from parlour.admin.values import Values
from parlour.directory.people import People
from parlour.directory.topology import Topology
from parlour.errors import (
    COMMAND_NOT_FOUND,
    PARAMETER_MISSING,
    PERSON_AMBIGUOUS,
    PERSON_NOT_FOUND,
    ROLE_INVALID,
    ROLE_NOT_FOUND,
    ROLE_STANDARD,
    SITE_UNKNOWN,
    ParlourError,
)

ROLE = "Microsoft.Rtc.Management.WritableConfig.Settings.Roles.Role"
_SCRIPT = re.compile(r"[^\\/:*?\"<>|\x00-\x1f]{1,120}\.ps1(:[A-Za-z_][\w-]{0,100})?\Z")
_IDENTITY = "Name of the role, and of its group."
_CMDLETS_HELP = "Names of the cmdlets it may run: @{Add=...; Remove=...}, @{Replace=...} or a list."
_CONFIG_HELP = ("What of the deployment it reaches: Global, or site:NAME for the pools of that site and what belongs "
                "to them. It does not have the cmdlets that act on the whole deployment then.")
_USERS_HELP = ("Whose accounts it reaches: Global, or OU: and the distinguished name of a container. It does not have "
               "the cmdlets that act on the whole deployment then.")
_SCRIPTS_HELP = "Scripts that belong to it, NAME.ps1 or NAME.ps1:FUNCTION. They are noted; no server runs them."


def shown(role: Role) -> PsObject:
    """Return the role as administrators see it."""
    return PsObject((ROLE,), {
        "Identity": role.identity, "SID": role.sid, "IsStandardRole": role.is_standard, "Cmdlets": list(role.cmdlets),
        "ScriptModules": list(role.script_modules), "ConfigScopes": list(role.config_scopes),
        "UserScopes": list(role.user_scopes), "TemplateName": role.template}, text=role.identity)


class GetCsAdminRole(Cmdlet):
    """Lists the administrative roles, and which cmdlets each may run."""

    meta = Meta(
        "Get-CsAdminRole", outputs=(ROLE,), roles=ALL_ROLES, default_set="Identity", acts_on=ActsOn.NOTHING,
        examples=(
            Example('Get-CsAdminRole | Where-Object {$_.Cmdlets –match "New-CsPersistentChatEndpoint"}',
                    "Lists the roles that may run a cmdlet."),
            Example("Get-CsAdminRole -Filter *Chat*", "Lists the roles with such a name."),
            Example("Get-CsAdminRole CsHelpDesk | Select-Object -ExpandProperty Cmdlets",
                    "Lists every cmdlet of a role."),
        ))
    identity: str | None = parameter(
        values=Values.ROLE, position=2, pipeline=Pipeline.VALUE, sets=("Identity",), help="Name of the role.")
    filter: str | None = parameter(sets=("Filter",), help="Name of roles, with * and ? as wildcards.")
    sid: str | None = parameter(position=2, sets=("SID",), help="Security identifier of the role.")
    local_store: bool = parameter(help=LOCAL_STORE_HELP)

    async def process(self) -> None:
        """List roles."""
        roles = await self.service(Roles).all()
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


class _RoleCmdlet(Cmdlet):
    """What making and changing a role have in common."""

    cmdlets: ListModifier | None = parameter(values=Own.CMDLET, help=_CMDLETS_HELP)
    config_scopes: ListModifier | None = parameter(help=_CONFIG_HELP)
    user_scopes: ListModifier | None = parameter(help=_USERS_HELP)
    script_modules: ListModifier | None = parameter(help=_SCRIPTS_HELP)
    force: bool = parameter(help=FORCE_HELP)

    async def changed(self, role: Role) -> Role:
        """Return a role with the changes that were given.

        Raises:
            ParlourError: AdminRoleInvalid, CommandNotFound, SiteUnknown.
        """
        sites = {pool.site.lower(): pool.site for pool in await self.service(Topology).pools()}
        cmdlets = _applied(self.cmdlets, role.cmdlets)
        wanted = replace(
            role, cmdlets=tuple(sorted(dict.fromkeys(self._cmdlet(name) for name in cmdlets))),
            config_scopes=tuple(_config_scope(role, text, sites) for text in _applied(
                self.config_scopes, role.config_scopes)),
            user_scopes=tuple(self._user_scope(role, text) for text in _applied(self.user_scopes, role.user_scopes)),
            script_modules=tuple(_script(role, text) for text in _applied(self.script_modules, role.script_modules)))
        if not wanted.cmdlets:
            raise _invalid(role, "it has no cmdlets")
        if not wanted.config_scopes or not wanted.user_scopes:
            raise _invalid(role, 'its last scope is gone; use @{Replace="Global"}')
        return wanted

    def _cmdlet(self, name: str) -> str:
        known = self.service(Roles).cmdlet(name)
        if known is None:
            raise ParlourError(COMMAND_NOT_FOUND, name, name=name)
        return known

    def _user_scope(self, role: Role, text: str) -> str:
        if text.lower() == GLOBAL_SCOPE.lower():
            return GLOBAL_SCOPE
        if not text.lower().startswith(CONTAINER_SCOPE.lower()):
            raise _invalid(role, f'"{text}" is no user scope: write Global, or OU: and the name of a container')
        return f"{CONTAINER_SCOPE}{self.service(People).checked_container(text[len(CONTAINER_SCOPE):])}"


def _applied(modifier: ListModifier | None, current: Sequence[str]) -> Sequence[str]:
    return current if modifier is None else modifier.apply(current)


def _config_scope(role: Role, text: str, sites: dict[str, str]) -> str:
    if text.lower() == GLOBAL_SCOPE.lower():
        return GLOBAL_SCOPE
    if not text.lower().startswith(SITE_SCOPE):
        raise _invalid(role, f'"{text}" is no configuration scope: write Global, or site:NAME')
    site = sites.get(text[len(SITE_SCOPE):].strip().lower())
    if site is None:
        raise ParlourError(SITE_UNKNOWN, text, site=text[len(SITE_SCOPE):])
    return f"{SITE_SCOPE}{site}"


def _script(role: Role, text: str) -> str:
    if not _SCRIPT.match(text):
        raise _invalid(role, f'"{text}" is no script: write NAME.ps1 or NAME.ps1:FUNCTION')
    return text


def _invalid(role: Role, reason: str) -> ParlourError:
    return ParlourError(ROLE_INVALID, role.identity, identity=role.identity, reason=reason)


class NewCsAdminRole(_RoleCmdlet):
    """Makes a role from a standard one. Whoever is in the group of its name has it from then on."""

    meta = Meta("New-CsAdminRole", should_process=True, outputs=(ROLE,), roles=(ADMINISTRATOR,), examples=(
        Example('New-CsAdminRole -Identity "HelpDesk" -Template "CsHelpDesk" -Cmdlets '
                '@{Add="Set-CsUserPassword"} -WhatIf', "Says what would be made; the group must be there already."),))
    identity: str = parameter(position=2, mandatory=True, help="Name of a group; the role gets the same name.")
    template: str = parameter(values=Values.ROLE, mandatory=True, help="The standard role to begin with.")
    in_memory: bool = parameter(help=IN_MEMORY_HELP)

    async def process(self) -> None:
        """Make the role."""
        require_administrator(self, self.identity)
        roles = self.service(Roles)
        template = await roles.find(self.template)
        if not template.is_standard:
            raise _invalid(template, "only a standard role can be a template")
        name = await roles.check_new(self.identity)
        wanted = await self.changed(Role(name, "", template.cmdlets, template.identity))
        if self.in_memory:
            await self.write(shown(wanted))
        elif await self.should_process(name):
            await self.write(shown(await roles.add(wanted)))


class SetCsAdminRole(_RoleCmdlet):
    """Changes a role that administrators made. Of a standard role, only the script modules can be changed."""

    meta = Meta("Set-CsAdminRole", should_process=True, roles=(ADMINISTRATOR,), examples=(
        Example('Set-CsAdminRole -Identity "CsHelpDesk" -ScriptModules @{Add="Unlock.ps1"} -WhatIf',
                "Says what would be changed."),))
    identity: str = parameter(values=Values.ROLE, position=2, mandatory=True, pipeline=Pipeline.VALUE, help=_IDENTITY)

    async def process(self) -> None:
        """Change the role."""
        require_administrator(self, self.identity)
        roles = self.service(Roles)
        role = await roles.find(self.identity)
        fixed = (self.cmdlets, self.config_scopes, self.user_scopes)
        if role.is_standard and any(change is not None for change in fixed):
            raise ParlourError(
                ROLE_STANDARD, role.identity, identity=role.identity, reason="has fixed cmdlets and scopes")
        wanted = await self.changed(role)
        if await self.should_process(role.identity):
            await roles.change(wanted)


class RemoveCsAdminRole(Cmdlet):
    """Deletes roles that administrators made; their groups and the people in them stay. It asks before it does."""

    meta = Meta("Remove-CsAdminRole", should_process=True, impact=Impact.HIGH, roles=(ADMINISTRATOR,),
                default_set="Identity", examples=(
        Example('Remove-CsAdminRole -Filter "Old*" -Confirm:$false', "Deletes roles without asking."),))
    identity: str | None = parameter(
        values=Values.ROLE, position=2, mandatory=True, pipeline=Pipeline.PROPERTY, sets=("Identity",), help=_IDENTITY)
    filter: str | None = parameter(
        sets=("Filter",), help="Names of roles, with * and ? as wildcards; standard roles are left alone.")
    sid: str | None = parameter(mandatory=True, sets=("SID",), help="Security identifier of the role.")
    force: bool = parameter(help="Does not complain about a role that is not there.")

    async def process(self) -> None:
        """Delete roles."""
        require_administrator(self, "roles")
        roles = self.service(Roles)
        for role in await self._wanted(roles):
            if role.is_standard:
                raise ParlourError(ROLE_STANDARD, role.identity, identity=role.identity, reason="cannot be deleted")
            if await self.should_process(role.identity):
                await roles.remove(role)

    async def _wanted(self, roles: Roles) -> list[Role]:
        known = await roles.all()
        if self.filter is not None:
            return [role for role in known if not role.is_standard and like(role.identity, self.filter)]
        wanted = self.identity if self.identity is not None else self.sid
        if wanted is None:  # everything is not what somebody who names nothing wants deleted
            raise ParlourError(PARAMETER_MISSING, self.meta.name, names="-Identity, -Filter or -Sid")
        found = [role for role in known if wanted.lower() in (
            role.sid.lower() if self.identity is None else role.identity.lower(),)]
        if not found and not self.force:
            raise ParlourError(ROLE_NOT_FOUND, wanted, identity=wanted)
        return found


class UpdateCsAdminRole(Cmdlet):
    """Refreshes the roles: makes groups of standard roles that are missing, forgets cmdlets that there are no more."""

    meta = Meta("Update-CsAdminRole", should_process=True, roles=(ADMINISTRATOR,), examples=(
        Example("Update-CsAdminRole", "Refreshes the roles."),))
    force: bool = parameter(help=FORCE_HELP)

    async def process(self) -> None:
        """Refresh the roles."""
        require_administrator(self, "roles")
        if await self.should_process("roles"):
            await self.service(Roles).refresh()


class GetCsAdminRoleAssignment(Cmdlet):
    """Lists the roles that somebody has, by whatever group."""

    meta = Meta("Get-CsAdminRoleAssignment", outputs=("System.String",), roles=ALL_ROLES,
                acts_on=ActsOn.PEOPLE, examples=(
        Example('Get-CsAdminRoleAssignment -Identity "alice"', "Lists her roles."),))
    identity: str = parameter(
        values=Values.PERSON, position=2, mandatory=True, pipeline=Pipeline.VALUE,
        help="Account name: what stands before the @ of the SIP address; the whole address if that is not clear.")
    force: bool = parameter(help=FORCE_HELP)
    local_store: bool = parameter(help=LOCAL_STORE_HELP)

    async def process(self) -> None:
        """List roles."""
        found = [person for person in await self.service(People).entries()
                 if self.reach.covers(person.distinguished_name) and self._is_meant(person.address)]
        if not found:
            raise ParlourError(PERSON_NOT_FOUND, self.identity, identity=self.identity)
        if len(found) > 1:
            raise ParlourError(PERSON_AMBIGUOUS, self.identity, identity=self.identity)
        await self.write_all(role.identity for role in await self.service(Roles).of(found[0]))

    def _is_meant(self, address: SipAddress) -> bool:
        wanted = self.identity.casefold()
        return wanted in (address.user.casefold(), address.bare.casefold(), address.key)


CMDLETS = (GetCsAdminRole, NewCsAdminRole, SetCsAdminRole, RemoveCsAdminRole, UpdateCsAdminRole,
           GetCsAdminRoleAssignment)
