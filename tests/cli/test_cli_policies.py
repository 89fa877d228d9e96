"""Policies, grants and configurations by the real command."""

from collections.abc import Iterator

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, records
from tests.cli.terminal import Terminal

ALICE, BOB = f"sip:alice@{SIP_DOMAIN}", f"sip:bob@{SIP_DOMAIN}"
SERVICE = f"service:PersistentChatServer:{POOL}"
IDENTITIES = " | Select-Object -ExpandProperty Identity"
NEW, GET, SET = "New-CsPersistentChatPolicy", "Get-CsPersistentChatPolicy", "Set-CsPersistentChatPolicy"
REMOVE, GRANT = "Remove-CsPersistentChatPolicy", "Grant-CsPersistentChatPolicy"
TIDY = (f"{GET} | {REMOVE} -Force; Get-CsPersistentChatConfiguration | Remove-CsPersistentChatConfiguration; "
        f"Get-CsUser | {GRANT} -PolicyName $null")


@pytest.fixture
def tidy(place: Place) -> Iterator[Place]:
    """A deployment whose policies and configurations go when the test ends."""
    yield place
    place.prints("shell", "-c", TIDY)


@pytest.fixture
def busy(running: Place) -> Iterator[Place]:
    """One that a node serves, where commands start faster."""
    yield running
    running.prints("shell", "-c", TIDY)


def enabled(place: Place) -> dict[object, object]:
    """Return every policy with what it says."""
    return {policy["Identity"]: policy["EnablePersistentChat"] for policy in place.objects(GET)}


def may(place: Place, person: str = ALICE) -> bool:
    """Say whether somebody may join the room Engineering."""
    acts = place.objects(f"Get-CsPersistentChatAccess {person} Engineering")
    (join,) = (act for act in acts if act["Act"] == "join")
    return join["Allowed"] is True


def granted(place: Place) -> dict[object, object]:
    """Return who has a policy of his own."""
    return {user["SipAddress"]: user["PersistentChatPolicy"] for user in place.objects("Get-CsUser")
            if user["PersistentChatPolicy"] is not None}


# -- policies


def test_at_first_everybody_may(place: Place) -> None:
    assert place.objects(GET) == [{"Identity": "Global", "Description": "", "EnablePersistentChat": True}]
    assert may(place)


def test_a_policys_whole_life(tidy: Place) -> None:
    printed = tidy.prints(NEW, "-Identity", "Contractors", "-EnablePersistentChat", "$false", "-Description", "äöü")
    assert printed.split() == ["Identity", "Description", "EnablePersistentChat", *("-" * 8, "-" * 11, "-" * 20),
                               "Contractors", "äöü", "False"]
    assert tidy.prints(GRANT, "-Identity", ALICE, "-PolicyName", "contractors") == ""
    assert granted(tidy) == {ALICE: "Contractors"}
    assert (may(tidy), may(tidy, BOB)) == (False, True)
    tidy.prints(SET, "-Identity", "CONTRACTORS", "-EnablePersistentChat", "$true")
    assert tidy.objects(f"{GET} tag:Contractors") == [
        {"Identity": "Contractors", "Description": "äöü", "EnablePersistentChat": True}]
    assert may(tidy)
    assert tidy.prints(REMOVE, "Contractors", "-Force") == ""
    assert (granted(tidy), enabled(tidy)) == ({}, {"Global": True})


def test_the_closest_policy_holds(tidy: Place) -> None:
    tidy.prints("shell", "-c", f"{SET} -EnablePersistentChat $false; "
                f"{NEW} site:default -EnablePersistentChat $true | Out-Null; "
                f"{NEW} Out -EnablePersistentChat $false | Out-Null; {GRANT} {ALICE} Out")
    assert enabled(tidy) == {"Global": False, "Site:default": True, "Out": False}
    assert (may(tidy), may(tidy, BOB)) == (False, True)
    tidy.prints(REMOVE, "site:Default")
    assert (may(tidy), may(tidy, BOB)) == (False, False)
    tidy.prints(REMOVE, "global")  # which gives it its defaults back
    assert (may(tidy), may(tidy, BOB)) == (False, True)
    assert enabled(tidy) == {"Global": True, "Out": False}


