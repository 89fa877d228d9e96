"""New-, Get-, Set- and Remove-CsPersistentChatConfiguration (reference/cmdlets.md section 2.5)."""

from dataclasses import replace

from parlour.admin.cmdlets.scoped import (
    FORCE_HELP,
    IN_MEMORY_HELP,
    INSTANCE_HELP,
    LOCAL_STORE_HELP,
    given_values,
    is_kind,
    is_like,
)
from parlour.admin.engine import Cmdlet, Example, Meta, Pipeline, PsObject, parameter, to_text
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.chat.core import Core
from parlour.chat.policies import ChatConfiguration, checked_configuration
from parlour.chat.scopes import CONFIGURATION_SCOPES, GLOBAL, Scope, parse_scope
from parlour.errors import CONFIGURATION_NOT_FOUND, ParlourError

CONFIGURATION = "Microsoft.Rtc.Management.WritableConfig.Settings.PersistentChat.PersistentChatConfiguration"
_FIELDS = {name: name for name in (
    "default_chat_history", "max_file_size_kb", "participant_update_limit", "room_management_url")}
_IDENTITY = "global, site:NAME or service:PersistentChatServer:FQDN."


def shown(configuration: ChatConfiguration) -> PsObject:
    """Return the configuration as administrators see it."""
    identity = configuration.identity.shown
    return PsObject((CONFIGURATION,), {
        "Identity": identity, "MaxFileSizeKB": configuration.max_file_size_kb,
        "ParticipantUpdateLimit": configuration.participant_update_limit,
        "DefaultChatHistory": configuration.default_chat_history,
        "RoomManagementUrl": configuration.room_management_url}, text=identity)


class _Settings(Cmdlet):
    """The settings, as parameters."""

    default_chat_history: int | None = parameter(
        help="Messages delivered at once on joining: 1 to 500; by default 30.")
    max_file_size_kb: int | None = parameter(
        name="MaxFileSizeKB", help="Largest file to upload or download, in units of 1024 bytes; by default 20000.")
    participant_update_limit: int | None = parameter(
        help="In rooms with more participants than this, nobody is told who comes and goes; by default 75.")
    room_management_url: str | None = parameter(
        help="Web page to manage rooms on, http or https; empty (the default) for the built-in one.")


class NewCsPersistentChatConfiguration(_Settings):
    """Creates settings of the chat service for a site or a pool. What is not given has its default."""

    meta = Meta("New-CsPersistentChatConfiguration", should_process=True, outputs=(CONFIGURATION,),
                roles=CHAT_ADMINISTRATORS, examples=(
        Example('New-CsPersistentChatConfiguration -Identity "site:Default" -ParticipantUpdateLimit 100',
                "Creates settings for a site."),
        Example('New-CsPersistentChatConfiguration -Identity '
                '"service:PersistentChatServer:atl-pcpool-001.litwareinc.com" -DefaultChatHistory 50 -WhatIf',
                "Says what would be created for a pool."),))
    identity: str = parameter(
        position=2, mandatory=True, help="site:NAME or service:PersistentChatServer:FQDN.")
    in_memory: bool = parameter(help=IN_MEMORY_HELP)
    force: bool = parameter(help=FORCE_HELP)

    async def process(self) -> None:
        """Create the settings."""
        configurations = self.service(Core).configurations
        made = ChatConfiguration(parse_scope(self.identity, CONFIGURATION_SCOPES), **given_values(self, _FIELDS))
        configurations.check_new(made)
        if self.in_memory:
            await self.write(shown(made))
        elif await self.should_process(made.identity.shown):
            await configurations.add(made)
            await self.write(shown(made))


