"""Filters of directory cmdlets: ``SipAddress -eq "sip:x" -and DisplayName -like "P*"``.

They are the language's expressions whose property names stand without ``$_.``, so they are put into that form and
parsed by the same rules; positions in errors are those of the text as it was typed.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from parlour.admin.engine.characters import normalise
from parlour.admin.engine.comparison import truthy
from parlour.admin.engine.expressions import Expression, Item, Member, children
from parlour.admin.engine.language import parse_expression
from parlour.admin.engine.objects import Value
from parlour.errors import FILTER_INVALID, SYNTAX_LIMIT, ParlourError

Predicate: TypeAlias = Callable[[Value], bool]

_LONGEST: Final = 8192
_PREFIX: Final = "$_."

_TOKEN: Final = re.compile(
    r"""
    " (?: `. | "" | [^"`] )* "        # strings stay as they are
    | ' (?: '' | [^'] )* '
    | \$ [\w:]+ (?: \.\w+ )*          # $_.Name, $null
    | - [A-Za-z]+                     # operators
    | \d [\w.]*
    | (?P<name> [^\W\d]\w* )
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


def compile_filter(text: str, known: Iterable[str] | None = None) -> Predicate:
    """Make a predicate over objects of a ``-Filter`` text.

    Args:
        text: the filter, with or without braces around it and ``$_.`` before property names.
        known: property names there are; others are refused. None accepts any name.

    Raises:
        ParlourError: FILTER_INVALID with the column, or SYNTAX_LIMIT.
    """
    expression = parse_filter(text, known)
    return lambda item: truthy(expression.evaluate(item))


def parse_filter(text: str, known: Iterable[str] | None = None) -> Expression:
    """Make an expression of a ``-Filter`` text, for those who look into it before they run it.

    Raises:
        ParlourError: as `compile_filter`.
    """
    if len(text) > _LONGEST:
        raise ParlourError(SYNTAX_LIMIT, None, reason=f"a filter longer than {_LONGEST} characters")
    inner, start = _without_braces(normalise(text.replace("\n", " ").replace("\r", " ")))
    if not inner.strip():
        raise _error(text, 1, "it is empty")
    rewritten, origins = _with_prefixes(inner, start)
    try:
        expression = parse_expression(rewritten)
    except ParlourError as error:
        if error.kind is SYNTAX_LIMIT:
            raise
        raise _placed(text, error, origins) from None
    if known is not None:
        _check_names(text, expression, {name.casefold(): name for name in known}, origins)
    return expression


def _without_braces(text: str) -> tuple[str, int]:
    """Return what stands between the braces, if any, and where it begins."""
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}") and len(stripped) > 1:
        return stripped[1:-1], text.index("{") + 1
    return text, 0


def _with_prefixes(inner: str, start: int) -> tuple[str, list[int]]:
    """Put ``$_.`` before bare names; return the text and for each of its characters the column it came from."""
    parts: list[str] = []
    origins: list[int] = []
    for token in _TOKEN.finditer(inner):
        written = (_PREFIX if token["name"] else "") + token[0]
        column = start + token.start() + 1
        parts.append(written)
        shift = len(written) - len(token[0])
        origins += [column + max(0, index - shift) for index in range(len(written))]
    return "".join(parts), origins


def _column(position: int, origins: list[int]) -> int:
    return origins[min(position, len(origins)) - 1]


def _placed(text: str, error: ParlourError, origins: list[int]) -> ParlourError:
    position = error.details["column"]
    column = _column(position if isinstance(position, int) else 1, origins)
    reason = str(error.details["reason"]).replace(_PREFIX, "").replace("$_", "")
    if "variable" in reason:  # a filter in braces is a text; whoever reads it knows no variables
        return _error(text, column, 'a variable cannot stand in braces; in a text it can: "Name -eq \'$name\'"')
    what = "text" in error.details
    return _error(text, column, f"{reason} cannot stand in a filter" if what else reason)


def _error(text: str, column: int, reason: str) -> ParlourError:
    return ParlourError(FILTER_INVALID, text, column=column, reason=reason)


def _check_names(text: str, expression: Expression, known: dict[str, str], origins: list[int]) -> None:
    if isinstance(expression, Member) and isinstance(expression.base, Item):
        if expression.name.casefold() not in known:
            names = ", ".join(known.values())
            reason = f'there is no property "{expression.name}" (there are {names})'
            raise _error(text, _column(expression.column, origins), reason)
        return
    for child in children(expression):
        _check_names(text, child, known, origins)
