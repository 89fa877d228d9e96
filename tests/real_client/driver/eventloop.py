"""libpurple's event loop on GLib's, and our own commands on standard input."""

import os
from collections.abc import Callable
from ctypes import c_void_p, cast
from typing import Any

from tests.real_client.driver.abi import (
    FD_FUNCTION,
    INPUT_ADD,
    INPUT_FUNCTION,
    INPUT_REMOVE,
    SOURCE_FUNCTION,
    EventLoopUiOps,
    Pointer,
)
from tests.real_client.driver.library import address
from tests.real_client.driver.runtime import Runtime

_READ, _WRITE = 1, 2  # PurpleInputCondition
_IN, _OUT, _ERR, _HUP, _NVAL = 1, 4, 8, 16, 32  # GIOCondition


class EventLoop:
    """Watches file descriptors for libpurple, and standard input for us."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._glib = runtime.lib.glib
        self._watched: dict[int, tuple[Any, Pointer, int]] = {}
        self._next_key = 1
        self._loop = self._glib.g_main_loop_new(None, 0)
        self._trampoline = runtime.callback(FD_FUNCTION, self._on_ready, 0)
        self._pending = b""

    def ui_ops(self) -> EventLoopUiOps:
        """Return the table that libpurple asks for."""
        return EventLoopUiOps(
            timeout_add=address(self._glib, "g_timeout_add"),
            timeout_remove=address(self._glib, "g_source_remove"),
            input_add=self._runtime.callback(INPUT_ADD, self._input_add, 0),
            input_remove=self._runtime.callback(INPUT_REMOVE, self._input_remove, 0),
            timeout_add_seconds=address(self._glib, "g_timeout_add_seconds"))

    def _input_add(self, fd: int, condition: int, function: int, data: Pointer) -> int:
        wanted = 0
        if condition & _READ:
            wanted |= _IN | _HUP | _ERR
        if condition & _WRITE:
            wanted |= _OUT | _HUP | _ERR | _NVAL
        key, self._next_key = self._next_key, self._next_key + 1
        source = int(self._glib.g_unix_fd_add(fd, wanted, cast(self._trampoline, c_void_p), key))
        self._watched[key] = (INPUT_FUNCTION(function), data, source)
        return source

    def _input_remove(self, source: int) -> int:
        self._watched = {key: entry for key, entry in self._watched.items() if entry[2] != source}
        return int(self._glib.g_source_remove(source))

    def _on_ready(self, fd: int, ready: int, key: int) -> int:
        if key not in self._watched:
            return 0
        function, data, _ = self._watched[key]
        readable = _READ if ready & (_IN | _HUP | _ERR) else 0
        writable = _WRITE if ready & (_OUT | _HUP | _ERR | _NVAL) else 0
        function(data, fd, readable | writable)
        return 1 if key in self._watched else 0

    def read_lines(self, on_line: Callable[[bytes], object], on_end: Callable[[], object]) -> None:
        """Call `on_line` for every line of standard input, `on_end` at its end."""

        def ready(_fd: int, _condition: int, _data: object) -> int:
            return self._read_stdin(on_line, on_end)

        made = self._runtime.callback(FD_FUNCTION, ready, 1)
        self._glib.g_unix_fd_add(0, _IN | _HUP, cast(made, c_void_p), None)

    def _read_stdin(self, on_line: Callable[[bytes], object], on_end: Callable[[], object]) -> int:
        try:
            data = os.read(0, 65536)
        except BlockingIOError:
            return 1
        if not data:
            on_end()
            return 0
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in filter(bytes.strip, lines):
            on_line(line)
        return 1

    def run(self) -> None:
        """Run until `stop`."""
        # so that Python's signal handlers get a turn at least every half second
        tick = self._runtime.callback(SOURCE_FUNCTION, lambda _: 1, 1)
        self._glib.g_timeout_add(500, cast(tick, c_void_p), None)
        self._glib.g_main_loop_run(self._loop)

    def stop(self) -> None:
        """Let `run` return."""
        self._glib.g_main_loop_quit(self._loop)
