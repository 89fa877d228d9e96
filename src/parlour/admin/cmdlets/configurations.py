"""New-, Get-, Set- and Remove-CsPersistentChatConfiguration (reference/cmdlets.md section 2.5)."""

from parlour.admin.cmdlets.scoped import (
    ConfigurationCmdlet,
    GetConfiguration,
    NewConfiguration,
    Noun,
    RemoveConfiguration,
    SetConfiguration,
)
from parlour.admin.engine import ActsOn, Example, Meta, parameter
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.chat.core import Core
from parlour.chat.scoped import Configurations

CONFIGURATION = "Microsoft.Rtc.Management.WritableConfig.Settings.PersistentChat.PersistentChatConfiguration"


class _Configuration(ConfigurationCmdlet):
    """Of the chat service."""

    noun = Noun(CONFIGURATION, {
        "MaxFileSizeKB": "max_file_size_kb", "ParticipantUpdateLimit": "participant_update_limit",
        "DefaultChatHistory": "default_chat_history", "RoomManagementUrl": "room_management_url"})

    def kept(self) -> Configurations:
        """Return the configurations of the chat service."""
        return self.service(Core).configurations


class _Settings(_Configuration):
    """The settings, as parameters."""

    default_chat_history: int | None = parameter(
        help="Messages delivered at once on joining: 1 to 500; by default 30.")
    max_file_size_kb: int | None = parameter(
        name="MaxFileSizeKB", help="Largest file to upload or download, in units of 1024 bytes; by default 20000.")
    participant_update_limit: int | None = parameter(
        help="In rooms with more participants than this, nobody is told who comes and goes; by default 75.")
    room_management_url: str | None = parameter(
        help="Web page to manage rooms on, http or https; empty (the default) for the built-in one.")


class NewCsPersistentChatConfiguration(_Settings, NewConfiguration):
    """Creates settings of the chat service for a site or a pool. What is not given has its default."""

    meta = Meta("New-CsPersistentChatConfiguration", should_process=True, outputs=(CONFIGURATION,),
                roles=CHAT_ADMINISTRATORS, acts_on=ActsOn.POOLS, examples=(
        Example('New-CsPersistentChatConfiguration -Identity "site:Default" -ParticipantUpdateLimit 100',
                "Creates settings for a site."),
        Example('New-CsPersistentChatConfiguration -Identity '
                '"service:PersistentChatServer:atl-pcpool-001.litwareinc.com" -DefaultChatHistory 50 -WhatIf',
                "Says what would be created for a pool."),))


class GetCsPersistentChatConfiguration(_Configuration, GetConfiguration):
    """Lists the settings of the chat service.

    Of several, the closest hold for a pool: its own, else those of its site, else the global ones.
    """

    meta = Meta("Get-CsPersistentChatConfiguration", outputs=(CONFIGURATION,), roles=(*CHAT_ADMINISTRATORS, *READERS),
                default_set="Identity", acts_on=ActsOn.POOLS, examples=(
        Example("Get-CsPersistentChatConfiguration", "Lists all settings."),
        Example('Get-CsPersistentChatConfiguration -Filter "service:*"', "Lists those of single pools."),))


class SetCsPersistentChatConfiguration(_Settings, SetConfiguration):
    """Changes settings of the chat service; they hold at once."""

    meta = Meta("Set-CsPersistentChatConfiguration", should_process=True, roles=CHAT_ADMINISTRATORS,
                default_set="Identity", acts_on=ActsOn.POOLS, examples=(
        Example("Set-CsPersistentChatConfiguration -DefaultChatHistory 50 -MaxFileSizeKB 50000",
                "Changes the global settings."),
        Example('Get-CsPersistentChatConfiguration | Set-CsPersistentChatConfiguration -RoomManagementUrl '
                '"https://rooms.litwareinc.com/" -WhatIf', "Says which settings would be changed."),))


class RemoveCsPersistentChatConfiguration(_Configuration, RemoveConfiguration):
    """Deletes settings of a site or a pool; the global ones only get their defaults back."""

    meta = Meta("Remove-CsPersistentChatConfiguration", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('Remove-CsPersistentChatConfiguration -Identity "site:Default"', "Deletes the settings of a site."),
        Example("Remove-CsPersistentChatConfiguration -Identity global", "Gives the global settings their defaults."),))


CMDLETS = (NewCsPersistentChatConfiguration, GetCsPersistentChatConfiguration, SetCsPersistentChatConfiguration,
           RemoveCsPersistentChatConfiguration)
