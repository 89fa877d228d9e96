"""What every part of the driver needs: the libraries, the event stream, callbacks that stay alive."""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from ctypes import c_void_p, cast
from typing import TypeVar

from tests.real_client.driver.abi import SOURCE_FUNCTION
from tests.real_client.driver.library import Library

F = TypeVar("F")


class EventStream:
    """One JSON object per line on the standard output that the process was started with.

    Whatever C libraries print to standard output goes to standard error instead.
    """

    def __init__(self) -> None:
        self._fd = os.dup(1)
        os.dup2(2, 1)

    def emit(self, event: str, **fields: object) -> None:
        """Write one event; the process ends when nobody reads any more."""
        line = json.dumps({"event": event, "t": round(time.time(), 3), **fields}, ensure_ascii=False) + "\n"
        data = line.encode("utf-8", "replace")
        while data:
            try:
                data = data[os.write(self._fd, data):]
            except BrokenPipeError:
                leave(3)


def leave(status: int) -> None:
    """End the process without the clean-up of C libraries, which may crash after half a session."""
    sys.stdout.flush()
    os._exit(status)


class Runtime:
    """Shared by all parts.

    Attributes:
        options: the command line.
        lib: the C functions.
        emit: writes an event.
        quitting: set once the driver is on its way out.
    """

    def __init__(self, options: argparse.Namespace, lib: Library, stream: EventStream) -> None:
        self.options = options
        self.lib = lib
        self.emit = stream.emit
        self.quitting = False
        self._keep: list[object] = []

    def callback(self, prototype: Callable[..., F], function: Callable[..., object], default: object = None) -> F:
        """Make a C callback that stays alive and never lets an exception reach C."""

        def guarded(*arguments: object) -> object:
            try:
                return function(*arguments)
            except BaseException:  # whatever it is, it must not unwind through C
                self.emit("driver_error", traceback=traceback.format_exc())
                return default

        made = prototype(guarded)
        self._keep.append(made)
        return made

    def later(self, milliseconds: int, function: Callable[[], object]) -> None:
        """Run a function once from the main loop."""

        def run(_: object) -> int:
            function()
            return 0

        made = self.callback(SOURCE_FUNCTION, run, 0)
        self.lib.glib.g_timeout_add(milliseconds, cast(made, c_void_p), None)
