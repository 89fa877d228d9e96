"""The one account of this process: its settings, its connection, its status."""

from ctypes import CFUNCTYPE, c_char_p, c_int, c_void_p
from typing import Any

from tests.real_client.driver.abi import CONNECTION_PROGRESS, CONNECTION_REASON, ConnectionUiOps, Pointer, text
from tests.real_client.driver.library import address
from tests.real_client.driver.runtime import Runtime

PROTOCOL = b"prpl-sipe"
UI_ID = b"sipe-driver"

_ERRORS = (
    "network_error", "invalid_username", "authentication_failed", "authentication_impossible", "no_ssl_support",
    "encryption_error", "name_in_use", "invalid_settings", "cert_not_provided", "cert_untrusted", "cert_expired",
    "cert_not_activated", "cert_hostname_mismatch", "cert_fingerprint_mismatch", "cert_self_signed",
    "cert_other_error", "other_error")
_PASSING = (0, 5)  # errors after which Pidgin reconnects by itself
_TEXT_OPTIONS = {
    "server": "server", "transport": "transport", "auth": "authentication", "groupchat_user": "groupchat_user",
    "useragent": "useragent", "email": "email", "email_url": "email_url", "email_login": "email_login",
    "email_password": "email_password"}
_STATUS_WITH_NOTE = CFUNCTYPE(None, c_void_p, c_char_p, c_int, c_char_p, c_char_p, c_void_p)


class Account:
    """Signs on and off as a person would.

    Attributes:
        settings: what was asked for on the command line and by ``connect``.
    """

    def __init__(self, runtime: Runtime, settings: dict[str, Any]) -> None:
        self._runtime = runtime
        self._purple = runtime.lib.purple
        self._account: Pointer = None
        self.settings = settings

    def ui_ops(self) -> ConnectionUiOps:
        """Return the table that libpurple asks for."""
        return ConnectionUiOps(
            connect_progress=self._runtime.callback(CONNECTION_PROGRESS, self._on_progress),
            report_disconnect_reason=self._runtime.callback(CONNECTION_REASON, self._on_disconnect))

    def _on_progress(self, _connection: Pointer, message: bytes, step: int, steps: int) -> None:
        self._runtime.emit("connecting", text=text(message), step=step, steps=steps)

    def _on_disconnect(self, _connection: Pointer, reason: int, message: bytes) -> None:
        name = _ERRORS[reason] if 0 <= reason < len(_ERRORS) else str(reason)
        self._runtime.emit("connection_error", code=reason, reason=name, text=text(message))
        if self.settings.get("auto_reconnect") and reason in _PASSING and not self._runtime.quitting:
            delay = float(self.settings.get("reconnect_delay", 2))
            self._runtime.later(int(delay * 1000), self._connect)

    # --- connecting -------------------------------------------------------------------------------------------
    def connect(self, settings: dict[str, Any]) -> None:
        """Create the account if needed, take the settings over and sign on.

        Raises:
            ValueError: no user name was ever given.
        """
        self.settings = {**self.settings, **settings}
        if not self._account:
            self._account = self._create()
        self.apply(self.settings)
        if not self._purple.purple_account_get_enabled(self._account, UI_ID):
            self._purple.purple_account_set_enabled(self._account, UI_ID, 1)
        self.set_status(self.settings.get("status", "available"), self.settings.get("note"))
        self._connect()

    def _create(self) -> Pointer:
        user = self.settings.get("username")
        if not user:
            raise ValueError("username missing")
        full = user if "," in user else f"{user},{self.settings.get('login') or ''}"
        account: Pointer = self._purple.purple_account_new(full.encode(), PROTOCOL)
        proxy = self._purple.purple_proxy_info_new()
        self._purple.purple_proxy_info_set_type(proxy, 0)  # PURPLE_PROXY_NONE
        self._purple.purple_account_set_proxy_info(account, proxy)
        self._purple.purple_accounts_add(account)
        return account

    def _connect(self) -> None:
        if not self._runtime.quitting and self._purple.purple_account_is_disconnected(self._account):
            self._purple.purple_account_connect(self._account)

    def disconnect(self) -> None:
        """Sign off (un-REGISTER)."""
        if self._account and not self._purple.purple_account_is_disconnected(self._account):
            self._purple.purple_account_disconnect(self._account)

    @property
    def connection(self) -> Pointer:
        """The connection, as libpurple knows it.

        Raises:
            ValueError: there is none.
        """
        found: Pointer = self._purple.purple_account_get_connection(self._account) if self._account else None
        if not found:
            raise ValueError("not connected")
        return found

    @property
    def pointer(self) -> Pointer:
        """The account, as libpurple knows it."""
        return self._account

    @property
    def state(self) -> str:
        """none, connected, connecting or disconnected."""
        if not self._account:
            return "none"
        if self._purple.purple_account_is_connected(self._account):
            return "connected"
        return "disconnected" if self._purple.purple_account_is_disconnected(self._account) else "connecting"

    # --- settings ---------------------------------------------------------------------------------------------
    def apply(self, settings: dict[str, Any]) -> None:
        """Write settings into libpurple's account; they count at the next sign-on."""
        for key, option in _TEXT_OPTIONS.items():
            if settings.get(key) is not None:
                self.set_option(option, str(settings[key]))
        self.set_option("dont-publish", bool(settings.get("dont_publish", True)))
        self.set_option("sso", bool(settings.get("sso")))
        for name, value in (settings.get("options") or {}).items():
            self.set_option(name, value)
        if settings.get("password") is not None:
            self._purple.purple_account_set_remember_password(self._account, 1)
            self._purple.purple_account_set_password(self._account, str(settings["password"]).encode())

    def set_option(self, name: str, value: object) -> None:
        """Set one option of the account, by the type of the value."""
        if isinstance(value, bool):
            self._purple.purple_account_set_bool(self._account, name.encode(), int(value))
        elif isinstance(value, int):
            self._purple.purple_account_set_int(self._account, name.encode(), value)
        else:
            self._purple.purple_account_set_string(self._account, name.encode(), str(value).encode())

    def set_status(self, status: str, note: str | None = None) -> None:
        """Set the status, with a note if there is one."""
        if note:  # the C function takes name, value pairs
            set_with_note = _STATUS_WITH_NOTE(address(self._purple, "purple_account_set_status") or 0)
            set_with_note(self._account, status.encode(), 1, b"message", note.encode(), None)
        else:
            self._purple.purple_account_set_status(self._account, status.encode(), 1, None)
