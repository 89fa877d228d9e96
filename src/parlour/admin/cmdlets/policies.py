"""New-, Get-, Set-, Remove- and Grant-CsPersistentChatPolicy (reference/cmdlets.md section 2.7)."""

from dataclasses import replace

from parlour.admin.cmdlets.directory import PEOPLE_HELP, people_called
from parlour.admin.cmdlets.scoped import (
    FORCE_HELP,
    IN_MEMORY_HELP,
    INSTANCE_HELP,
    LOCAL_STORE_HELP,
    TENANT_HELP,
    given_values,
    is_kind,
    is_like,
)
from parlour.admin.cmdlets.users import USER
from parlour.admin.cmdlets.users import shown as shown_person
from parlour.admin.engine import ActsOn, Boolean, Cmdlet, Example, Meta, Pipeline, PsObject, parameter, to_text
from parlour.admin.poolreach import Reached, reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.chat.policies import ChatPolicy, checked_policy
from parlour.chat.scopes import GLOBAL, POLICY_SCOPES, Scope, ScopeKind, parse_scope
from parlour.directory.lockout import Lockout
from parlour.directory.people import DirectoryPerson
from parlour.errors import PARAMETER_MISSING, POLICY_NOT_FOUND, ParlourError

POLICY = "Microsoft.Rtc.Management.WritableConfig.Policy.PersistentChat.PersistentChatPolicy"
# Sources contradict each other about user administrators: theirs are the grants, not the policies.
_GRANTERS = (*CHAT_ADMINISTRATORS, "CsUserAdministrator")
_FIELDS = {"enable_persistent_chat": "enabled", "description": "description"}
_IDENTITY = "global, site:NAME, or the name of a policy for people."


def shown(policy: ChatPolicy) -> PsObject:
    """Return the policy as administrators see it."""
    identity = policy.identity.shown
    return PsObject((POLICY,), {"Identity": identity, "Description": policy.description,
                                "EnablePersistentChat": policy.enabled}, text=identity)


async def _reached(cmdlet: Cmdlet) -> Reached[ChatPolicy]:
    """Return the policies that whoever runs a cmdlet may use it on; a role for sites reaches those of its sites."""
    return Reached(cmdlet.service(Core).policies, await reached_by(cmdlet))


class NewCsPersistentChatPolicy(Cmdlet):
    """Creates a policy: whether the people of a site, or those to whom it is granted, may use Persistent Chat."""

    meta = Meta("New-CsPersistentChatPolicy", should_process=True, outputs=(POLICY,), roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('New-CsPersistentChatPolicy -Identity "Contractors" -EnablePersistentChat $false',
                "Creates a policy that keeps out whoever it is granted to."),
        Example('New-CsPersistentChatPolicy -Identity "site:Default" -WhatIf', "Says what would be created."),))
    identity: str = parameter(position=2, mandatory=True, help="site:NAME, or the name of a policy for people.")
    enable_persistent_chat: Boolean | None = parameter(
        boolean=True, help="$true (also without it) lets people use Persistent Chat, $false keeps them out.")
    description: str | None = parameter(help="What it is for: up to 1024 characters.")
    in_memory: bool = parameter(help=IN_MEMORY_HELP)
    force: bool = parameter(help=FORCE_HELP)
    tenant: str | None = parameter(help=TENANT_HELP)

    async def process(self) -> None:
        """Create the policy."""
        policies = self.service(Core).policies
        policy = ChatPolicy(parse_scope(self.identity, POLICY_SCOPES), **given_values(self, _FIELDS))
        (await _reached(self)).check_new(policy)
        if self.in_memory:
            await self.write(shown(policy))
        elif await self.should_process(policy.identity.shown):
            await policies.add(policy)
            await self.write(shown(policy))


class GetCsPersistentChatPolicy(Cmdlet):
    """Lists the policies that say who may use Persistent Chat.

    Of several, the closest holds for a person: the one granted to him, else that of his site, else the global one.
    """

    meta = Meta("Get-CsPersistentChatPolicy", outputs=(POLICY,), roles=(*_GRANTERS, *READERS), default_set="Identity",
                acts_on=ActsOn.POOLS, examples=(
        Example("Get-CsPersistentChatPolicy", "Lists all policies."),
        Example('Get-CsPersistentChatPolicy -Filter "tag:*"', "Lists the policies that are granted to people."),))
    identity: str | None = parameter(values=Values.POLICY, position=2, sets=("Identity",), help=_IDENTITY)
    filter: str | None = parameter(
        sets=("Filter",), help="Identity of policies, with * and ? as wildcards: site:* or tag:*.")
    local_store: bool = parameter(help=LOCAL_STORE_HELP)
    tenant: str | None = parameter(help=TENANT_HELP)

    async def process(self) -> None:
        """List policies."""
        reached, identity = await _reached(self), self.identity
        found = reached.all() if identity is None else [reached.at(parse_scope(identity, POLICY_SCOPES))]
        await self.write_all(shown(policy) for policy in found
                             if self.filter is None or is_like(policy.identity, self.filter))


