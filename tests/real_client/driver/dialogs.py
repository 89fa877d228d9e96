"""Error boxes and questions that a person would see on the screen."""

import platform
from ctypes import c_void_p, string_at
from dataclasses import dataclass

from tests.real_client.driver.abi import (
    ACTION_CALLBACK,
    FIELDS_CALLBACK,
    NOTIFY_CLOSE,
    NOTIFY_FORMATTED,
    NOTIFY_MESSAGE,
    NOTIFY_URI,
    REQUEST_ACTION,
    REQUEST_CLOSE,
    REQUEST_FIELDS,
    REQUEST_ICON,
    REQUEST_INPUT,
    NotifyUiOps,
    Pointer,
    RequestUiOps,
    VaList,
    structure,
    text,
)
from tests.real_client.driver.runtime import Runtime

_KINDS = {0: "error", 1: "warning", 2: "info"}
_REGISTERS = 48  # bytes of the register save area that hold integers, x86-64 System V


def _variadic_actions(count: int, arguments: Pointer) -> list[tuple[str | None, Pointer]]:
    """Read `count` pairs (label, callback) from a va_list."""
    if platform.machine() not in ("x86_64", "AMD64") or not arguments:
        return []
    where = structure(VaList, arguments)
    in_registers = range(where.reg_save_area + where.gp_offset, where.reg_save_area + _REGISTERS, 8)
    left = 2 * count - len(in_registers)
    on_stack = range(where.overflow_arg_area, where.overflow_arg_area + 8 * max(left, 0), 8)
    values = [c_void_p.from_address(at).value for at in (*in_registers, *on_stack)][: 2 * count]
    return [(text(string_at(label)) if label else "", action)
            for label, action in zip(values[::2], values[1::2], strict=True)]


@dataclass(frozen=True)
class _Question:
    callbacks: list[Pointer]
    user_data: Pointer
    fields: Pointer = None  # set for a form
    is_form: bool = False


class Dialogs:
    """Turns notices and requests into events, and answers requests."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._emit = runtime.emit
        self._open: dict[int, _Question] = {}
        self._last = 0

    def notify_ops(self) -> NotifyUiOps:
        """Return the table for notices."""
        make = self._runtime.callback
        return NotifyUiOps(
            notify_message=make(NOTIFY_MESSAGE, self._on_message),
            notify_formatted=make(NOTIFY_FORMATTED, self._on_formatted),
            notify_uri=make(NOTIFY_URI, lambda uri: self._emit("notify", kind="uri", text=text(uri))),
            close_notify=make(NOTIFY_CLOSE, lambda _type, _handle: None))

    def request_ops(self) -> RequestUiOps:
        """Return the table for questions."""
        make = self._runtime.callback
        return RequestUiOps(
            request_input=make(REQUEST_INPUT, self._on_input), request_action=make(REQUEST_ACTION, self._on_action),
            request_fields=make(REQUEST_FIELDS, self._on_form), close_request=make(REQUEST_CLOSE, self._on_close),
            request_action_with_icon=make(REQUEST_ICON, self._on_action_with_icon))

    def answer(self, number: int, choice: int) -> None:
        """Press a button.

        Raises:
            KeyError: no such question is open.
        """
        question = self._open.pop(number)
        pressed = question.callbacks[choice]
        if pressed and question.is_form:
            FIELDS_CALLBACK(pressed)(question.user_data, question.fields)
        elif pressed:
            ACTION_CALLBACK(pressed)(question.user_data, choice)

    def _on_message(self, kind: int, title: bytes, primary: bytes, secondary: bytes) -> None:
        self._emit("notify", kind=_KINDS.get(kind, str(kind)), title=text(title), primary=text(primary),
                   secondary=text(secondary))

    def _on_formatted(self, title: bytes, primary: bytes, secondary: bytes, body: bytes) -> None:
        self._emit("notify", kind="formatted", title=text(title), primary=text(primary), secondary=text(secondary),
                   text=text(body))

    def _ask(self, kind: str, title: bytes, primary: bytes, secondary: bytes, **more: object) -> int:
        self._last += 1
        self._emit("request", kind=kind, request=self._last, title=text(title), primary=text(primary),
                   secondary=text(secondary), **more)
        return self._last

    def _on_input(self, title: bytes, primary: bytes, secondary: bytes, *_: object) -> int:
        return self._ask("input", title, primary, secondary)

    def _on_action(
        self, title: bytes, primary: bytes, secondary: bytes, default: int, _account: Pointer, _who: bytes,
        _conversation: Pointer, user_data: Pointer, count: int, arguments: Pointer,
    ) -> int:
        actions = _variadic_actions(count, arguments)
        number = self._ask("action", title, primary, secondary, actions=[label for label, _ in actions],
                           default=default)
        self._open[number] = _Question([action for _, action in actions], user_data)
        return number

    def _on_action_with_icon(
        self, title: bytes, primary: bytes, secondary: bytes, default: int, account: Pointer, who: bytes,
        conversation: Pointer, _icon: Pointer, _size: int, user_data: Pointer, count: int, arguments: Pointer,
    ) -> int:
        return self._on_action(
            title, primary, secondary, default, account, who, conversation, user_data, count, arguments)

    def _on_form(
        self, title: bytes, primary: bytes, secondary: bytes, fields: Pointer, _ok: bytes, on_ok: Pointer,
        _cancel: bytes, on_cancel: Pointer, _account: Pointer, _who: bytes, _conversation: Pointer,
        user_data: Pointer,
    ) -> int:
        number = self._ask("fields", title, primary, secondary)
        self._open[number] = _Question([on_ok, on_cancel], user_data, fields, is_form=True)
        return number

    def _on_close(self, _type: int, handle: int) -> None:
        self._open.pop(handle, None)