class GetCsPersistentChatConfiguration(Cmdlet):
    """Lists the settings of the chat service.

    Of several, the closest hold for a pool: its own, else those of its site, else the global ones.
    """

    meta = Meta("Get-CsPersistentChatConfiguration", outputs=(CONFIGURATION,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                default_set="Identity", examples=(
        Example("Get-CsPersistentChatConfiguration", "Lists all settings."),
        Example('Get-CsPersistentChatConfiguration -Filter "service:*"', "Lists those of single pools."),))
    identity: str | None = parameter(position=2, sets=("Identity",), help=_IDENTITY)
    filter: str | None = parameter(
        sets=("Filter",), help="Identity of settings, with * and ? as wildcards: site:* or service:*.")
    local_store: bool = parameter(help=LOCAL_STORE_HELP)

    async def process(self) -> None:
        """List settings."""
        kept = self.service(Core).configurations
        found = kept.all() if self.identity is None else [kept.at(parse_scope(self.identity, CONFIGURATION_SCOPES))]
        await self.write_all(shown(one) for one in found if self.filter is None or is_like(one.identity, self.filter))


class SetCsPersistentChatConfiguration(_Settings):
    """Changes settings of the chat service; they hold at once."""

    meta = Meta("Set-CsPersistentChatConfiguration", should_process=True, roles=CHAT_ADMINISTRATORS,
                default_set="Identity", examples=(
        Example("Set-CsPersistentChatConfiguration -DefaultChatHistory 50 -MaxFileSizeKB 50000",
                "Changes the global settings."),
        Example('Get-CsPersistentChatConfiguration | Set-CsPersistentChatConfiguration -RoomManagementUrl '
                '"https://rooms.litwareinc.com/" -WhatIf', "Says which settings would be changed."),))
    identity: str | None = parameter(position=2, sets=("Identity",), help=f"{_IDENTITY} Without it, global.")
    instance: PsObject | None = parameter(
        mandatory=True, pipeline=Pipeline.VALUE, sets=("Instance",), help=INSTANCE_HELP)
    force: bool = parameter(help=FORCE_HELP)

    async def process(self) -> None:
        """Change the settings."""
        configurations = self.service(Core).configurations
        scope = self._scope()
        known = configurations.find(scope) if is_kind(self.instance, CONFIGURATION) else configurations.at(scope)
        wanted = replace(known or ChatConfiguration(scope), **given_values(self, _FIELDS, self.instance))
        if known is None:
            configurations.check_new(wanted)
        checked_configuration(wanted)
        if await self.should_process(scope.shown):
            await (configurations.add(wanted) if known is None else configurations.change(wanted))

    def _scope(self) -> Scope:
        identity = self.identity if self.instance is None else to_text(self.instance.get("Identity"))
        return GLOBAL if identity is None else parse_scope(identity, CONFIGURATION_SCOPES)


class RemoveCsPersistentChatConfiguration(Cmdlet):
    """Deletes settings of a site or a pool; the global ones only get their defaults back."""

    meta = Meta("Remove-CsPersistentChatConfiguration", should_process=True, roles=CHAT_ADMINISTRATORS, examples=(
        Example('Remove-CsPersistentChatConfiguration -Identity "site:Default"', "Deletes the settings of a site."),
        Example("Remove-CsPersistentChatConfiguration -Identity global", "Gives the global settings their defaults."),))
    identity: str = parameter(position=2, mandatory=True, pipeline=Pipeline.PROPERTY, help=_IDENTITY)
    force: bool = parameter(help="Does not complain about settings that are not there.")

    async def process(self) -> None:
        """Delete the settings."""
        configurations = self.service(Core).configurations
        scope = parse_scope(self.identity, CONFIGURATION_SCOPES)
        try:
            configurations.at(scope)
        except ParlourError as absent:
            if self.force and absent.kind is CONFIGURATION_NOT_FOUND:
                return
            raise
        if await self.should_process(scope.shown):
            await configurations.remove(scope)


CMDLETS = (NewCsPersistentChatConfiguration, GetCsPersistentChatConfiguration, SetCsPersistentChatConfiguration,
           RemoveCsPersistentChatConfiguration)
