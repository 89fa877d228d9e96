"""An administrator's day, script by script: each one is tried with --what-if first, and then run."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place, Server, parlour, remotely

from parlour.testing import Outcome

SCRIPTS = Path(__file__).parent / "day"
PARIS = "par-pcpool-002.litwareinc.com"
PASSWORD = "correct horse"
PEOPLE = {
    "Research": ["rita", "ralf", "rosa", "remo", "ruth", "rene", "rike", "rolf"],
    "Trading": ["tom", "tina", "theo", "thea", "toni", "tara", "till", "tess"],
    "External": ["eva", "erik"],
    "Operations": ["hector"],
}


def write_people(path: Path) -> None:
    """Write the list of the personnel office."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.writer(file)
        table.writerow(["Name", "DisplayName", "Department", "Password"])
        for department, names in PEOPLE.items():
            table.writerows([name, f"{name.title()}, {department}", department, PASSWORD] for name in names)


def write_rooms(path: Path) -> None:
    """Write the list of 200 rooms."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["Name", "Topic", "Category", "Pool", "Privacy", "Type"])
        for number in range(200):
            category = "Paris" if number % 10 == 9 else "Trading" if number % 2 else "Research"
            year = 2025 if number % 4 < 2 else 2026
            table.writerow([
                f"{category} {number:03} {year}", f'matter {number}; "{category}"', category,
                PARIS if category == "Paris" else POOL, "Closed" if number % 3 else "Open",
                "Auditorium" if number % 50 == 0 else "Normal"])


@dataclass(frozen=True)
class Day:
    """The deployment, and the folder in which the administrator works."""

    place: Place
    folder: Path
    server: Server

    def run(self, script: Path, *options: str) -> Outcome:
        """Run a script in the folder."""
        return parlour("shell", *options, str(script), data=self.place.data, cwd=self.folder)

    def count(self, pipeline: str) -> int:
        """Return how many objects a pipeline gives."""
        (found,) = self.place.objects(f"{pipeline} | Measure-Object")
        return int(str(found["Count"]))

    def may(self, person: str, room: str) -> bool:
        """Tell whether somebody may read a room."""
        (found,) = self.place.objects(f'Get-CsPersistentChatAccess {person}@{SIP_DOMAIN} "{room}" | where Act -eq Read')
        return bool(found["Allowed"])

    def remotely(self, person: str, *words: str) -> Outcome:
        """Run a command as somebody who signs in from elsewhere."""
        authority = self.place.data / "tls" / "certificate.pem"
        return remotely(self.server.web, authority, f"{person}@{SIP_DOMAIN}", PASSWORD, *words)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A new deployment that a node serves."""
    data, folder = tmp_path / "data", tmp_path / "work"
    assert parlour("init", "--data", str(data), "--sip-domain", SIP_DOMAIN, "--pool", POOL).status == 0
    folder.mkdir()
    write_people(folder / "people.csv")
    write_rooms(folder / "rooms.csv")
    server = Server(data, "--web", "127.0.0.1:0")
    yield Day(Place(data), folder, server)
    server.stop()


def check_walls(day: Day) -> None:
    """Neither department gets into the other's rooms; Paris is for both."""
    for person, own, other, rooms in (("rita", "Research 000 2025", "Trading 001 2025", 100),
                                      ("tom", "Trading 001 2025", "Research 000 2025", 80)):
        assert day.may(person, own)
        assert not day.may(person, other)
        assert day.count(f'Get-CsPersistentChatRoom -Member "sip:{person}@{SIP_DOMAIN}"') == rooms


def check_help_desk(day: Day) -> None:
    """Hector sets passwords in Trading, and does just that."""
    assert day.remotely("hector", "Set-CsUserPassword", f"tom@{SIP_DOMAIN}", "-Password", "battery staple").status == 0
    seen = day.remotely("hector", "Get-CsUser", "|", "Select-Object", "-ExpandProperty", "SipAddress").out.split()
    assert sorted(seen) == sorted(f"sip:{name}@{SIP_DOMAIN}" for name in PEOPLE["Trading"])
    for words in (("Set-CsUserPassword", f"rita@{SIP_DOMAIN}", "-Password", "battery staple"),
                  ("Get-CsPersistentChatRoom",), ("New-CsUser", "sip:x@litwareinc.com", "-Password", PASSWORD),
                  ("Set-CsGroup", "CsAdministrator", "-Members", f'@{{Add="sip:hector@{SIP_DOMAIN}"}}'),
                  ("Export-Csv", "a.csv"), ("Get-CsAuditLog",)):
        with day.place.unchanged():
            outcome = day.remotely("hector", *words)
        assert outcome.status in (1, 2), words
        assert outcome.err, words


CHECKS: dict[str, Callable[[Day], None]] = {
    "03-people": lambda day: _equal(day.count("Get-CsUser"), 19),
    "07-rooms": lambda day: _equal(day.count("Get-CsPersistentChatRoom"), 200),
    "08-people-of-rooms": check_walls,
    "10-grants": lambda day: _equal(
        [day.may(person, "Paris 009 2025") for person in ("eva", "tom")], [False, True]),
    "11-help-desk": check_help_desk,
    "12-mass-change": lambda day: _equal(day.count("Get-CsPersistentChatRoom -Disabled $true -Privacy Secret"), 100),
    "13-clean-up": lambda day: _equal(day.count("Get-CsPersistentChatRoom"), 160),
}


def _equal(found: object, expected: object) -> None:
    assert found == expected


@pytest.mark.timeout(300)
def test_a_day(day: Day) -> None:
    for script in sorted(SCRIPTS.glob("*.ps1")):
        with day.place.unchanged():
            trial = day.run(script, "--what-if")
        assert (trial.status, trial.err) == (0, ""), (script.name, trial)
        assert "What if: Performing the operation" in trial.out, script.name
        done = day.run(script)
        assert (done.status, done.err) == (0, ""), (script.name, done)
        assert "What if" not in done.out
        if script.stem in CHECKS:
            CHECKS[script.stem](day)
    _check_audit(day)


def _check_audit(day: Day) -> None:
    """Everything is in the log: what was done, what was only tried, what was refused, by whom and from where."""
    made = "Get-CsAuditLog -Cmdlet New-CsPersistentChatRoom"
    assert day.count(f"{made} -Outcome Completed") == 200
    assert day.count(f"{made} -Outcome WhatIf") == 200
    refused = day.place.objects(f"Get-CsAuditLog -Person sip:hector@{SIP_DOMAIN} -Outcome Refused")
    names = {str(one["Cmdlet"]) for one in refused}
    assert {"Get-CsPersistentChatRoom", "New-CsUser", "Set-CsGroup", "Get-CsAuditLog"} <= names
    assert {str(one["Surface"]) for one in refused} == {"Rest"}
    everything = day.place.prints("shell", "-c", "Get-CsAuditLog | ConvertTo-Json")
    assert PASSWORD not in everything
    assert "battery staple" not in everything
    (proof,) = day.place.objects("Test-CsAuditLog")
    assert (proof["Intact"], proof["FirstBroken"]) == (True, None)
