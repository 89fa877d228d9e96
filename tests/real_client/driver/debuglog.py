"""The client's debug log: kept for dumps, watched for what libpurple has no event for."""

import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.real_client.driver.abi import IS_ENABLED, PRINT, DebugUiOps, text
from tests.real_client.driver.runtime import Runtime

_SIP_MESSAGE = re.compile(r"MESSAGE START ([<>])+ SIP\([^)]*\) - \S+\n(.*)\nMESSAGE END ", re.S)

# log line fragment -> phase of group chat
_PHASES = {
    "sipe_groupchat_init:": "init",
    "connection to group chat server established.": "connected",
    "no group chat server found.": "unavailable",
    "can't connect to group chat server!": "failed",
    "groupchat_init_retry: trying again later": "retry",
    "disabling group chat feature.": "disabled",
}


class Line(NamedTuple):
    """One line (or message) of the log."""

    at: float
    category: str
    text: str

    def __str__(self) -> str:
        return f"({_moment(self.at)}) {self.category}: {self.text.rstrip(chr(10))}\n"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _sip_message(line: Line) -> tuple[str, str] | None:
    found = _SIP_MESSAGE.search(line.text) if line.category == "sipe" else None
    return (("out" if found[1] == ">" else "in"), found[2]) if found else None


class DebugLog:
    """Everything the libraries had to say."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lines: deque[Line] = deque(maxlen=runtime.options.log_lines)
        path = runtime.options.log_file
        self._file = Path(path).open("a", encoding="utf-8") if path else None  # noqa: SIM115 - open for the whole run

    def ui_ops(self) -> DebugUiOps:
        """Return the table that libpurple asks for."""
        return DebugUiOps(
            print=self._runtime.callback(PRINT, self._on_debug),
            is_enabled=self._runtime.callback(IS_ENABLED, lambda _level, _category: 1, 1))

    def _on_debug(self, _level: int, category: bytes, message: bytes) -> None:
        line = Line(time.time(), text(category) or "", text(message) or "")
        self._lines.append(line)
        if self._file:
            self._file.write(str(line))
            self._file.flush()
        if line.category == "sipe":
            self._report(line)

    def _report(self, line: Line) -> None:
        if self._runtime.options.sip_events and (sip := _sip_message(line)):
            self._runtime.emit("sip", dir=sip[0], text=sip[1])
        phase = next((phase for fragment, phase in _PHASES.items() if fragment in line.text), None)
        if phase:
            self._runtime.emit("groupchat", phase=phase, text=line.text.strip())

    def dump(self, path: Path, what: str) -> int:
        """Write the log to a file; return the number of entries.

        Args:
            path: the file.
            what: ``sip`` for SIP messages only, ``sipe`` for the plugin's lines, ``all``.
        """
        entries = list(self._sip_entries() if what == "sip" else self._line_entries(what))
        path.write_text("".join(entries), encoding="utf-8")
        return len(entries)

    def _sip_entries(self) -> Iterator[str]:
        for line in self._lines:
            if sip := _sip_message(line):
                way = "client -> server" if sip[0] == "out" else "server -> client"
                yield f"{'=' * 10} {_moment(line.at)} {way}\n{sip[1]}\n\n"

    def _line_entries(self, what: str) -> Iterator[str]:
        return (str(line) for line in self._lines if what == "all" or line.category == "sipe")
