"""What other shells complete: `parlour complete -- WORDS...`, which the files in `parlour/completions` call.

It asks nobody anything, and says nothing of what goes wrong: whoever pressed Tab shall get his prompt back.
"""

import shlex
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from parlour.errors import ParlourError

# Commands whose words are those of a cmdlet.
_STANDS_FOR: Final[Mapping[tuple[str, ...], str]] = {
    ("why",): "Get-CsPersistentChatAccess",
    ("user", "passwd"): "Set-CsUserPassword",
    ("user", "disable"): "Disable-CsUser",
    ("user", "enable"): "Enable-CsUser",
}


class Parser(ArgumentParser):
    """A parser that knows what can be typed.

    Attributes:
        known: its options, and the words that may stand without one.
        commands: its sub-commands.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - argparse's own
        self.known: list[str] = []
        self.commands: Mapping[str, Parser] = {}
        super().__init__(**settings)

    def add_argument(self, *names: Any, **settings: Any) -> Any:  # noqa: ANN401 - argparse's own
        """Add an argument, as every parser does."""
        self.known += settings.get("choices") or [name for name in names if name.startswith("--")]
        return super().add_argument(*names, **settings)

    def add_subparsers(self, **settings: Any) -> Any:  # noqa: ANN401 - argparse's own
        """Add sub-commands, as every parser does."""
        action = super().add_subparsers(**settings)
        self.commands = action.choices
        return action


Ask = Callable[[Sequence[str]], Sequence[str]]
"""Says what the last of some words of a cmdlet can become."""


def completion_file(shell: str) -> str:
    """Return the file that makes a shell complete the command."""
    from importlib.resources import files  # here: it takes a while

    return files("parlour").joinpath("completions", f"parlour.{shell}").read_text()


def offer(words: Sequence[str], take: Callable[[Sequence[str]], tuple[Ask, list[str]]], parser: Parser) -> int:
    """Print what the last word of a command can become, a line each.

    Args:
        words: what stands behind ``complete``: perhaps ``--quoted``, ``--``, and the words of the command line.
        take: takes the options for all commands out of words, and says who knows of cmdlets then.
        parser: what can be typed.
    """
    quoted = words[:1] == ["--quoted"]
    typed = list(words[1 + quoted:]) or [""]
    last, quote = _unquoted(typed[-1]) if quoted else (typed[-1], "")
    with suppress(ParlourError, OSError, ValueError, EOFError):
        ask, finished = take([_whole(word) if quoted else word for word in typed[:-1]])
        found = _candidates(parser, finished, last, ask)
        sys.stdout.write("".join(f"{_written(one, quote) if quoted else one}\n" for one in found))
    return 0


def _candidates(parser: Parser, finished: Sequence[str], last: str, ask: Ask) -> Sequence[str]:
    place, path = parser, list[str]()
    for word in finished:
        if word in place.commands:
            place = place.commands[word]
            path.append(word)
    if path:
        own = [one for one in (*place.commands, *place.known) if one.startswith(last)]
        cmdlet = _STANDS_FOR.get(tuple(path))
        given = [word for word in finished if word not in path]
        return own if own or cmdlet is None else ask([cmdlet, *given, last])
    if finished:
        return ask([*finished, last])
    return [*(one for one in (*place.commands, *place.known) if one.startswith(last)), *ask([last])]


def _whole(word: str) -> str:
    """Return a finished word as the shell will give it to the command."""
    try:
        return "".join(shlex.split(word)[:1])
    except ValueError:
        return word


def _unquoted(word: str) -> tuple[str, str]:
    """Return an unfinished word as far as it goes, and the quote it began with."""
    if word[:1] in ("'", '"'):
        return word[1:], word[0]
    return _whole(word) if "\\" in word else word, ""


def _written(word: str, quote: str) -> str:
    """Return a word as bash reads it, inside the quote that was begun."""
    if quote == '"':
        return "".join(f"\\{one}" if one in '"\\$`' else one for one in word)
    if quote == "'":
        return word.replace("'", "'\\''")
    return "".join(one if one.isalnum() or one in "-_./:=@,+%" else f"\\{one}" for one in word)
