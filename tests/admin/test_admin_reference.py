"""Every cmdlet and parameter of the reference: there, with its type, sets, position, pipeline input, aliases, default.

The reference is a table of facts (tests/data/reference_cmdlets.json); where Parlour differs on purpose, or has more, a
table here says so with the reason. Every table is checked in both directions: nothing stands in one without need.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import pytest

from parlour.admin.catalog import registry
from parlour.admin.engine import Cmdlet, Impact, Kind, Parameter, Pipeline, all_parameters, parameter_sets
from parlour.admin.engine.common import COMMON_NAMES
from parlour.admin.engine.convert import convert
from parlour.admin.engine.definition import ALL_SETS
from parlour.admin.engine.timespans import timespan_text
from parlour.chat.policies import ChatConfiguration, ChatPolicy, checked_configuration
from parlour.compliance.settings import ComplianceConfiguration
from parlour.errors import ParlourError

REFERENCE: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "reference_cmdlets.json").read_text(encoding="utf-8"))["cmdlets"]
KNOWN = {cmdlet.meta.name: cmdlet for cmdlet in registry().all()}

MISSING: set[str] = set()
"""Cmdlets of the reference that are not there yet."""

_NO_OBJECT = "the set with an object needs one; without it, the set Identity is meant, as in the original"
_NO_WATCHERS = "there are no watcher nodes that would keep the people of tests"

PURPOSE = {
    ("Remove-CsPersistentChatMessage", "", "sets"):
        "the help of 2013 has a third set, Stock: the text that says an administrator replaced the message",
    ("New-CsPersistentChatPolicy", "EnablePersistentChat", "default"): "a new deployment lets everybody chat",
    ("Get-CsUser", "OnModernServer", "aliases"): "its alias OnLyncServer is a parameter of its own, too",
    ("Set-CsPersistentChatPolicy", "Instance", "mandatory"): _NO_OBJECT,
    ("Set-CsPersistentChatConfiguration", "Instance", "mandatory"): _NO_OBJECT,
    ("Set-CsPersistentChatComplianceConfiguration", "Instance", "mandatory"): _NO_OBJECT,
    ("Set-CsPersistentChatState", "Instance", "mandatory"): _NO_OBJECT,
    ("Test-CsPersistentChatMessage", "TargetFqdn", "mandatory"): "without it, the first pool: mostly there is one",
    ("Test-CsPersistentChatMessage", "SenderSipAddress", "mandatory"): _NO_WATCHERS,
    ("Test-CsPersistentChatMessage", "ReceiverSipAddress", "mandatory"): _NO_WATCHERS,
}
"""Differences on purpose: cmdlet, parameter ("" for its sets), what differs; and the reason."""

_TRIAL = "a script of New- cmdlets can be tried before it is run"
OWN: Mapping[tuple[str, str], str] = {
    (f"New-CsPersistentChat{noun}", name): _TRIAL
    for noun in ("Addin", "Category", "Room") for name in ("WhatIf", "Confirm")} | {
    ("Import-CsPersistentChatData", "ReplaceSameNamed"): "the original did not say what becomes of another room that "
    "has the same name; here it stays as it is unless this is given"}
"""Parameters that only Parlour has, and what they are for."""

_ONE_DIRECTORY = "the built-in directory is read as the operator who is signed in; there is no other account to ask as"
_STEPS = "the steps are in the result, and -Verbose tells them; a variable can keep that"
REFUSED: Mapping[tuple[str, str], str] = {
    **dict.fromkeys(((name, "Credential") for name in (
        "Get-CsPersistentChatEndpoint", "Get-CsUser", "Get-CsAdUser", "Get-CsAdPrincipal", "Get-CsAdContact")),
        _ONE_DIRECTORY),
    **dict.fromkeys((("Test-CsPersistentChatMessage", name) for name in ("OutLoggerVariable", "OutVerboseVariable")),
                    _STEPS),
    **dict.fromkeys((("Test-CsPersistentChatMessage", name) for name in (
        "Setup", "TestUser1SipAddress", "TestUser2SipAddress")), _NO_WATCHERS)}
"""Documented parameters that are there and refused, with their own words, whoever gives them; and the reason."""

RANGES = {"Int16": (-2**15, 2**15 - 1), "Int32": (-2**31, 2**31 - 1), "UInt32": (0, 2**32 - 1),
          "Unlimited<UInt32>": (0, 2**32 - 1)}
"""The least and the most that the reference's types of numbers take."""