def test_why_names_the_policy(tidy: Place) -> None:
    tidy.prints("shell", "-c", f"{NEW} Out -EnablePersistentChat $false | Out-Null; {GRANT} {ALICE} Out")
    told = tidy.prints("why", f"alice@{SIP_DOMAIN}", "Engineering")
    assert told.count('the policy "Out" does not enable him for Persistent Chat') == 5
    assert "True" not in told


@pytest.mark.parametrize(("words", "found"), [
    ((), ["Global", "Site:Default", "North", "South"]),
    (("global",), ["Global"]),
    (("-Identity", "SITE:default"), ["Site:Default"]),
    (("south",), ["South"]),
    (("-Identity", "tag:South"), ["South"]),
    (("-Filter", "tag:*"), ["North", "South"]),
    (("-Filter", "site:*"), ["Site:Default"]),
    (("-Filter", "*outh"), ["South"]),
    (("-Filter", "none*"), []),
    (("-LocalStore",), ["Global", "Site:Default", "North", "South"]),
    (("-Tenant", "11111111-2222-3333-4444-555555555555", "-Filter", "N*"), ["North"]),
])
def test_policies_are_found(busy: Place, words: tuple[str, ...], found: list[str]) -> None:
    busy.prints("shell", "-c", "; ".join(f"{NEW} {name} | Out-Null" for name in ("South", "site:Default", "North")))
    printed = busy.prints(GET, *words, "|", "Select-Object", "-ExpandProperty", "Identity")
    assert printed.splitlines() == found


REFUSED = {
    "global is there": ((NEW, "global"), "ChatPolicyExists", "ResourceExists", 1),
    "no such site": ((NEW, "site:Nowhere"), "SiteUnknown", "ObjectNotFound", 1),
    "a service": ((NEW, SERVICE), "ChatScopeInvalid", "InvalidArgument", 1),
    "a wildcard": ((NEW, "Sales*"), "ChatScopeInvalid", "InvalidArgument", 1),
    "another scope": ((NEW, "pool:X"), "ChatScopeInvalid", "InvalidArgument", 1),
    "nothing": ((NEW, ""), "ParameterValueInvalid", "InvalidArgument", 2),
    "no boolean": ((NEW, "X", "-EnablePersistentChat", "perhaps"), "ParameterValueInvalid", "InvalidArgument", 2),
    "long": ((NEW, "X", "-Description", "n" * 1025), "SettingInvalid", "InvalidArgument", 1),
    "get absent": ((GET, "Nothing"), "ChatPolicyNotFound", "ObjectNotFound", 1),
    "get by wildcard": ((GET, "tag:*"), "ChatScopeInvalid", "InvalidArgument", 1),
    "both": ((GET, "-Identity", "global", "-Filter", "*"), "ParameterSetUnresolved", "InvalidArgument", 2),
    "set absent": ((SET, "Nothing", "-EnablePersistentChat", "$false"), "ChatPolicyNotFound", "ObjectNotFound", 1),
    "remove absent": ((REMOVE, "Nothing"), "ChatPolicyNotFound", "ObjectNotFound", 1),
    "remove absent site": ((REMOVE, "site:Default"), "ChatPolicyNotFound", "ObjectNotFound", 1),
    "remove nothing": ((REMOVE,), "ParameterMissing", "InvalidArgument", 2),
    "grant absent": ((GRANT, ALICE, "Nothing"), "ChatPolicyNotFound", "ObjectNotFound", 1),
    "grant the global": ((GRANT, ALICE, "Global"), "ChatScopeInvalid", "InvalidArgument", 1),
    "grant of a site": ((GRANT, ALICE, "site:Default"), "ChatScopeInvalid", "InvalidArgument", 1),
    "grant to nobody": ((GRANT, "sip:nobody@litwareinc.com", "$null"), "UserNotFound", "ObjectNotFound", 1),
    "grant what": ((GRANT, ALICE), "ParameterMissing", "InvalidArgument", 1),
}


