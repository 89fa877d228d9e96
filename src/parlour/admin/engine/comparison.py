"""PowerShell's truth, members and comparison operators.

The left operand decides: a list filters, text compares as text without case, a number as a number.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from parlour.admin.engine import patience
from parlour.admin.engine.objects import PsObject, Value, as_list, is_list, to_text
from parlour.admin.engine.patterns import like, match
from parlour.admin.engine.timespans import parse_timespan
from parlour.errors import COMPARISON_INVALID, ParlourError

Test: TypeAlias = Callable[[Value, Value, bool], bool]

_LOOKS: Final = 64  # values between two looks at the clock
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*\Z")


def patiently(values: list[Value]) -> Iterator[Value]:
    """Give values one by one, as long as there is time.

    Raises:
        ParlourError: EVALUATION_TOO_LONG.
    """
    for index, value in enumerate(values):
        if index % _LOOKS == 0:
            patience.check()
        yield value


def truthy(value: Value) -> bool:
    """Return the truth of a value: empty, zero and null are false; a list of one is what its element is."""
    if isinstance(value, PsObject | timedelta):
        return True
    if is_list(value):
        elements = as_list(value)
        return len(elements) > 1 or (len(elements) == 1 and truthy(elements[0]))
    return bool(value)


def _whole(span: timedelta, unit: int, modulus: int) -> int:
    """Return how often `unit` seconds fit into a time span, without the next larger units; negative if it is."""
    count = int(abs(span).total_seconds() // unit) % modulus
    return -count if span < timedelta() else count


_SPAN_MEMBERS: Final[Mapping[str, Callable[[timedelta], float]]] = MappingProxyType({
    "days": lambda span: _whole(span, 86400, 10**9),
    "hours": lambda span: _whole(span, 3600, 24),
    "minutes": lambda span: _whole(span, 60, 60),
    "seconds": lambda span: _whole(span, 1, 60),
    "totaldays": lambda span: span.total_seconds() / 86400,
    "totalhours": lambda span: span.total_seconds() / 3600,
    "totalminutes": lambda span: span.total_seconds() / 60,
    "totalseconds": lambda span: span.total_seconds(),
})


def member(value: Value, name: str) -> Value:
    """Return a property of a value; of a list, the property of its elements."""
    if isinstance(value, PsObject) and value.find(name) is not None:
        return value.get(name)
    folded = name.casefold()
    if folded in ("count", "length"):
        return _length(value, folded)
    if is_list(value):
        return [found for element in patiently(as_list(value)) for found in as_list(member(element, name))] or None
    if isinstance(value, datetime) and folded in ("year", "month", "day", "hour", "minute", "second"):
        return int(getattr(value, folded))
    return _SPAN_MEMBERS[folded](value) if isinstance(value, timedelta) and folded in _SPAN_MEMBERS else None


def _length(value: Value, name: str) -> int:
    if isinstance(value, str):
        return len(value) if name == "length" else 1
    return len(as_list(value)) if is_list(value) else int(value is not None)


def equal(left: Value, right: Value, case: bool = False) -> bool:
    """Compare for equality; what cannot be compared is not equal."""
    if left is None or right is None:
        return left is None and right is None
    try:
        return order(left, right, case) == 0
    except ParlourError:
        return False


def order(left: Value, right: Value, case: bool = False) -> int:
    """Return -1, 0 or 1; null comes first.

    Raises:
        ParlourError: COMPARISON_INVALID when the right value cannot become what the left one is.
    """
    if left is None or right is None:
        return (left is not None) - (right is not None)
    if isinstance(left, bool):
        return _sign(left, truthy(right))
    if isinstance(left, int | float):
        return _sign(left, _number(right))
    if isinstance(left, datetime):
        return _sign(_moment(left), _moment(right))
    if isinstance(left, timedelta):
        return _sign(left.total_seconds(), _span(right).total_seconds())
    first, second = to_text(left), to_text(right)
    if case:
        return _sign(first, second)
    return _sign(first.casefold(), second.casefold())


def _sign(left: "float | str | datetime", right: "float | str | datetime") -> int:
    return (left > right) - (left < right)  # type: ignore[operator]  # both sides were made the same type


def _number(value: Value) -> float:
    if isinstance(value, int | float):
        return value
    text = to_text(value)
    if not _NUMBER.match(text):
        raise ParlourError(COMPARISON_INVALID, text, value=text, reason="it is not a number")
    return float(text) if len(text) > 15 or "." in text or "e" in text.lower() else int(text)


def _moment(value: Value) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(to_text(value))
    except ValueError:
        text = to_text(value)
        raise ParlourError(COMPARISON_INVALID, text, value=text, reason="it is not a date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _span(value: Value) -> timedelta:
    span = value if isinstance(value, timedelta) else parse_timespan(to_text(value))
    if span is None:
        text = to_text(value)
        raise ParlourError(COMPARISON_INVALID, text, value=text, reason="it is not a time span")
    return span


def _ordering(test: Callable[[int, int], bool]) -> Test:
    return lambda left, right, case: test(order(left, right, case), 0)


def _not(test: Test) -> Test:
    return lambda left, right, case: not test(left, right, case)


def _like(left: Value, right: Value, case: bool) -> bool:
    return like(to_text(left), to_text(right), case)


def _match(left: Value, right: Value, case: bool) -> bool:
    return match(to_text(left), to_text(right), case)


_TESTS: Final[Mapping[str, Test]] = MappingProxyType({
    "eq": equal,
    "ne": _not(equal),
    "gt": _ordering(operator.gt),
    "ge": _ordering(operator.ge),
    "lt": _ordering(operator.lt),
    "le": _ordering(operator.le),
    "like": _like,
    "notlike": _not(_like),
    "match": _match,
    "notmatch": _not(_match),
})


def _contains(left: Value, right: Value, case: bool) -> bool:
    return any(equal(element, right, case) for element in patiently(as_list(left)))


def _in(left: Value, right: Value, case: bool) -> bool:
    return _contains(right, left, case)


_MEMBERSHIP: Final[Mapping[str, Test]] = MappingProxyType({
    "contains": _contains,
    "notcontains": _not(_contains),
    "in": _in,
    "notin": _not(_in),
})

OPERATORS: Final = (*_TESTS, *_MEMBERSHIP)
"""The comparison operators, without dash and without the prefixes ``i`` and ``c``."""


def operator_of(text: str) -> tuple[str, bool] | None:
    """Return a comparison operator and whether it minds case: ``-cEq`` gives ``("eq", True)``; None if unknown."""
    name = text.lstrip("-").lower()
    if name in OPERATORS:
        return name, False
    if name[:1] in ("i", "c") and name[1:] in OPERATORS:
        return name[1:], name[0] == "c"
    return None


def compare(name: str, left: Value, right: Value, case: bool = False) -> Value:
    """Compare two values as PowerShell does.

    Args:
        name: one of `OPERATORS`.
        left: decides how; a list is filtered, and the matching elements are the result.
        right: converted to what `left` is.
        case: capitals matter.

    Raises:
        ParlourError: COMPARISON_INVALID, PATTERN_INVALID or PATTERN_TOO_SLOW.
    """
    if name in _MEMBERSHIP:
        return _MEMBERSHIP[name](left, right, case)
    test = _TESTS[name]
    if is_list(left):
        return [element for element in patiently(as_list(left)) if test(element, right, case)]
    return test(left, right, case)
