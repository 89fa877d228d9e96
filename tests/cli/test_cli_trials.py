"""Trials: -WhatIf finds what would go wrong, and leaves no trace in the deployment."""

from collections.abc import Callable

import pytest
from tests.cli.kit import SIP_DOMAIN, Place, Server

IN_VAIN = {
    "a room that is there": ('New-CsPersistentChatRoom -Name "All hands" -Category General', "ChatRoomExists"),
    "no such category": ("New-CsPersistentChatRoom -Name New -Category None", "ChatCategoryNotFound"),
    "no such add-in": ("New-CsPersistentChatRoom -Name New -Category General -Addin None", "ChatAddinNotFound"),
    "a category that is there": ("New-CsPersistentChatCategory -Name General", "ChatCategoryExists"),
    "a bad address": ("New-CsPersistentChatAddin -Name New -Url ftp://x", "ChatAddinUrlInvalid"),
    "a room's new name": ("Set-CsPersistentChatRoom Engineering -Name 'All hands'", "ChatRoomExists"),
    "a member": (f"Set-CsPersistentChatRoom Engineering -Members sip:nobody@{SIP_DOMAIN}", "PrincipalNotProvisioned"),
    "a category's wall": ("Set-CsPersistentChatCategory General -AllowedMembers 'OU=None,DC=litwareinc,DC=com'",
                          "PrincipalNotProvisioned"),
    "a person's name": (f"Set-CsUser sip:alice@{SIP_DOMAIN} -DisplayName ''", "DisplayNameInvalid"),
}


@pytest.mark.parametrize("name", IN_VAIN)
def test_a_trial_finds_what_would_go_wrong(running: Place, name: str) -> None:
    line, error = IN_VAIN[name]
    assert running.fails("shell", "-c", f"{line} -WhatIf").id == error
    assert running.fails("shell", "-c", line).id == error


IN_ORDER = [
    "New-CsPersistentChatRoom -Name New -Category General -Privacy Secret", "New-CsPersistentChatCategory -Name New",
    "New-CsPersistentChatAddin -Name New -Url https://new.example/",
    "Set-CsPersistentChatRoom Engineering -Name New -Members 'OU=Users,DC=litwareinc,DC=com'",
    "Set-CsPersistentChatCategory General -Name New -DeniedMembers 'OU=Users,DC=litwareinc,DC=com'",
    f"Set-CsUser sip:alice@{SIP_DOMAIN} -DisplayName New -Container 'OU=New,DC=litwareinc,DC=com'"]


@pytest.mark.parametrize("line", IN_ORDER)
def test_a_trial_changes_nothing(place: Place, line: str) -> None:
    with place.unchanged():
        (said,) = place.lines(f"{line} -WhatIf")
    assert said.startswith("What if: Performing the operation"), said


@pytest.mark.parametrize("where", ["-c", "a file", "a pipe"])
def test_a_whole_script_is_tried(running: Place, tmp_path_factory: pytest.TempPathFactory, where: str) -> None:
    text = "\n".join(IN_ORDER)
    script = tmp_path_factory.mktemp("trial") / "a.ps1"
    script.write_text(text)
    words = {"-c": ("-c", text), "a file": (str(script),), "a pipe": ()}[where]
    with running.unchanged():
        outcome = running.run("shell", "-WhatIf", *words, stdin=text if where == "a pipe" else "")
    assert (outcome.status, outcome.err) == (0, ""), outcome
    assert len(outcome.out.splitlines()) == len(IN_ORDER)


def test_a_person_is_renamed(serve: Callable[..., Server], copy: Place) -> None:
    serve()
    copy.prints("Set-CsUser", f"alice@{SIP_DOMAIN}", "-DisplayName", "Alice Ägren")
    (alice,) = copy.objects(f"Get-CsUser sip:alice@{SIP_DOMAIN}")
    assert alice["DisplayName"] == "Alice Ägren"
    assert copy.fails("Set-CsUser", f"alice@{SIP_DOMAIN}").id == "ParameterMissing"


def test_who_is_a_member_by_a_group_is_a_member(copy: Place) -> None:
    copy.lines(f"""New-CsGroup Crew | Out-Null; Set-CsGroup Crew -Members sip:alice@{SIP_DOMAIN}
        Set-CsPersistentChatRoom Engineering -Members "CN=Crew,OU=Groups,DC=litwareinc,DC=com"
        Set-CsPersistentChatRoom "All hands" -Members "OU=Users,DC=litwareinc,DC=com" -Managers sip:bob@{SIP_DOMAIN}""")
    rooms = "Get-CsPersistentChatRoom -{} sip:{}@" + SIP_DOMAIN + " | ForEach-Object Name"
    assert copy.lines(rooms.format("Member", "alice")) == ["All hands", "Engineering"]
    assert copy.lines(rooms.format("Member", "bob")) == ["All hands"]
    assert copy.lines(rooms.format("Manager", "bob")) == ["All hands"]
    assert copy.fails("Get-CsPersistentChatRoom", "-Member", "sip:nobody@litwareinc.com").id == "UserNotFound"
