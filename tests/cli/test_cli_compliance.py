"""Settings of the compliance service by the real command."""

from collections.abc import Iterator

import pytest
from tests.cli.kit import POOL, Place, records

SERVICE = f"service:PersistentChatServer:{POOL}"
NEW, GET = "New-CsPersistentChatComplianceConfiguration", "Get-CsPersistentChatComplianceConfiguration"
SET, REMOVE = "Set-CsPersistentChatComplianceConfiguration", "Remove-CsPersistentChatComplianceConfiguration"
DEFAULTS = {
    "AdapterType": "", "AdapterName": "", "AdapterOutputDirectory": "", "RunInterval": "00:15:00",
    "OneChatRoomPerOutputFile": False, "AddChatRoomDetails": False, "AddUserDetails": False,
    "CreateFileAttachmentsManifest": False, "CustomConfiguration": ""}


@pytest.fixture
def tidy(place: Place) -> Iterator[Place]:
    """A deployment whose settings get their defaults back when the test ends."""
    yield place
    place.prints("shell", "-c", f"{GET} | {REMOVE}")


def test_at_first_there_are_the_defaults(place: Place) -> None:
    assert place.objects(GET) == [{"Identity": "Global"} | DEFAULTS]


def test_the_whole_life_of_settings(tidy: Place) -> None:
    adapter = "Microsoft.Rtc.Internal.Chat.Server.Compliance.XmlAdapter,compliance"
    stylesheet = '<xsl:stylesheet version="1.0">\n\t<!-- ä -->\n</xsl:stylesheet>'
    printed = tidy.prints(
        NEW, "-Identity", SERVICE, "-AdapterType", adapter, "-AdapterName", "Xml", "-AdapterOutputDirectory", "/out",
        "-RunInterval", "1.00:00:00", "-OneChatRoomPerOutputFile", "$true", "-AddChatRoomDetails", "$true",
        "-AddUserDetails", "$true", "-CreateFileAttachmentsManifest", "$true", "-CustomConfiguration", stylesheet)
    assert "RunInterval                   : 1.00:00:00\n" in printed
    kept = {
        "Identity": f"Service:PersistentChatServer:{POOL}", "AdapterType": adapter, "AdapterName": "Xml",
        "AdapterOutputDirectory": "/out", "RunInterval": "1.00:00:00", "OneChatRoomPerOutputFile": True,
        "AddChatRoomDetails": True, "AddUserDetails": True, "CreateFileAttachmentsManifest": True,
        "CustomConfiguration": stylesheet}
    assert tidy.objects(f"{GET} {SERVICE.upper()}") == [kept]
    tidy.prints(SET, "-Identity", SERVICE, "-AddUserDetails", "$false", "-AdapterName", "", "-RunInterval", "0:01")
    assert tidy.objects(f"{GET} -Filter 'service:*'") == [
        kept | {"AddUserDetails": False, "AdapterName": "", "RunInterval": "00:01:00"}]
    assert tidy.prints(REMOVE, SERVICE) == ""
    assert tidy.objects(GET) == [{"Identity": "Global"} | DEFAULTS]


def test_the_global_ones_change_and_get_their_defaults_back(tidy: Place) -> None:
    tidy.prints(SET, "-RunInterval", "30.00:00:00")
    assert tidy.objects(GET) == [{"Identity": "Global"} | DEFAULTS | {"RunInterval": "30.00:00:00"}]
    tidy.prints(REMOVE, "GLOBAL")
    assert tidy.objects(GET) == [{"Identity": "Global"} | DEFAULTS]


def test_settings_go_through_pipelines(tidy: Place) -> None:
    tidy.prints("shell", "-c", f"{NEW} site:Default -RunInterval 02:00:00 -InMemory | {SET} -AdapterName kept")
    tidy.prints("shell", "-c", f"{GET} | {SET} -AddUserDetails $true")
    changed = DEFAULTS | {"AddUserDetails": True}
    site = {"Identity": "Site:Default"} | changed | {"RunInterval": "02:00:00", "AdapterName": "kept"}
    assert tidy.objects(GET) == [{"Identity": "Global"} | changed, site]
    assert tidy.objects(f"{GET} | Where-Object {{$_.RunInterval -gt '01:00:00'}}") == [site]
    tidy.prints("shell", "-c", f"{GET} | {REMOVE}")
    assert tidy.objects(GET) == [{"Identity": "Global"} | DEFAULTS]