class SetCsPersistentChatPolicy(Cmdlet):
    """Changes a policy. Whoever may not use Persistent Chat any more leaves every room at once."""

    meta = Meta("Set-CsPersistentChatPolicy", should_process=True, roles=CHAT_ADMINISTRATORS, default_set="Identity",
                acts_on=ActsOn.POOLS, examples=(
        Example("Set-CsPersistentChatPolicy -EnablePersistentChat $true", "Enables everybody who has no other policy."),
        Example('Get-CsPersistentChatPolicy -Filter "tag:*" | Set-CsPersistentChatPolicy -EnablePersistentChat $false '
                "-WhatIf", "Says which policies would be changed."),))
    identity: str | None = parameter(
        values=Values.POLICY, position=2, sets=("Identity",), help=f"{_IDENTITY} Without it, global.")
    instance: PsObject | None = parameter(
        mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help=INSTANCE_HELP)
    enable_persistent_chat: Boolean | None = parameter(
        boolean=True, help="$true lets people use Persistent Chat, $false keeps them out.")
    description: str | None = parameter(help="What it is for: up to 1024 characters.")
    force: bool = parameter(help=FORCE_HELP)
    tenant: str | None = parameter(help=TENANT_HELP)

    async def process(self) -> None:
        """Change the policy."""
        policies, reached = self.service(Core).policies, await _reached(self)
        scope = self._scope()
        known = reached.find(scope) if is_kind(self.instance, POLICY) else reached.at(scope)
        wanted = replace(known or ChatPolicy(scope), **given_values(self, _FIELDS, self.instance))
        if known is None:
            reached.check_new(wanted)
        checked_policy(wanted)
        if await self.should_process(scope.shown):
            await (policies.add(wanted) if known is None else policies.change(wanted))

    def _scope(self) -> Scope:
        identity = self.identity if self.instance is None else to_text(self.instance.get("Identity"))
        return GLOBAL if identity is None else parse_scope(identity, POLICY_SCOPES)


class RemoveCsPersistentChatPolicy(Cmdlet):
    """Deletes a policy; the global one only gets its defaults back.

    Whoever had it granted has none of his own then. Asks before that, unless -Force or -Confirm:$false is given.
    """

    meta = Meta("Remove-CsPersistentChatPolicy", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('Remove-CsPersistentChatPolicy -Identity "Contractors" -Force',
                "Deletes a policy, whoever has it granted."),
        Example('Get-CsPersistentChatPolicy -Filter "site:*" | Remove-CsPersistentChatPolicy',
                "Deletes the policies of all sites."),))
    identity: str = parameter(
        values=Values.POLICY, position=2, mandatory=True, pipeline=Pipeline.PROPERTY, help=_IDENTITY)
    force: bool = parameter(help="Does not ask, and does not complain about a policy that is not there.")
    tenant: str | None = parameter(help=TENANT_HELP)

    async def process(self) -> None:
        """Delete the policy."""
        policies = self.service(Core).policies
        scope = parse_scope(self.identity, POLICY_SCOPES)
        try:
            (await _reached(self)).at(scope)
        except ParlourError as absent:
            if self.force and absent.kind is POLICY_NOT_FOUND:
                return
            raise
        if await self.should_process(scope.shown) and await self._is_sure(policies.holders(scope), scope):
            await policies.remove(scope)

    async def _is_sure(self, holders: int, scope: Scope) -> bool:
        if not holders or self.force or self.confirms is not None:
            return True
        return await self.should_continue(
            f'The policy "{scope.shown}" is granted to {holders} people. Delete it, and take it from them?')


class GrantCsPersistentChatPolicy(Cmdlet):
    """Gives people a policy of their own, or takes it away; it holds at once.

    Everybody who comes through the pipeline gets it at the end, all at one moment.
    """

    meta = Meta("Grant-CsPersistentChatPolicy", should_process=True, outputs=(USER,), roles=_GRANTERS,
                acts_on=ActsOn.PEOPLE, examples=(
        Example('Grant-CsPersistentChatPolicy -Identity "sip:alice@litwareinc.com" -PolicyName "Contractors"',
                "Gives her that policy."),
        Example("Get-CsUser | Grant-CsPersistentChatPolicy -PolicyName $null",
                "Takes their own policies from everybody: those of sites, or the global one, hold again."),))
    identity: str = parameter(
        values=Values.PERSON, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY,
        help=PEOPLE_HELP)
    policy_name: str | None = parameter(
        values=Values.POLICY_FOR_PEOPLE, position=2, nullable=True,
        help="The policy; $null takes their own policy away.")
    pass_thru: bool = parameter(help="Writes the people; otherwise nothing is written.")
    domain_controller: str | None = parameter(
        help="Accepted for scripts, with a warning: the built-in directory has no domain controllers.")

    async def begin(self) -> None:
        """Find the policy."""
        self._people: dict[int, DirectoryPerson] = {}
        if "PolicyName" not in self.bound:
            raise ParlourError(PARAMETER_MISSING, "-PolicyName", names="-PolicyName ($null takes the policy away)")
        if self.domain_controller is not None:
            await self.warning("-DomainController is not used: the built-in directory has no domain controllers.")
        self._policy = None
        if self.policy_name:
            self._policy = parse_scope(self.policy_name, (ScopeKind.TAG,))
            self.service(Core).policies.at(self._policy)

    async def process(self) -> None:
        """Note who is meant."""
        for person in await people_called(self, self.identity):
            if await self.should_process(str(person.address)):
                self._people[person.id] = person

    async def end(self) -> None:
        """Grant the policy."""
        policies = self.service(Core).policies
        if self._people:
            await policies.grant(self._people.values(), self._policy)
        if self.pass_thru:
            locked = await self.service(Lockout).locked()
            await self.write_all(
                shown_person(person, policies.granted(person), locked=locked) for person in self._people.values())


CMDLETS = (NewCsPersistentChatPolicy, GetCsPersistentChatPolicy, SetCsPersistentChatPolicy,
           RemoveCsPersistentChatPolicy, GrantCsPersistentChatPolicy)