_MOST = 2**31 - 1
_ENOUGH = "numbers end where Int32 does; nothing here comes near that"
_HISTORY = "the reference gives these limits in words (section 2.5)"
LIMITS: Mapping[tuple[str, str], tuple[int, int, str]] = {
    **{(f"{verb}-CsPersistentChatConfiguration", "DefaultChatHistory"): (1, 500, _HISTORY) for verb in ("New", "Set")},
    **{(f"{verb}-CsPersistentChatConfiguration", name): (0, _MOST, _ENOUGH)
       for verb in ("New", "Set") for name in ("MaxFileSizeKB", "ParticipantUpdateLimit")},
    **{(name, "ResultSize"): (0, _MOST, _ENOUGH) for name in (
        "Get-CsPersistentChatEndpoint", "Get-CsUser", "Get-CsAdUser", "Get-CsAdPrincipal", "Get-CsAdContact")}}
"""Where the least or the most that is taken is not that of the documented type: both, and the reason."""

MODELS = {
    "New-CsPersistentChatConfiguration": ChatConfiguration(), "New-CsPersistentChatPolicy": ChatPolicy(),
    "New-CsPersistentChatComplianceConfiguration": ComplianceConfiguration()}
"""Values that give the defaults of parameters which have none themselves."""

FIELDS = {"enable_persistent_chat": "enabled"}
"""Where the value calls it otherwise."""

TEXTS = {"String", "Fqdn", "UserIdParameter", "OUIdParameter", "XdsIdentity", "XdsGlobalRelativeIdentity", "Guid"}
NUMBERS = {"Int16", "Int32", "UInt32", "UInt16"}
OBJECTS = {"PSObject", "ChatRoom", "Category", "Addin"}
KINDS = {
    **dict.fromkeys(TEXTS, Kind.STRING), **dict.fromkeys(NUMBERS, Kind.INTEGER), **dict.fromkeys(OBJECTS, Kind.OBJECT),
    "Switch": Kind.SWITCH, "Boolean": Kind.BOOLEAN, "DateTime": Kind.DATETIME, "TimeSpan": Kind.TIMESPAN,
    "Unlimited<UInt32>": Kind.SIZE, "Byte[]": Kind.BYTES, "PSCredential": Kind.CREDENTIAL}
CHOICES = {
    "ChatRoomInvitations": {"Inherit", "False"}, "ChatRoomPrivacy": {"Open", "Closed", "Secret"},
    "ChatRoomType": {"Normal", "Auditorium"}, "AndOr": {"And", "Or", "Exact"}, "PoolState": {"Normal", "FailedOver"},
    "ExportLevel": {"User", "Category", "RoomDirectory", "Content", "All"},
    "AuthenticationMechanism": {"TrustedServer", "Negotiate", "ClientCertificate", "LiveID"}}
PIPELINE = {"ByValue": Pipeline.VALUE, "ByPropertyName": Pipeline.PROPERTY}


def is_type(known: Parameter, name: str) -> bool:
    """Say whether a parameter takes what the reference calls so; one that is refused anyway may be a text."""
    if known.unsupported and known.type.kind is Kind.STRING:
        return True
    if name in CHOICES:
        return set(known.type.choices) == CHOICES[name]
    if name.startswith("PSListModifier<"):
        return known.type.kind is Kind.LIST_MODIFIER
    if name == "List<String>":
        return known.type.kind is Kind.STRING and known.type.is_list
    return known.type.kind is KINDS[name] and not known.type.is_list


def sets_of(cmdlet: type[Cmdlet]) -> list[str]:
    """Return its parameter sets; "" for one without a name."""
    return ["" if name == ALL_SETS else name for name in parameter_sets(cmdlet)]


def mandatory(cmdlet: type[Cmdlet], set_name: str) -> set[str]:
    """Return what must be given in a set."""
    return {known.name for known in cmdlet.parameters if known.mandatory and known.is_in(set_name)}


def parameter_differences(known: Parameter, told: Mapping[str, Any], sets: Mapping[str, Any]) -> Iterator[str]:
    """Say in what a parameter is not as the reference tells."""
    if not is_type(known, told["type"]):
        yield "type"
    if {name for name in sets if known.is_in(name)} != set(told.get("sets", sets)):
        yield "sets"
    if known.position != told.get("position"):
        yield "position"
    if known.pipeline != reduce(or_, map(PIPELINE.__getitem__, told.get("pipeline", ())), Pipeline.NONE):
        yield "pipeline"
    if list(known.aliases) != told.get("aliases", []):
        yield "aliases"


