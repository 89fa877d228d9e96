"""Completion at a cursor: names of cmdlets, of parameters, and values as far as they are known."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from parlour.admin.engine.binder import find_parameter
from parlour.admin.engine.characters import is_parameter_start
from parlour.admin.engine.cursor import Cursor, cursor_after, cursor_in
from parlour.admin.engine.definition import Cmdlet, all_parameters
from parlour.admin.engine.limits import MAX_SOURCE
from parlour.admin.engine.parameters import Parameter
from parlour.admin.engine.session import Session
from parlour.admin.engine.types import Kind
from parlour.admin.engine.values import Own, values_starting
from parlour.errors import ParlourError

if TYPE_CHECKING:
    from parlour.admin.engine.registry import CmdletRegistry

_CHANGES = ("Add=", "Remove=", "Replace=")
_TRUTHS = ("$false", "$true")


async def complete(registry: "CmdletRegistry", session: Session, source: str | Sequence[str]) -> list[str]:
    """Return what the last word can become, sorted; of a list, that is its last value.

    Args:
        registry: the cmdlets there are.
        session: only what it may run and see is offered.
        source: a line of the language up to the cursor, or the words that another shell made of one.
    """
    if sum(map(len, source)) > MAX_SOURCE:  # nobody typed that
        return []
    cursor = cursor_in(source) if isinstance(source, str) else cursor_after(source)
    if not cursor.words:
        return [] if cursor.before else _starting(_cmdlets(registry, session), cursor.last)
    try:
        cmdlet = registry.find(session, cursor.words[0])
        if cursor.last[:1] == "-" and not cursor.before:
            return _parameters(cmdlet, cursor)
        return await _values(registry, session, _wanted(cmdlet, cursor), cursor)
    except ParlourError:  # what is typed so far is no command: there is nothing to offer
        return []


def _cmdlets(registry: "CmdletRegistry", session: Session) -> list[str]:
    return [cmdlet.meta.name for cmdlet in registry.visible(session)]


def _starting(candidates: Iterable[str], prefix: str) -> list[str]:
    return sorted(one for one in candidates if one.casefold().startswith(prefix.casefold()))


def _parameters(cmdlet: type[Cmdlet], cursor: Cursor) -> list[str]:
    used = {word[1:].partition(":")[0].casefold() for word in cursor.words[1:] if is_parameter_start(word)}
    offered = [one for one in all_parameters(cmdlet) if not one.unsupported and one.name.casefold() not in used]
    return _starting([f"-{one.name}" for one in offered], cursor.last)


# -- which parameter the value at the cursor is for


def _wanted(cmdlet: type[Cmdlet], cursor: Cursor) -> list[Parameter]:
    """Return the parameters that the value may be for: the one that is named, or those of the next free position.

    Raises:
        ParlourError: ParameterUnknown, ParameterAmbiguous.
    """
    if is_parameter_start(cursor.before):
        return [find_parameter(cmdlet, cursor.before[1:].partition(":")[0])]
    named, positional, waiting = set[str](), 0, None
    for word in cursor.words[1:]:
        if is_parameter_start(word):
            name, colon, value = word[1:].partition(":")
            known = find_parameter(cmdlet, name)
            named.add(known.name)
            waiting = None if known.type.is_switch or (colon and value) else known
        elif waiting is not None:
            waiting = None
        else:
            positional += 1
    return [waiting] if waiting is not None else _at_position(cmdlet, positional, named)


def _at_position(cmdlet: type[Cmdlet], place: int, named: set[str]) -> list[Parameter]:
    """Return the parameters that take the value at a place, counted from 0, when some are given by name."""
    ranked = sorted(((one.position, one) for one in cmdlet.parameters if one.position is not None), key=_rank)
    ranks = [[one for _, one in group] for _, group in groupby(ranked, key=_rank)]
    free = [rank for rank in ranks if named.isdisjoint(one.name for one in rank)]
    return free[place] if place < len(free) else []


def _rank(entry: tuple[int, Parameter]) -> int:
    return entry[0]


# -- what it can be


async def _values(
    registry: "CmdletRegistry", session: Session, wanted: Sequence[Parameter], cursor: Cursor
) -> list[str]:
    found: list[str] = []
    for known in wanted:
        is_modifier = known.type.kind is Kind.LIST_MODIFIER
        place = cursor.in_list() if known.type.is_list or is_modifier else cursor
        if is_modifier and place.before.rstrip()[-1:] in ("{", ";"):
            found += [f"{place.lead}{one}" for one in _starting(_CHANGES, place.last)]
            continue
        own = _cmdlets(registry, session) if Own.CMDLET in known.values else []
        kinds = tuple(kind for kind in known.values if kind is not Own.CMDLET)
        found += [place.lead + one for one in _truths(known, place.last)]
        found += map(place.written, _starting([*own, *_choices(known)], place.typed))
        found += map(place.written, await values_starting(session, kinds, place.typed))
    return sorted(set(found))


def _truths(known: Parameter, prefix: str) -> list[str]:
    return _starting(_TRUTHS, prefix) if known.type.kind is Kind.BOOLEAN else []


def _choices(known: Parameter) -> Sequence[str]:
    return () if known.type.enum is None else known.type.choices
