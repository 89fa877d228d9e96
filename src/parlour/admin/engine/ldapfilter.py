"""LDAP search filters as text (RFC 4515), evaluated over attributes in memory."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from parlour.admin.engine.objects import PsObject, Value, as_list, to_text
from parlour.errors import FILTER_INVALID, SYNTAX_LIMIT, ParlourError

Attributes: TypeAlias = Mapping[str, Value]
Predicate: TypeAlias = Callable[[Attributes | PsObject], bool]
Test: TypeAlias = Callable[[Attributes], bool]
ValueTest: TypeAlias = Callable[[str], bool]

_LONGEST: Final = 8192
_DEEPEST: Final = 60
_ITEM: Final = re.compile(r"(?P<name>[A-Za-z][\w;.-]*|\d+(?:\.\d+)+)\s*(?P<sign>~=|>=|<=|=)(?P<value>[^()]*)")
_ESCAPE: Final = re.compile(r"\\([0-9A-Fa-f]{2})")


def compile_ldap_filter(text: str) -> Predicate:
    """Make a predicate over attributes (any case) or an object: ``(&(objectClass=user)(!(cn=a*)))``.

    Attributes that an object does not have match nothing; text compares without case. Extensible matches
    (``attribute:rule:=value``) are refused.

    Raises:
        ParlourError: FILTER_INVALID with the column, or SYNTAX_LIMIT.
    """
    if len(text) > _LONGEST:
        raise ParlourError(SYNTAX_LIMIT, None, reason=f"a filter longer than {_LONGEST} characters")
    reader = _Reader(text)
    test = reader.filter(0)
    reader.end()
    return lambda item: test(_folded(item.properties if isinstance(item, PsObject) else item))


def _folded(attributes: Attributes) -> Attributes:
    return {name.casefold(): value for name, value in attributes.items()}


class _Reader:
    """A recursive descent over the grammar of RFC 4515 section 3."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = len(text) - len(text.lstrip())

    def error(self, reason: str) -> ParlourError:
        return ParlourError(FILTER_INVALID, self._text, column=self._position + 1, reason=reason)

    def end(self) -> None:
        if self._text[self._position :].strip():
            raise self.error("nothing may follow the filter")

    def filter(self, depth: int) -> Test:
        if depth > _DEEPEST:
            raise ParlourError(SYNTAX_LIMIT, None, reason=f"nested deeper than {_DEEPEST} levels")
        self._expect("(")
        sign = self._peek()
        if sign in ("&", "|", "!"):
            self._position += 1
            test = _combined(sign, self._negated(depth) if sign == "!" else self._list(depth))
        else:
            test = self._item()
        self._expect(")")
        return test

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            raise self.error(f'"{character}" is missing')
        self._position += 1

    def _list(self, depth: int) -> list[Test]:
        parts: list[Test] = []
        while self._skip_blanks() == "(":
            parts.append(self.filter(depth + 1))
        return parts

    def _negated(self, depth: int) -> list[Test]:
        self._skip_blanks()
        negated = [self.filter(depth + 1)]
        self._skip_blanks()
        return negated

    def _skip_blanks(self) -> str:
        while self._peek().isspace():
            self._position += 1
        return self._peek()

    def _item(self) -> Test:
        found = _ITEM.match(self._text, self._position)
        if found is None:
            raise self.error("a comparison such as cn=value must stand here")
        self._position = found.start("value")
        test = self._value_test(found["sign"], found["value"])
        self._position = found.end()
        name = found["name"].casefold()
        return lambda attributes: any(test(to_text(value)) for value in as_list(attributes.get(name)))

    def _value_test(self, sign: str, value: str) -> ValueTest:
        if sign == "=" and "*" in value:
            return _substrings([self._unescaped(part).casefold() for part in value.split("*")])
        wanted = self._unescaped(value)
        if sign == "=":
            return lambda text: text.casefold() == wanted.casefold()
        if sign == "~=":
            return lambda text: _squeezed(text) == _squeezed(wanted)
        return _ordering(sign, wanted)

    def _unescaped(self, value: str) -> str:
        if "\\" in _ESCAPE.sub("", value) or "\0" in value:
            raise self.error("a backslash must be followed by two hexadecimal digits")
        pieces = _ESCAPE.split(value)
        octets = [bytes.fromhex(piece) if index % 2 else piece.encode() for index, piece in enumerate(pieces)]
        try:
            return b"".join(octets).decode()
        except UnicodeDecodeError:
            raise self.error("the value is not UTF-8") from None


def _combined(sign: str, parts: list[Test]) -> Test:
    if sign == "!":
        return lambda attributes: not parts[0](attributes)
    combine = all if sign == "&" else any
    return lambda attributes: combine(part(attributes) for part in parts)


def _squeezed(text: str) -> str:
    return "".join(text.casefold().split())


def _substrings(parts: list[str]) -> ValueTest:
    """Test for the first part at the start, the last at the end, those between in their order. Time is linear."""

    def test(text: str) -> bool:
        folded = text.casefold()
        first, *middle, last = parts
        if not folded.startswith(first):
            return False
        position = len(first)
        for part in middle:
            found = folded.find(part, position)
            if found < 0:
                return False
            position = found + len(part)
        return folded.endswith(last) and len(folded) - len(last) >= position

    return test


def _ordering(sign: str, wanted: str) -> ValueTest:
    def test(text: str) -> bool:
        numeric = _integer(text), _integer(wanted)
        left, right = (text.casefold(), wanted.casefold()) if None in numeric else numeric
        return left >= right if sign == ">=" else left <= right  # type: ignore[operator]  # both are the same type

    return test


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