def test_nothing_is_kept_of_an_object_in_memory(running: Place) -> None:
    with running.unchanged():
        (made,) = running.objects(f"{NEW} site:Default -AddUserDetails $true -InMemory")
    assert made == {"Identity": "Site:Default"} | DEFAULTS | {"AddUserDetails": True}


REFUSED = {
    "global is there": ((NEW, "global"), "ComplianceConfigurationExists", 1),
    "no such site": ((NEW, "site:Nowhere"), "SiteUnknown", 1),
    "no such pool": ((NEW, "service:PersistentChatServer:other.litwareinc.com"), "PoolUnknown", 1),
    "no such service": ((NEW, f"service:Registrar:{POOL}"), "ChatScopeInvalid", 1),
    "a tag": ((NEW, "Sales"), "ChatScopeInvalid", 1),
    "a wildcard": ((GET, "site:*"), "ChatScopeInvalid", 1),
    "too often": ((SET, "-RunInterval", "00:00:59"), "SettingInvalid", 1),
    "never": ((SET, "-RunInterval", "30.00:00:01"), "SettingInvalid", 1),
    "backwards": ((SET, "-RunInterval:-00:15:00",), "SettingInvalid", 1),
    "parts of seconds": ((SET, "-RunInterval", "00:15:00.5"), "SettingInvalid", 1),
    "no span": ((SET, "-RunInterval", "15"), "ParameterValueInvalid", 2),
    "hours of a day": ((SET, "-RunInterval", "24:00:00"), "ParameterValueInvalid", 2),
    "no boolean": ((SET, "-AddUserDetails", "some"), "ParameterValueInvalid", 2),
    "long name": ((SET, "-AdapterName", "n" * 257), "SettingInvalid", 1),
    "long type": ((SET, "-AdapterType", "n" * 1025), "SettingInvalid", 1),
    "set absent": ((SET, "site:Default", "-AddUserDetails", "$true"), "ComplianceConfigurationNotFound", 1),
    "get absent": ((GET, SERVICE), "ComplianceConfigurationNotFound", 1),
    "remove absent": ((REMOVE, SERVICE), "ComplianceConfigurationNotFound", 1),
    "remove nothing": ((REMOVE,), "ParameterMissing", 2),
    "both": ((GET, "-Identity", "global", "-Filter", "*"), "ParameterSetUnresolved", 2),
}


@pytest.mark.parametrize(("words", "name", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_settings_are_refused(running: Place, words: tuple[str, ...], name: str, status: int) -> None:
    assert running.fails(*words, status=status).id == name


def test_what_is_there_is_not_made_again(tidy: Place) -> None:
    tidy.prints(NEW, "site:Default")
    assert tidy.fails(NEW, "SITE:default").facts == (
        "ComplianceConfigurationExists", "ResourceExists", "SITE:default".replace("SITE", "Site"))


def test_an_object_of_another_kind_is_refused(running: Place) -> None:
    with running.unchanged():
        outcome = running.shell(f"Get-CsPool | {SET}")
    assert [record.id for record in records(outcome.err)] == ["ChatScopeInvalid"]


def test_dry_and_forced(running: Place) -> None:
    with running.unchanged():
        for words in ((NEW, SERVICE), (SET, "-AddUserDetails", "$true"), (REMOVE, "global")):
            assert running.prints(*words, "-WhatIf").startswith(f'What if: Performing the operation "{words[0]}"')
        assert running.prints(REMOVE, SERVICE, "-Force") == ""


def test_help_says_that_nothing_is_recorded(running: Place) -> None:
    for name in (NEW, GET, SET):
        assert "nothing is recorded" in " ".join(running.prints("Get-Help", name).split())


def test_roles(running: Place) -> None:
    cmdlets = {str(role["Identity"]): str(role["Cmdlets"]) for role in running.objects("Get-CsAdminRole")}
    for name in (NEW, SET, REMOVE):
        assert {role for role, names in cmdlets.items() if name in names} == {
            "CsAdministrator", "CsPersistentChatAdministrator"}, name
    assert {role for role, names in cmdlets.items() if GET in names} == {
        "CsAdministrator", "CsPersistentChatAdministrator", "CsHelpDesk", "CsViewOnlyAdministrator"}
