"""New-, Get-, Set- and Remove-CsPersistentChatComplianceConfiguration (reference/cmdlets.md section 2.6)."""

from datetime import timedelta

from parlour.admin.cmdlets.scoped import (
    ConfigurationCmdlet,
    GetConfiguration,
    NewConfiguration,
    Noun,
    RemoveConfiguration,
    SetConfiguration,
)
from parlour.admin.engine import ActsOn, Boolean, Example, Meta, parameter
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.compliance.settings import ComplianceConfigurations

COMPLIANCE = (
    "Microsoft.Rtc.Management.WritableConfig.Settings.PersistentChat.PersistentChatComplianceConfiguration")


class _Compliance(ConfigurationCmdlet):
    """Of the compliance service."""

    noun = Noun(COMPLIANCE, {
        "AdapterType": "adapter_type", "AdapterName": "adapter_name",
        "AdapterOutputDirectory": "adapter_output_directory", "RunInterval": "run_interval",
        "OneChatRoomPerOutputFile": "one_chat_room_per_output_file", "AddChatRoomDetails": "add_chat_room_details",
        "AddUserDetails": "add_user_details", "CreateFileAttachmentsManifest": "create_file_attachments_manifest",
        "CustomConfiguration": "custom_configuration"})

    def kept(self) -> ComplianceConfigurations:
        """Return the settings of the compliance service."""
        return self.service(ComplianceConfigurations)


class _Settings(_Compliance):
    """The settings, as parameters."""

    adapter_type: str | None = parameter(
        help="Class of the adapter that writes the records, with its assembly; empty (the default) to write none.")
    adapter_name: str | None = parameter(help="Name of the adapter: up to 256 characters.")
    adapter_output_directory: str | None = parameter(help="Folder for the output; a separate one for each adapter.")
    run_interval: timedelta | None = parameter(
        help="Time between two runs, days.hours:minutes:seconds: 00:01:00 to 30.00:00:00; by default 00:15:00.")
    one_chat_room_per_output_file: Boolean | None = parameter(
        boolean=True, help="$true makes a file for each room; by default $false.")
    add_chat_room_details: Boolean | None = parameter(
        boolean=True, help="$true gives the adapter more about rooms, for a larger output; by default $false.")
    add_user_details: Boolean | None = parameter(
        boolean=True, help="$true gives the adapter more about people, for a larger output; by default $false.")
    create_file_attachments_manifest: Boolean | None = parameter(
        boolean=True, help="$true adds lists of the files that were up- and downloaded; by default $false.")
    custom_configuration: str | None = parameter(
        help="XSLT that the output goes through; empty (the default) for none. Up to 1048576 characters.")


class NewCsPersistentChatComplianceConfiguration(_Settings, NewConfiguration):
    """Creates settings of the compliance service for a site or a pool. What is not given has its default.

    The settings are kept; this version has no compliance service yet that acts on them: nothing is recorded.
    """

    meta = Meta("New-CsPersistentChatComplianceConfiguration", should_process=True, outputs=(COMPLIANCE,),
                roles=CHAT_ADMINISTRATORS, acts_on=ActsOn.POOLS, examples=(
        Example('New-CsPersistentChatComplianceConfiguration -Identity "site:Default" -RunInterval "01:00:00"',
                "Creates settings for a site."),
        Example('New-CsPersistentChatComplianceConfiguration -Identity '
                '"service:PersistentChatServer:atl-pcpool-001.litwareinc.com" -AddUserDetails $true -WhatIf',
                "Says what would be created for a pool."),))


class GetCsPersistentChatComplianceConfiguration(_Compliance, GetConfiguration):
    """Lists the settings of the compliance service.

    Of several, the closest hold for a pool: its own, else those of its site, else the global ones. This version has
    no compliance service yet that acts on them: nothing is recorded.
    """

    meta = Meta("Get-CsPersistentChatComplianceConfiguration", outputs=(COMPLIANCE,),
                roles=(*CHAT_ADMINISTRATORS, *READERS), default_set="Identity", acts_on=ActsOn.POOLS, examples=(
        Example("Get-CsPersistentChatComplianceConfiguration", "Lists all settings."),
        Example('Get-CsPersistentChatComplianceConfiguration -Filter "site:*"', "Lists those of sites."),))


class SetCsPersistentChatComplianceConfiguration(_Settings, SetConfiguration):
    """Changes settings of the compliance service.

    The settings are kept; this version has no compliance service yet that acts on them: nothing is recorded.
    """

    meta = Meta("Set-CsPersistentChatComplianceConfiguration", should_process=True, roles=CHAT_ADMINISTRATORS,
                default_set="Identity", acts_on=ActsOn.POOLS, examples=(
        Example('Set-CsPersistentChatComplianceConfiguration -RunInterval "1.00:00:00"',
                "Changes the global settings: one run a day."),
        Example("Get-CsPersistentChatComplianceConfiguration | Set-CsPersistentChatComplianceConfiguration "
                "-OneChatRoomPerOutputFile $true -WhatIf", "Says which settings would be changed."),))


class RemoveCsPersistentChatComplianceConfiguration(_Compliance, RemoveConfiguration):
    """Deletes settings of the compliance service; the global ones only get their defaults back."""

    meta = Meta("Remove-CsPersistentChatComplianceConfiguration", should_process=True, roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('Remove-CsPersistentChatComplianceConfiguration -Identity "site:Default"',
                "Deletes the settings of a site."),
        Example("Remove-CsPersistentChatComplianceConfiguration -Identity global",
                "Gives the global settings their defaults."),))


CMDLETS = (NewCsPersistentChatComplianceConfiguration, GetCsPersistentChatComplianceConfiguration,
           SetCsPersistentChatComplianceConfiguration, RemoveCsPersistentChatComplianceConfiguration)
