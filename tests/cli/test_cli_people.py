"""`parlour user`: people and their passwords."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from tests.cli.kit import SIP_DOMAIN, Place, records
from tests.cli.terminal import Terminal

SECRET = {"PARLOUR_USER_PASSWORD": "correct horse"}


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """Numbers for people that nobody else made."""
    return iter(range(1, 1000))


@pytest.fixture
def somebody(running: Place, numbers: Iterator[int]) -> str:
    """A person made for this test."""
    address = f"somebody{next(numbers)}@{SIP_DOMAIN}"
    assert running.run("user", "add", address, env=SECRET).status == 0
    return address


def _facts(place: Place, address: str) -> tuple[object, object]:
    (person,) = place.objects(f"Get-CsUser {address}")
    return person["DisplayName"], person["Enabled"]


def _secrets(place: Place, address: str) -> list[tuple[object, ...]]:
    return [row for row in place.contents()["people"] if f"sip:{address}" in row]


def test_a_person_is_added_listed_disabled_and_enabled(place: Place) -> None:
    address = f"dora@{SIP_DOMAIN}"
    added = place.run("user", "add", address, "--display-name", "Dora D'Ohr", env=SECRET)
    assert (added.status, added.out, added.err) == (0, "", "")
    listed = place.prints("user", "list")
    assert listed.splitlines()[1].split() == ["SipAddress", "DisplayName", "Enabled"]
    assert f"sip:{address}" in listed
    assert _facts(place, address) == ("Dora D'Ohr", True)
    assert place.prints("user", "disable", address) == ""
    assert _facts(place, address) == ("Dora D'Ohr", False)
    assert place.prints("user", "enable", f"sip:{address.upper()}") == ""
    assert _facts(place, address) == ("Dora D'Ohr", True)


def test_no_password_is_stored_or_printed_in_clear(running: Place, somebody: str) -> None:
    assert "correct horse" not in repr(running.contents())
    outcome = running.run("Set-CsUserPassword", somebody, "-Password", "a new secret", "-Verbose", "-WhatIf")
    assert "a new secret" not in outcome.out + outcome.err
    assert "a new secret" not in running.shell("New-CsUser -Password 'a new secret' -Bogus").err


def test_without_display_name_it_is_the_name(running: Place, somebody: str) -> None:
    assert _facts(running, somebody) == (somebody.partition("@")[0], True)


@pytest.mark.parametrize("password", [
    "-PassThru", "|", "a b", "“quoted”", "‘x", "$true", "a,b", ":", "@()", "'\"`", "ü😀", " ", "-", "--help"])
def test_passwords_of_odd_characters(running: Place, numbers: Iterator[int], password: str) -> None:
    address = f"odd{next(numbers)}@{SIP_DOMAIN}"
    outcome = running.run("user", "add", address, env={"PARLOUR_USER_PASSWORD": password})
    assert (outcome.status, outcome.err) == (0, "")
    assert _is_password(running, address, password)
    again = running.run("user", "passwd", address, env={"PARLOUR_USER_PASSWORD": password + "2"})
    assert (again.status, again.err) == (0, "")
    assert _is_password(running, address, password + "2")


def _is_password(place: Place, address: str, password: str) -> bool:
    (row,) = _secrets(place, address)
    (stored,) = (value for value in row if isinstance(value, str) and value.startswith("$argon2"))
    return PasswordHasher().verify(stored, password)


@pytest.mark.parametrize("name", ["-DisableNtlm", "|", "a, b", "O'Brien", "“one” and “two”"])
def test_display_names_of_odd_characters(running: Place, numbers: Iterator[int], name: str) -> None:
    address = f"named{next(numbers)}@{SIP_DOMAIN}"
    outcome = running.run("user", "add", address, f"--display-name={name}", env=SECRET)
    assert (outcome.status, outcome.err) == (0, "")
    assert _facts(running, address) == (name, True)


REFUSED = {
    "taken": (f"ALICE@{SIP_DOMAIN}", "SipAddressTaken", "ResourceExists"),
    "taken by an endpoint": (f"pce@{SIP_DOMAIN}", "SipAddressTaken", "ResourceExists"),
    "unknown domain": ("dora@fabrikam.com", "SipDomainUnknown", "InvalidArgument"),
    "no domain": ("dora", "SipAddressInvalid", "InvalidArgument"),
    "blank": (f"do ra@{SIP_DOMAIN}", "SipAddressInvalid", "InvalidArgument"),
    "not ASCII": (f"dörte@{SIP_DOMAIN}", "SipAddressInvalid", "InvalidArgument"),
    "empty": ("", "ParameterValueAbsent", "InvalidArgument"),
}


@pytest.mark.parametrize(("address", "name", "category"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_addresses_are_refused(running: Place, address: str, name: str, category: str) -> None:
    with running.unchanged():
        outcome = running.run("user", "add", address, env=SECRET)
    (record,) = records(outcome.err)
    assert (outcome.status in (1, 2), record.id, record.category) == (True, name, category)


def test_bad_addresses_are_refused_when_stopped(stopped: Place) -> None:
    tried = [(address, name) for address, name, _ in REFUSED.values() if address]
    found = stopped.fails_each(("New-CsUser", "-SipAddress", address, "-Password", "x") for address, _ in tried)
    assert [record.id for record in found] == [name for _, name in tried]


def test_who_wrote_nothing_can_be_removed(place: Place) -> None:
    address = f"dana@{SIP_DOMAIN}"
    before = place.contents()
    assert place.run("user", "add", address, env=SECRET).status == 0
    place.prints("Set-CsPersistentChatRoom", "Engineering", "-Members", f'@{{Add="sip:{address}"}}')
    assert place.lines(f"Remove-CsUser {address} -WhatIf")
    assert _facts(place, address) == ("dana", True)
    assert place.prints("Remove-CsUser", address) == ""
    counters = {"sqlite_sequence"}  # numbers are not given twice
    assert {name: rows for name, rows in place.contents().items() if name not in counters} == {
        name: rows for name, rows in before.items() if name not in counters}
    assert place.fails("Remove-CsUser", address).id == "UserNotFound"


@pytest.mark.parametrize("action", ["disable", "enable", "passwd"])
def test_nobody_cannot_be_changed(running: Place, action: str) -> None:
    with running.unchanged():
        outcome = running.run("user", action, f"nobody@{SIP_DOMAIN}", env=SECRET)
    (record,) = records(outcome.err)
    assert (outcome.status, record.id, record.target) == (1, "UserNotFound", f"nobody@{SIP_DOMAIN}")


def test_an_empty_password_is_refused(place: Place) -> None:
    with place.unchanged():
        outcome = place.run("user", "add", f"dave@{SIP_DOMAIN}", env={"PARLOUR_USER_PASSWORD": ""})
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "parlour: The password is not usable: it is empty.\n"
    assert place.fails("New-CsUser", f"dave@{SIP_DOMAIN}", "-Password", "").id == "PasswordInvalid"


def test_a_password_comes_through_a_pipe(running: Place, somebody: str) -> None:
    before = _secrets(running, somebody)
    outcome = running.run("user", "passwd", somebody, stdin="a new secret\n")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    assert _secrets(running, somebody) != before


def test_without_a_password_nobody_is_asked(running: Place) -> None:
    with running.unchanged():
        outcome = running.run("user", "add", f"dave@{SIP_DOMAIN}")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "parlour: The password is not usable: it is empty.\n"


# -- at a terminal


def test_the_password_is_asked_twice_and_not_shown(running: Place, somebody: str) -> None:
    before = _secrets(running, somebody)
    with Terminal(running.data, "user", "passwd", somebody) as terminal:
        terminal.reads(f"New password for {somebody}: ")
        terminal.types("a new secret\n")
        terminal.reads("Again: ")
        terminal.types("a new secret\n")
        assert terminal.ends() == 0
        assert "secret" not in terminal.text
    assert _secrets(running, somebody) != before


def test_a_differing_repetition_changes_nothing(running: Place, somebody: str) -> None:
    with running.unchanged(), Terminal(running.data, "user", "passwd", somebody) as terminal:
        terminal.reads(": ")
        terminal.types("a new secret\n")
        terminal.reads("Again: ")
        terminal.types("another\n")
        terminal.reads("parlour: the passwords differ")
        assert terminal.ends() == 1


@pytest.mark.parametrize("key", ["\n", "\x04"])
def test_no_password_typed_changes_nothing(running: Place, somebody: str, key: str) -> None:
    with running.unchanged(), Terminal(running.data, "user", "passwd", somebody) as terminal:
        terminal.reads(": ")
        terminal.types(key)
        terminal.reads("The password is not usable: it is empty.", also=(("Again: ", "\n"),))
        assert terminal.ends() == 1
        assert "Traceback" not in terminal.text


def test_ctrl_c_at_the_password_changes_nothing(running: Place, somebody: str) -> None:
    with running.unchanged(), Terminal(running.data, "user", "passwd", somebody) as terminal:
        terminal.reads(": ")
        terminal.types("\x03")
        assert terminal.ends() == 130
        assert "Traceback" not in terminal.text
