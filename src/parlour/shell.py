"""The interactive shell: a prompt with completion and history in front of the operator's connection."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory

from parlour.errors import ParlourError
from parlour.operator import Runner
from parlour.secretlines import may_hold_secret

_WELCOME = "Parlour shell. Get-Command lists the cmdlets, Get-Help NAME explains one; exit leaves."
_INTERRUPTED = 130
_FAILED = 1
_LEAVE = frozenset({"exit", "quit"})


class _History(FileHistory):
    """The lines typed, but for those that may have a password in them."""

    def store_string(self, string: str) -> None:
        if not may_hold_secret(string):
            super().store_string(string)


class _Completer(Completer):
    def __init__(self, connection: Runner) -> None:
        self._connection = connection

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        from parlour.admin.engine.cursor import cursor_in  # here: the first prompt comes faster without

        text = document.text_before_cursor
        start = cursor_in(text).start - len(text)
        try:
            found = self._connection.complete(text)
        except ConnectionError:  # whoever runs the line is told
            return
        for word in found:
            yield Completion(word, start_position=start)


def converse(connection: Runner, history: Path, trial: bool = False) -> int:
    """Read lines and run them until the user leaves; returns the exit status of the last one.

    Args:
        connection: runs them.
        history: file that keeps the lines typed.
        trial: commands say what they would do, and do nothing.
    """
    os.close(os.open(history, os.O_CREAT | os.O_RDWR, 0o600))
    session: PromptSession[str] = PromptSession(
        history=_History(str(history)), completer=_Completer(connection), complete_while_typing=False)
    print(_WELCOME)  # noqa: T201 - this is the terminal's door
    status = 0
    while True:
        try:
            line = session.prompt("parlour> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return status
        if line.lower() in _LEAVE:
            return status
        if line:
            status = _run(connection, line, trial)


def _run(connection: Runner, line: str, trial: bool) -> int:
    try:
        return connection.run(line, trial)
    except KeyboardInterrupt:  # of a connection that cannot go on after it
        return _INTERRUPTED
    except (ConnectionError, ParlourError) as fault:  # the next line may find it there, or be shorter
        print(f"parlour: {fault}", file=sys.stderr)  # noqa: T201 - this is the terminal's door
        return _FAILED
