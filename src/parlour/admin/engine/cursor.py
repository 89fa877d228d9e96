"""Where somebody is in a line he is typing: in which command, in which argument, at which of its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from parlour.admin.engine.characters import DOUBLE_QUOTES, SINGLE_QUOTES, is_parameter_start, normalise
from parlour.admin.engine.convert import list_parts
from parlour.admin.engine.literals import expanded, verbatim, word

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_.\\/@:*-]*\Z")
_ESCAPED = re.compile(f"[`${DOUBLE_QUOTES}]")
_BLANKS = " \t\r\n"
_PAIRS = {"}": "{", ")": "("}


@dataclass(frozen=True, slots=True)
class Cursor:
    """What stands before the cursor.

    Attributes:
        words: the finished words of the command, as typed.
        before: the part of the unfinished argument that stays, e.g. ``-Members:`` or ``@{Add="a",``.
        last: what a completion takes the place of; it may begin with a quote.
        start: where that begins in the line.
        plain: another shell took the quotes away.
        lead: what a completion begins with: another shell's word is given back whole.
    """

    words: tuple[str, ...]
    before: str
    last: str
    start: int
    plain: bool = False
    lead: str = ""

    @property
    def typed(self) -> str:
        """The value that is typed so far, without quotes and escapes."""
        quote = "" if self.plain else self.last[:1]
        if quote == '"':
            return expanded(self.last if _is_closed(self.last) else f'{self.last}"')
        if quote == "'":
            return verbatim(self.last if _is_closed(self.last) else f"{self.last}'")
        return self.last if self.plain else word(self.last)

    def in_list(self) -> "Cursor":
        """Return the place in the last element of a list; lines of the language are read that way already."""
        if not self.plain:
            return self
        last = list_parts(self.last)[-1]
        kept = self.last[:len(self.last) - len(last)]
        return replace(self, before=self.before + kept, last=last, start=self.start + len(kept), lead=self.lead + kept)

    def written(self, value: str) -> str:
        """Return the word for a value: in the quotes that were begun, or in some if it needs any."""
        return self.lead + self._quoted(value)

    def _quoted(self, value: str) -> str:
        quote = self.last[:1]
        if self.plain or (quote not in ('"', "'") and _BARE.match(value)):
            return value
        if quote == '"' or any(quote in value for quote in SINGLE_QUOTES):
            return '"' + _ESCAPED.sub(lambda found: f"`{found[0]}", value) + '"'
        return f"'{value}'"


def _is_closed(text: str) -> bool:
    return _Reader(text).quote == ""


def cursor_in(text: str) -> Cursor:
    """Say where the end of `text`, a line of the language, is."""
    return _Reader(text).cursor()


def cursor_after(words: Sequence[str]) -> Cursor:
    """Say where the end of words is that another shell made of a line; `start` is a place in the last one."""
    *finished, last = words or [""]
    bar = len(finished) - finished[::-1].index("|") if "|" in finished else 0
    name, colon, _ = last.partition(":")
    if is_parameter_start(last) and colon:
        return Cursor(tuple(finished[bar:]), name + colon, last[len(name) + 1:], len(name) + 1, True, name + colon)
    if last[:2] == "@{":
        inner = cursor_in(last)
        return replace(inner, words=tuple(finished[bar:]), lead=last[:inner.start])
    return Cursor(tuple(finished[bar:]), "", last, 0, plain=True)


@dataclass(slots=True)
class _Command:
    """One command of a line, while it is read.

    Attributes:
        words: those that are finished.
        start: where the unfinished argument begins, if there is one.
        element: where its last value begins.
        groups: the brackets around this place that belong to the argument.
    """

    words: list[str] = field(default_factory=list)
    start: int | None = None
    element: int = 0
    groups: list[str] = field(default_factory=list)


class _Reader:
    """Reads a line up to its end; inside strings nothing but their ends counts."""

    def __init__(self, text: str) -> None:
        self._text = normalise(text)
        self._commands = [_Command()]
        self.quote = ""
        position = 0
        while position < len(self._text):
            position += self._in_string(position) if self.quote else self._outside(position)

    @property
    def _command(self) -> _Command:
        return self._commands[-1]

    def cursor(self) -> Cursor:
        """Return where the end is."""
        command = self._command
        end = len(self._text)
        start = end if command.start is None else command.start
        element = end if command.start is None else command.element
        return Cursor(tuple(command.words), self._text[start:element], self._text[element:], element)

    def _in_string(self, position: int) -> int:
        """Take the next character of a string; return how many that were."""
        character, following = self._text[position], self._text[position + 1:position + 2]
        if character == "`" and self.quote == '"' and following:
            return 2
        if character == self.quote:
            if following == self.quote:
                return 2
            self.quote = ""
        return 1

    def _outside(self, position: int) -> int:
        character = self._text[position]
        if character == "`":
            self._begin(position)
            return 2
        if character == "#" and self._command.start is None:
            end = self._text.find("\n", position)
            return (len(self._text) if end < 0 else end) - position
        if character.isspace():
            self._blank(position)
        elif character in "|;":
            self._separator(position)
        elif character in "{(":
            self._open(character, position)
        elif character in "})":
            self._close(character, position)
        elif character == ",":
            self._begin(position)
            self._command.element = position + 1
        else:
            self._other(character, position)
        return 1

    def _begin(self, position: int) -> None:
        """Have an argument begin here, unless one began before."""
        if self._command.start is None:
            self._command.start = self._command.element = position

    def _finish(self, position: int) -> None:
        command = self._command
        if command.start is not None:
            command.words.append(self._text[command.start:position])
            command.start = None

    def _blank(self, position: int) -> None:
        command = self._command
        after_comma = command.element == position and self._text[position - 1] in f",{_BLANKS}"
        if command.start is not None and (command.groups or after_comma):
            command.element = position + 1
        elif self._text[position] == "\n":
            self._commands[-1] = _Command()
        else:
            self._finish(position)

    def _separator(self, position: int) -> None:
        if self._command.groups:
            self._command.element = position + 1
        else:
            self._commands[-1] = _Command()

    def _open(self, bracket: str, position: int) -> None:
        """Take a bracket: of a list or hashtable inside an argument, or of a script block with its own commands."""
        if bracket == "(" or self._text[max(position - 1, 0):position] == "@":
            self._begin(position)
            self._command.groups.append(bracket)
            self._command.element = position + 1
        else:
            self._begin(position)
            self._commands.append(_Command())

    def _close(self, bracket: str, position: int) -> None:
        if self._command.groups[-1:] == [_PAIRS[bracket]]:
            self._command.groups.pop()
        elif bracket == "}" and len(self._commands) > 1:
            self._commands.pop()

    def _other(self, character: str, position: int) -> None:
        self._begin(position)
        command = self._command
        if character in "\"'":
            self.quote = character
        elif character == "=" and command.groups[-1:] == ["{"]:
            command.element = position + 1
        elif character == ":" and command.start == command.element:
            is_name = is_parameter_start(self._text[command.element:position])
            command.element = position + 1 if is_name else command.element