@pytest.mark.parametrize(("words", "name", "category", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_policies_are_refused(running: Place, words: tuple[str, ...], name: str, category: str, status: int) -> None:
    record = running.fails(*words, status=status)
    assert (record.id, record.category) == (name, category)


def test_policies_are_refused_when_stopped(stopped: Place) -> None:
    tried = [(words, name) for words, name, _, status in REFUSED.values() if status == 1 and words[0] != GRANT]
    found = stopped.fails_each(words for words, _ in tried)
    assert [record.id for record in found] == [name for _, name in tried]


def test_a_name_is_taken_in_any_letter_case(busy: Place) -> None:
    busy.prints(NEW, "Sales")
    assert busy.fails(NEW, "SALES").facts == ("ChatPolicyExists", "ResourceExists", "SALES")


def test_dry_runs_change_nothing(busy: Place) -> None:
    busy.prints("shell", "-c", f"{NEW} Out | Out-Null; {GRANT} {ALICE} Out")
    with busy.unchanged():
        for words in ((NEW, "In"), (SET, "-EnablePersistentChat", "$false"), (REMOVE, "Out"), (GRANT, BOB, "Out")):
            assert busy.prints(*words, "-WhatIf").startswith(f'What if: Performing the operation "{words[0]}"')


def test_a_policy_that_is_granted_is_not_removed_unasked(busy: Place) -> None:
    busy.prints("shell", "-c", f"{NEW} Out | Out-Null; {NEW} Free | Out-Null; {GRANT} {ALICE} Out")
    busy.prints(REMOVE, "Free")
    record = busy.fails(REMOVE, "Out")
    assert (record.id, record.category) == ("CannotConfirm", "InvalidOperation")
    assert busy.prints(REMOVE, "Out", "-Confirm:$false") == ""
    assert (granted(busy), list(enabled(busy))) == ({}, ["Global"])


def test_somebody_at_a_terminal_is_asked(busy: Place) -> None:
    busy.prints("shell", "-c", f"{NEW} Out | Out-Null; {GRANT} {ALICE} Out; {GRANT} {BOB} Out")
    for answer, left in (("n", {ALICE: "Out", BOB: "Out"}), ("y", {})):
        with Terminal(busy.data, REMOVE, "Out") as terminal:
            terminal.reads("granted to 2 people")
            terminal.types(f"{answer}\r")
            assert terminal.ends() == 0
        assert granted(busy) == left


def test_an_object_in_memory_is_kept_by_set(tidy: Place) -> None:
    with tidy.unchanged():
        (made,) = tidy.objects(f"{NEW} Out -EnablePersistentChat $false -InMemory")
    assert made == {"Identity": "Out", "Description": "", "EnablePersistentChat": False}
    tidy.prints("shell", "-c", f"{NEW} Out -EnablePersistentChat $false -InMemory | {SET} -Description 'kept'")
    assert tidy.objects(f"{GET} Out") == [{"Identity": "Out", "Description": "kept", "EnablePersistentChat": False}]
    tidy.prints("shell", "-c", f"{GET} Out | {SET} -EnablePersistentChat $true")
    assert tidy.objects(f"{GET} Out") == [{"Identity": "Out", "Description": "kept", "EnablePersistentChat": True}]


def test_an_object_that_is_no_policy_is_refused(busy: Place) -> None:
    with busy.unchanged():
        outcomes = [busy.shell(f"Get-CsPool | {noun}") for noun in (f"{SET} -Description x", CSET)]
    assert [record.id for outcome in outcomes for record in records(outcome.err)] == [
        "ChatPolicyNotFound", "ChatScopeInvalid"]


# -- grants


def test_grants_by_every_name(busy: Place) -> None:
    busy.prints(NEW, "Out")
    for who in (ALICE, f"alice@{SIP_DOMAIN}", "ALICE", "al*"):
        busy.prints(GRANT, who, "-PolicyName", "tag:OUT")
        assert granted(busy) == {ALICE: "Out"}
        busy.prints(GRANT, who, "$null")
        assert granted(busy) == {}
    assert busy.prints(GRANT, "nobody*", "Out") == ""
    assert busy.fails(GRANT, "nobody", "Out").id == "UserNotFound"


def test_a_display_name_of_two_people_is_not_enough(copy: Place) -> None:
    copy.prints("shell", "-c", f"New-CsUser sip:alice2@{SIP_DOMAIN} -Password x -DisplayName alice | Out-Null; "
                f"{NEW} Out | Out-Null")
    assert copy.fails(GRANT, "Alice", "Out").facts == ("UserAmbiguous", "InvalidArgument", "Alice")
    copy.prints(GRANT, "Alice*", "Out")
    assert granted(copy) == {ALICE: "Out", f"sip:alice2@{SIP_DOMAIN}": "Out"}


def test_grants_through_the_pipeline(tidy: Place) -> None:
    tidy.prints(NEW, "Out", "-EnablePersistentChat", "$false")
    shown = tidy.objects(f"Get-CsUser | {GRANT} -PolicyName Out -PassThru")
    assert {"Out"} == {one["PersistentChatPolicy"] for one in shown}
    assert {ALICE, BOB} <= {one["SipAddress"] for one in shown}
    assert (may(tidy), may(tidy, BOB)) == (False, False)
    tidy.prints("shell", "-c", f"'{ALICE}', '{BOB}' | {GRANT} -PolicyName $null")
    assert (may(tidy), may(tidy, BOB)) == (True, True)


def test_who_is_found_gets_it_though_another_is_not(busy: Place) -> None:
    busy.prints(NEW, "Out")
    outcome = busy.shell(f"'sip:nobody@{SIP_DOMAIN}', '{ALICE}' | {GRANT} -PolicyName Out")
    assert [record.id for record in records(outcome.err)] == ["UserNotFound"]
    assert granted(busy) == {ALICE: "Out"}


def test_domain_controllers_are_not_used(busy: Place) -> None:
    outcome = busy.run(GRANT, ALICE, "$null", "-DomainController", "dc.litwareinc.com")
    assert (outcome.status, outcome.out) == (0, "")
    assert "-DomainController is not used" in outcome.err


# -- configurations


CNEW, CGET = "New-CsPersistentChatConfiguration", "Get-CsPersistentChatConfiguration"
CSET, CREMOVE = "Set-CsPersistentChatConfiguration", "Remove-CsPersistentChatConfiguration"
DEFAULTS = {"MaxFileSizeKB": 20_000, "ParticipantUpdateLimit": 75, "DefaultChatHistory": 30, "RoomManagementUrl": ""}


def test_at_first_there_are_the_defaults(place: Place) -> None:
    assert place.objects(CGET) == [{"Identity": "Global"} | DEFAULTS]


def test_a_configurations_whole_life(tidy: Place) -> None:
    printed = tidy.prints(CNEW, "-Identity", SERVICE, "-DefaultChatHistory", "500", "-MaxFileSizeKB", "2147483647",
                          "-ParticipantUpdateLimit", "0", "-RoomManagementUrl", "https://rooms.litwareinc.com/?a&b")
    assert f"Identity               : Service:PersistentChatServer:{POOL}\n" in printed
    kept = {"Identity": f"Service:PersistentChatServer:{POOL}", "MaxFileSizeKB": 2147483647,
            "ParticipantUpdateLimit": 0, "DefaultChatHistory": 500, "RoomManagementUrl": "https://rooms.litwareinc.com/?a&b"}
    assert tidy.objects(f"{CGET} {SERVICE.upper()}") == [kept]
    tidy.prints(CSET, "-Identity", SERVICE, "-RoomManagementUrl", "", "-DefaultChatHistory", "1")
    assert tidy.objects(f"{CGET} -Filter 'service:*'") == [kept | {"RoomManagementUrl": "", "DefaultChatHistory": 1}]
    assert tidy.prints(CREMOVE, SERVICE) == ""
    assert tidy.lines(CGET + IDENTITIES) == ["Global"]


def test_the_global_configuration_changes_and_gets_its_defaults_back(tidy: Place) -> None:
    tidy.prints(CSET, "-ParticipantUpdateLimit", "5")
    assert tidy.objects(CGET) == [{"Identity": "Global"} | DEFAULTS | {"ParticipantUpdateLimit": 5}]
    tidy.prints(CREMOVE, "-Identity", "GLOBAL")
    assert tidy.objects(CGET) == [{"Identity": "Global"} | DEFAULTS]


def test_configurations_go_through_pipelines(tidy: Place) -> None:
    tidy.prints("shell", "-c", f"{CNEW} site:Default -DefaultChatHistory 7 -InMemory | {CSET} -MaxFileSizeKB 8")
    tidy.prints("shell", "-c", f"{CGET} | {CSET} -ParticipantUpdateLimit 9")
    changed = DEFAULTS | {"ParticipantUpdateLimit": 9}
    assert tidy.objects(CGET) == [
        {"Identity": "Global"} | changed,
        {"Identity": "Site:Default"} | changed | {"DefaultChatHistory": 7, "MaxFileSizeKB": 8}]
    tidy.prints("shell", "-c", f"{CGET} | {CREMOVE}")
    assert tidy.objects(CGET) == [{"Identity": "Global"} | DEFAULTS]


CREFUSED = {
    "global is there": ((CNEW, "global"), "ChatConfigurationExists", 1),
    "no such site": ((CNEW, "site:Nowhere"), "SiteUnknown", 1),
    "no such pool": ((CNEW, "service:PersistentChatServer:other.litwareinc.com"), "PoolUnknown", 1),
    "no such service": ((CNEW, f"service:Registrar:{POOL}"), "ChatScopeInvalid", 1),
    "a tag": ((CNEW, "Sales"), "ChatScopeInvalid", 1),
    "none": ((CSET, "-DefaultChatHistory", "0"), "SettingInvalid", 1),
    "many": ((CSET, "-DefaultChatHistory", "501"), "SettingInvalid", 1),
    "negative": ((CSET, "-MaxFileSizeKB", "-1"), "SettingInvalid", 1),
    "no number": ((CSET, "-ParticipantUpdateLimit", "some"), "ParameterValueInvalid", 2),
    "no page": ((CSET, "-RoomManagementUrl", "javascript:alert(1)"), "SettingInvalid", 1),
    "set absent": ((CSET, "site:Default", "-DefaultChatHistory", "1"), "ChatConfigurationNotFound", 1),
    "get absent": ((CGET, SERVICE), "ChatConfigurationNotFound", 1),
    "remove absent": ((CREMOVE, SERVICE), "ChatConfigurationNotFound", 1),
    "both": ((CGET, "-Identity", "global", "-Filter", "*"), "ParameterSetUnresolved", 2),
}


@pytest.mark.parametrize(("words", "name", "status"), CREFUSED.values(), ids=CREFUSED.keys())
def test_configurations_are_refused(running: Place, words: tuple[str, ...], name: str, status: int) -> None:
    assert running.fails(*words, status=status).id == name


def test_configurations_are_refused_when_stopped(stopped: Place) -> None:
    tried = [(words, name) for words, name, status in CREFUSED.values() if status == 1]
    found = stopped.fails_each(words for words, _ in tried)
    assert [record.id for record in found] == [name for _, name in tried]


def test_configurations_dry_and_forced(running: Place) -> None:
    with running.unchanged():
        for words in ((CNEW, SERVICE), (CSET, "-DefaultChatHistory", "9"), (CREMOVE, "global")):
            assert running.prints(*words, "-WhatIf").startswith("What if: ")
        for words in ((CREMOVE, SERVICE, "-Force"), (REMOVE, "Nothing", "-Force")):
            assert running.prints(*words) == ""


# -- roles


def test_roles(running: Place) -> None:
    cmdlets = {str(role["Identity"]): str(role["Cmdlets"]) for role in running.objects("Get-CsAdminRole")}
    for name in (NEW, SET, REMOVE, CNEW, CSET, CREMOVE):
        assert {role for role, names in cmdlets.items() if name in names} == {
            "CsAdministrator", "CsPersistentChatAdministrator"}, name
    assert {role for role, names in cmdlets.items() if GRANT in names} == {
        "CsAdministrator", "CsPersistentChatAdministrator", "CsUserAdministrator"}
    assert {role for role, names in cmdlets.items() if CGET in names} == {
        "CsAdministrator", "CsPersistentChatAdministrator", "CsHelpDesk", "CsViewOnlyAdministrator"}
    assert GET in cmdlets["CsUserAdministrator"]