def differences(name: str) -> Iterator[tuple[str, str, str]]:
    """Say in what a cmdlet is not as the reference tells: cmdlet, parameter, what."""
    cmdlet, told = KNOWN[name], REFERENCE[name]
    if set(sets_of(cmdlet)) != set(told["sets"]):
        yield name, "", "sets"
    for set_name, required in told["sets"].items():
        for parameter in mandatory(cmdlet, set_name) ^ set(required):
            yield name, parameter, "mandatory"
    ours = {known.name.lower(): known for known in all_parameters(cmdlet)}
    for parameter, facts in told["parameters"].items():
        known = ours.get(parameter.lower())  # letter case is nobody's concern: section 1.2
        if known is None:
            yield name, parameter, "absent"
            continue
        for what in parameter_differences(known, facts, told["sets"]):
            yield name, parameter, what
        if "default" in facts and default(name, known) != facts["default"]:
            yield name, parameter, "default"


def default(name: str, known: Parameter) -> object:
    """Return what holds when a parameter is not given."""
    if known.default is not None:
        return known.default
    found = getattr(MODELS.get(name), FIELDS.get(known.attribute, known.attribute), None)
    return timespan_text(found) if isinstance(found, timedelta) else found


def documented() -> Iterator[tuple[str, Parameter, Mapping[str, Any]]]:
    """Give every documented parameter that is there: its cmdlet, what it is, and what the reference tells."""
    for name in set(REFERENCE) & set(KNOWN):
        ours = {known.name.lower(): known for known in all_parameters(KNOWN[name])}
        for parameter, told in REFERENCE[name]["parameters"].items():
            if parameter.lower() in ours:
                yield name, ours[parameter.lower()], told


def takes(name: str, known: Parameter, number: int) -> bool:
    """Say whether a number may be given, by its type and by what may be kept of the settings it is one of."""
    try:
        settings: dict[str, Any] = {known.attribute: convert(known, str(number))}
        if name.endswith("-CsPersistentChatConfiguration"):
            checked_configuration(replace(ChatConfiguration(), **settings))
    except ParlourError:
        return False
    return True


def test_the_documented_parameters_that_are_refused() -> None:
    assert {(name, known.name) for name, known, _ in documented() if known.unsupported} == set(REFUSED)
    assert all(REFUSED.values())


def test_only_documented_parameters_are_there_to_be_refused() -> None:
    found = {(name, known.name) for name, cmdlet in KNOWN.items() for known in cmdlet.parameters if known.unsupported}
    assert found == set(REFUSED)


NUMBERED = {(name, known.name): (known, RANGES[told["type"]]) for name, known, told in documented()
            if told["type"] in RANGES}


@pytest.mark.parametrize(("name", "parameter"), sorted(NUMBERED))
def test_the_range_of_a_number_is_that_of_its_type(name: str, parameter: str) -> None:
    known, documented_range = NUMBERED[name, parameter]
    least, most, _ = LIMITS.get((name, parameter), (*documented_range, ""))
    assert [takes(name, known, number) for number in (least - 1, least, most, most + 1)] == [False, True, True, False]


def test_other_limits_are_of_documented_numbers_and_have_reasons() -> None:
    assert set(LIMITS) <= set(NUMBERED)
    assert all(reason and tuple(limits) != NUMBERED[at][1] for at, (*limits, reason) in LIMITS.items())


def test_every_type_of_numbers_has_a_range() -> None:
    used = {told["type"] for _, _, told in documented()} & (NUMBERS | {"Unlimited<UInt32>"})
    assert used == set(RANGES)


@pytest.mark.parametrize("name", [name for name in REFERENCE if name in KNOWN])
def test_a_cmdlet_is_as_the_reference_tells(name: str) -> None:
    assert set(differences(name)) == {one for one in PURPOSE if one[0] == name}


def test_the_cmdlets_of_the_reference_are_there() -> None:
    assert set(REFERENCE) - set(KNOWN) == MISSING


def test_the_tables_name_cmdlets_that_are_there() -> None:
    assert {name for name, *_ in (*PURPOSE, *OWN, *REFUSED, *LIMITS)} <= set(REFERENCE) & set(KNOWN)
    assert all((*PURPOSE.values(), *OWN.values()))


def test_parameters_beyond_the_reference() -> None:
    found = {(name, known.name) for name in set(REFERENCE) & set(KNOWN) for known in all_parameters(KNOWN[name])
             if known.name.lower() not in map(str.lower, REFERENCE[name]["parameters"])
             and known.name not in COMMON_NAMES}
    assert found == set(OWN)


def test_the_cmdlets_that_ask_by_default() -> None:
    asking = {name for name in set(REFERENCE) & set(KNOWN) if KNOWN[name].meta.impact is Impact.HIGH}
    assert asking == {"Clear-CsPersistentChatRoom", "Remove-CsAdminRole"}


@pytest.mark.parametrize("name", KNOWN)
def test_every_parameter_and_cmdlet_has_help(name: str) -> None:
    cmdlet = KNOWN[name]
    assert cmdlet.__doc__
    assert all(known.help for known in cmdlet.parameters)
    assert cmdlet.meta.examples or cmdlet.meta.utility
