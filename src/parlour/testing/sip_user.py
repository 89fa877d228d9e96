"""One person's connection as a Lync-style client has it, scripted: that of `parlour.sipclient`, which can misbehave."""

import asyncio
from types import TracebackType

from parlour.sip import Request, Response, render_auth
from parlour.sipclient import ChallengeError, Password, RefusedError
from parlour.sipclient import SipUser as ClientUser
from parlour.sipclient.user import PROVISIONING, Dialog, Handshake, checked, need_ntlm, need_success
from parlour.testing import digest, ntlm
from parlour.testing.sip_connection import Association, LostError, Signing, SipConnection, ViolationError, insecure

__all__ = [
    "PROVISIONING", "ChallengeError", "Dialog", "Handshake", "RefusedError", "SipUser", "ViolationError",
    "need_success"]


class SipUser(ClientUser):
    """One connection of one person; an async context manager that connects, unless it is already, and hangs up.

    At the end of the context the client fails the test if the server ever did what real clients cannot live with
    (unsigned or wrongly signed messages, a From that is not the chat service's); set `strict` to False to allow it.

    Args:
        address: ``alice@litwareinc.com``.
        host: where to connect.
        port: where to connect.
        tls: TLS (any certificate is accepted) or plain TCP.

    Attributes:
        notifications: every BENOTIFY and NOTIFY received.
        answering: set to False to leave the server's requests unanswered.
        strict: whether violations fail the test at the end of the context.
        last_authenticate: the last AUTHENTICATE token sent, for replays.
    """

    agent = "ParlourTestKit"
    connection_type = SipConnection

    def __init__(self, address: str, host: str, port: int, *, tls: bool = True) -> None:
        super().__init__(address, host, port, tls=insecure() if tls else None)
        self.notifications: list[Request] = []
        self.answering = True
        self.strict = True
        self.last_authenticate = b""

    # --- connection -----------------------------------------------------------------------------------------------
    @property
    def wire(self) -> SipConnection:
        """The connection; raises LostError before `connect`."""
        if not isinstance(self._connection, SipConnection):
            raise LostError("not connected")
        return self._connection

    @property
    def signing(self) -> Signing:
        """What happens to our own messages: signed well, not at all, or wrongly."""
        return self.wire.signing

    @signing.setter
    def signing(self, how: Signing) -> None:
        self.wire.signing = how

    @property
    def association(self) -> Association | None:
        """The finished NTLM handshake."""
        return self.wire.association

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        if kind is None and self.strict and self.violations:
            raise ViolationError("; ".join(self.violations))

    def drop(self) -> None:
        """Break the connection without a word."""
        self.wire.abort()

    async def lost(self, within: float = 10) -> str:
        """Wait until the connection is gone; return why."""
        async with asyncio.timeout(within):
            return await asyncio.shield(self.wire.lost)

    # --- sign-in --------------------------------------------------------------------------------------------------
    async def register(
        self, password: str, scheme: str = "ntlm", *, login: str | None = None, address: str | None = None,
        digest_uri: str = digest.PIDGIN_URI, within: float = 10,
    ) -> Response:
        """Sign in.

        Args:
            password: the password.
            scheme: ``ntlm`` or ``digest``.
            login: user name to sign in with; the address by default.
            address: whom to register; oneself by default.
            digest_uri: digest-uri to name and to compute with.
            within: seconds, for each step.

        Returns:
            The 200.

        Raises:
            RefusedError: with the last response.
            ViolationError: the 200 is not signed, or has not what real clients need.
        """
        if scheme == "digest":
            secrets = Password(login or self.address, password)
            return await self._register_by_digest(secrets, digest_uri, address, within)
        handshake = await self.challenge(address, within)
        return await self.answer(handshake, password, login=login, address=address, within=within)

    async def challenge(self, address: str | None = None, within: float = 10) -> Handshake:
        """Do the first two steps of an NTLM handshake.

        Raises:
            RefusedError: the server does not offer NTLM version 4, or sends no challenge.
        """
        offered = need_ntlm(await self.send(self._registration(address), within))
        return await self._handshake(offered, address, within)

    async def answer(
        self, handshake: Handshake, password: str = "", *, login: str | None = None, address: str | None = None,
        token: bytes | None = None, within: float = 10,
    ) -> Response:
        """Do the last step of an NTLM handshake.

        Args:
            handshake: the challenge.
            password: the password.
            login: user name; the address by default.
            address: whom to register; oneself by default.
            token: an AUTHENTICATE to send instead of a fresh one, e.g. `last_authenticate` of before (a replay).
            within: seconds.

        Raises:
            RefusedError: with the response.
            ViolationError: the 200 is not signed, or has not what real clients need.
        """
        fresh, security = ntlm.authenticate(handshake.token, login or self.address, password)
        self.last_authenticate = token or fresh
        return await self._finish(handshake, self.last_authenticate, security, address, within)

    def _proof(self, request: Request) -> str:
        known = self.association
        if self.signing is not Signing.NONE or known is None:
            return super()._proof(request)
        return render_auth(
            "NTLM", {"qop": "auth", "opaque": known.opaque, "realm": known.realm, "targetname": known.target})

    async def refresh(self, within: float = 10) -> Response:
        """Register again, signed, without a new handshake."""
        return checked(need_success("REGISTER", await self.send(self._registration(), within)))

    async def update(self, dialog: Dialog, within: float = 10) -> Response:
        """Refresh the session timer of a dialog."""
        return await self.send(self.inside(dialog, "UPDATE"), within)

    # --- requests of the server -------------------------------------------------------------------------------------
    def _on_request(self, request: Request) -> Response | None:
        if request.method in ("BENOTIFY", "NOTIFY"):
            self.notifications.append(request)
        answer = super()._on_request(request)
        return answer if self.answering else None
