"""Bots, their tokens, hooks and the node's health by their cmdlets."""

from importlib.metadata import version

from tests.cli.kit import SIP_DOMAIN, Place

BUILDER = f"sip:builder@{SIP_DOMAIN}"


def test_a_bot_from_making_to_removal(running: Place) -> None:
    make = f"New-CsPersistentChatBot -DisplayName Builder -SipAddress {BUILDER} -Description 'Builds'"
    running.prints("shell", "-c", f"{make} -WhatIf")
    assert running.objects("Get-CsPersistentChatBot") == []
    (made,) = running.objects(f"{make} -Owner alice | Select-Object Identity, DisplayName, Description, Owner, Enabled")
    assert made == {"Identity": BUILDER, "DisplayName": "Builder", "Description": "Builds",
                    "Owner": f"sip:alice@{SIP_DOMAIN}", "Enabled": True}
    assert running.fails("shell", "-c", make).id == "SipAddressTaken"
    assert running.objects(f"Get-CsUser {BUILDER} | Select-Object Identity") == [
        {"Identity": f"CN=builder@{SIP_DOMAIN},OU=Bots,DC=litwareinc,DC=com"}]
    assert running.fails("Set-CsPersistentChatBot", BUILDER).id == "ParameterMissing"
    assert running.fails("Set-CsPersistentChatBot", f"sip:alice@{SIP_DOMAIN}", "-Description", "x").id == "BotNotFound"
    assert running.fails("Set-CsPersistentChatBot", BUILDER, "-Description", "a\nb").id == "HookInvalid"
    running.prints("shell", "-c", f"Set-CsPersistentChatBot {BUILDER} -DisplayName Baker -Description '' -Owner $null")
    shown = "Get-CsPersistentChatBot | Select-Object DisplayName, Description, Owner"
    assert running.objects(shown) == [{"DisplayName": "Baker", "Description": "", "Owner": None}]
    running.prints("shell", "-c", "Get-CsPersistentChatBot | Remove-CsPersistentChatBot")
    assert running.objects("Get-CsPersistentChatBot") == []
    assert running.fails("Get-CsUser", BUILDER).id == "UserNotFound"


def test_tokens_are_shown_once(running: Place) -> None:
    running.prints("shell", "-c", f"New-CsPersistentChatBot -DisplayName Builder -SipAddress {BUILDER} | Out-Null")
    (made,) = running.objects(f"New-CsPersistentChatBotToken {BUILDER} -Name runner -Scopes read,manage -Days 3")
    assert str(made["Token"]).startswith("parlour_")
    assert made["Scopes"] == ["manage", "read"]
    (kept,) = running.objects(f"Get-CsPersistentChatBotToken {BUILDER}")
    assert kept == {name: value for name, value in made.items() if name != "Token"}
    assert str(made["Token"]) not in str(running.objects("Get-CsAuditLog"))
    running.prints("shell", "-c", f"Remove-CsPersistentChatBotToken {BUILDER} -TokenId {made['Identity']}")
    assert running.objects(f"Get-CsPersistentChatBotToken {BUILDER}") == []
    assert running.fails("Set-CsUserPassword", BUILDER, "-Password", "correct horse").id == "BotHasNoPassword"
    running.prints("shell", "-c", f"Remove-CsPersistentChatBot {BUILDER}")


def test_hooks_are_called_by_name_where_that_is_clear(running: Place) -> None:
    make = "New-CsPersistentChatHook -Room Engineering -Kind Incoming -Name Builds | Out-Null"
    running.prints("shell", "-c", f"{make}; {make}")
    assert running.fails("Get-CsPersistentChatHook", "builds").id == "HookAmbiguous"
    found = running.objects("Get-CsPersistentChatHook -Room Engineering | Select-Object Identity, Kind, Enabled")
    assert [(one["Kind"], one["Enabled"]) for one in found] == [("Incoming", True)] * 2
    running.prints("shell", "-c", f"Remove-CsPersistentChatHook {found[0]['Identity']}")
    running.prints("shell", "-c", "Set-CsPersistentChatHook builds -Enabled $false")
    assert running.objects("Get-CsPersistentChatHook BUILDS | Select-Object Enabled") == [{"Enabled": False}]
    refused = running.fails("New-CsPersistentChatHook", "-Room", "Engineering", "-Kind", "Outgoing", "-Name", "x",
                          "-Url", "http://10.0.0.1/")
    assert refused.id == "HookInvalid"
    assert running.fails("Get-CsPersistentChatHook", "-Room", "Nowhere").id == "ChatRoomNotFound"
    running.prints("shell", "-c", "Get-CsPersistentChatBot | Remove-CsPersistentChatBot")
    assert running.objects("Get-CsPersistentChatHook") == []


def test_health(running: Place) -> None:
    (health,) = running.objects("Get-CsPersistentChatHealth")
    assert (health["Version"], health["Sessions"], health["HooksFailing"]) == (version("parlour"), 0, 0)
    assert str(health["CertificateExpires"]) > "2027"
