"""Signing in, one connection's side of it: a small state machine without I/O.

No handshake -> challenged -> signed in. A challenge is answered once; whatever else comes starts anew. After a sign-in
by NTLM every message must be signed; after one by Digest the TLS connection itself is the proof.
"""

import binascii
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import Enum

from parlour.addresses import SipAddress
from parlour.chat.model import Person
from parlour.directory.people import SignInRecord
from parlour.directory.secrets import REALM, Vault, login_names
from parlour.errors import SIGN_IN_REFUSED, ParlourError
from parlour.lync import digest
from parlour.lync.ntlm import NtlmChallenge
from parlour.lync.signing import SecurityAssociation
from parlour.sip import AuthValue, Request, parse_auth, render_auth

_VERSION = "4"  # of MS-SIPAE
_NO_NT_HASH = bytes(16)


class Scheme(Enum):
    """How people may prove who they are."""

    NTLM = "ntlm"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Ask:
    """Answer the REGISTER with this status and header: the client has to go on from there."""

    status: int
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Admit:
    """The client has proved that it is this person."""

    person: Person


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """What is offered to whom.

    Attributes:
        domain: SIP domain shown in challenges.
        host: fully qualified name of this server, the target of signatures.
        schemes: what the deployment allows.
    """

    domain: str
    host: str
    schemes: frozenset[Scheme] = frozenset(Scheme)


class SignIn:
    """The sign-in of one connection.

    Args:
        policy: what is offered.
        vault: opens the secrets of people.
        secure: whether the connection is TLS; Digest needs that.

    Attributes:
        guessed: whether the last step answered a challenge: if that was refused, the password was wrong.
    """

    def __init__(self, policy: SignInPolicy, vault: Vault, *, secure: bool) -> None:
        self._policy = policy
        self._vault = vault
        self._digest = secure and Scheme.DIGEST in policy.schemes
        self._ntlm = Scheme.NTLM in policy.schemes
        self._challenge: tuple[NtlmChallenge, str] | None = None
        self._nonce: str | None = None
        self.person: Person | None = None
        self.association: SecurityAssociation | None = None
        self.guessed = False

    def step(self, request: Request, address: SipAddress, record: SignInRecord | None) -> Ask | Admit:
        """Take the connection's next unsigned REGISTER.

        Args:
            request: the REGISTER.
            address: whose registration it is.
            record: what the directory keeps of him; None for a stranger, who is treated alike up to the last step.

        Raises:
            ParlourError: SignInRefused.
        """
        self.guessed = False
        given = _credentials(request)
        if given is None:
            return self._offer(record)
        if given.scheme.upper() == "NTLM" and self._ntlm:
            return self._step_ntlm(request, given, address, record)
        if given.scheme.upper() == "DIGEST" and self._digest:
            return self._step_digest(request, given, record)
        return self._offer(record)

    def asks_for_challenge(self, request: Request) -> bool:
        """Say whether the next step only sends a challenge of NTLM, whoever asks."""
        given = _credentials(request)
        return self._ntlm and given is not None and given.scheme.upper() == "NTLM" and not given.params.get(
            "gssapi-data")

    def is_signed(self, message: Request) -> bool:
        """Say whether `message` comes from the person who signed in here."""
        if self.person is None:
            return False
        return self.association is None or self.association.accepts(message)

    def challenge(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of a 401 to a message that is not signed."""
        return (("WWW-Authenticate", self._ntlm_header()),) if self._ntlm else ()

    # -- what is offered

    def _offer(self, record: SignInRecord | None) -> Ask:
        """Offer NTLM, unless this person may only use Digest: clients take that from a 407."""
        wants_digest = not self._ntlm or (record is not None and record.sealed_ntlm is None)
        if wants_digest and self._digest:
            return Ask(407, (("Proxy-Authenticate", self._digest_header()),))
        offers = [("WWW-Authenticate", self._ntlm_header())] if self._ntlm else []
        if self._digest:
            offers.append(("WWW-Authenticate", self._digest_header()))
        if not offers:
            raise ParlourError(SIGN_IN_REFUSED)
        return Ask(401, tuple(offers))

    def _ntlm_header(self, **more: str) -> str:
        params = {**more, "targetname": self._policy.host, "realm": REALM, "version": _VERSION}
        return render_auth("NTLM", params)

    def _digest_header(self) -> str:
        if self._nonce is None:
            self._nonce = secrets.token_hex(16)
        return render_auth("Digest", {"realm": REALM, "nonce": self._nonce, "algorithm": "MD5", "qop": "auth"},
                           unquoted=frozenset({"algorithm"}))

    # -- NTLM

    def _step_ntlm(
        self, request: Request, given: AuthValue, address: SipAddress, record: SignInRecord | None
    ) -> Ask | Admit:
        token = _token(given)
        if not token:
            return self._challenge_ntlm()
        challenge, self._challenge = self._challenge, None  # a challenge is answered once, rightly or not
        if challenge is None or given.params.get("opaque") != challenge[1]:
            raise ParlourError(SIGN_IN_REFUSED)
        self.guessed = True
        login = challenge[0].accept(token, self._nt_hash(record), login_names(address))
        association = SecurityAssociation(login, challenge[1], REALM, self._policy.host)
        if record is None or record.sealed_ntlm is None or not association.accepts(request):
            raise ParlourError(SIGN_IN_REFUSED)
        return self._admit(record.person, association)

    def _challenge_ntlm(self) -> Ask:
        opaque = secrets.token_hex(4).upper()
        challenge = NtlmChallenge.make(os.urandom(8), self._policy.domain, self._policy.host)
        self._challenge = (challenge, opaque)
        header = self._ntlm_header(opaque=opaque, **{"gssapi-data": b64encode(challenge.token).decode()})
        return Ask(401, (("WWW-Authenticate", header),))

    def _nt_hash(self, record: SignInRecord | None) -> bytes:
        if record is None or record.sealed_ntlm is None:
            return _NO_NT_HASH
        return self._vault.ntlm_secret(record.sealed_ntlm, record.person.guid)

    # -- Digest

    def _step_digest(self, request: Request, given: AuthValue, record: SignInRecord | None) -> Admit:
        nonce, self._nonce = self._nonce, None
        self.guessed = nonce is not None
        if nonce is None or record is None or given.params.get("realm") != REALM:
            raise ParlourError(SIGN_IN_REFUSED)
        person = record.person
        ha1 = self._vault.digest_secret(
            record.sealed_digest, person.guid, person.address, given.params.get("username", ""))
        if ha1 is None:
            raise ParlourError(SIGN_IN_REFUSED)
        digest.check(ha1, request.method, given, nonce)
        return self._admit(person, None)

    def _admit(self, person: Person, association: SecurityAssociation | None) -> Admit:
        self.person, self.association = person, association
        return Admit(person)


def _credentials(request: Request) -> AuthValue | None:
    header = request.headers.get("Authorization") or request.headers.get("Proxy-Authorization")
    return None if header is None else parse_auth(header)


def _token(given: AuthValue) -> bytes:
    try:
        return b64decode(given.params.get("gssapi-data", ""), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise ParlourError(SIGN_IN_REFUSED) from fault
