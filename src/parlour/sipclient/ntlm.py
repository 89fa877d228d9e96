"""The client's side of the sign-in that Lync-style clients use: connection-less NTLM, and signatures on every message.

Written apart from the server's own code, so that the two check each other. Sources: MS-SIPAE (version 4),
MS-NLMP section 3.4 with NTLMSSP_NEGOTIATE_DATAGRAM, observed behaviour of pidgin-sipe 1.25.
"""

import os
import struct
from dataclasses import dataclass

from spnego._ntlm_raw import crypto
from spnego._ntlm_raw.messages import Authenticate, Challenge, FileTime, NegotiateFlags, TargetInfo
from spnego._ntlm_raw.security import sign

from parlour.sip import Message, NameAddr, Response, parse_name_addr, split_list
from parlour.sipclient.errors import ChallengeError, ViolationError

SEQUENCE = 100  # MS-SIPAE: always
NEEDED_FLAGS = (
    NegotiateFlags.unicode | NegotiateFlags.ntlm | NegotiateFlags.always_sign
    | NegotiateFlags.extended_session_security | NegotiateFlags.target_info | NegotiateFlags.sign
    | NegotiateFlags.datagram | NegotiateFlags.identity | NegotiateFlags.key_exch)
_NOT_ECHOED = NegotiateFlags.key_56 | NegotiateFlags.target_type_domain  # as pidgin-sipe answers


@dataclass(frozen=True)
class Security:
    """What both sides know after the handshake.

    Attributes:
        flags: those of the AUTHENTICATE message.
        session_key: the exported session key.
    """

    flags: int
    session_key: bytes

    def client_signature(self, text: str) -> str:
        """Sign as the client does; 32 hexadecimal digits in upper case."""
        return self._signature("initiate", text)

    def server_signature(self, text: str) -> str:
        """Sign as the server does."""
        return self._signature("accept", text)

    def _signature(self, side: str, text: str) -> str:
        seal = crypto.sealkey(self.flags, self.session_key, side)
        # datagram: the key stream begins anew with every message
        stream = crypto.rc4init(crypto.md5(seal + struct.pack("<I", SEQUENCE)))
        key = crypto.signkey(self.flags, self.session_key, side)
        return sign(self.flags, stream, key, SEQUENCE, text.encode()).hex().upper()


def authenticate(
    challenge: bytes, user: str, nt_hash: bytes, domain: str = "", workstation: str = "PARLOUR"
) -> tuple[bytes, Security]:
    """Answer a CHALLENGE as pidgin-sipe does: NTLMv2, key exchange, no MIC.

    Args:
        challenge: the server's token.
        user: user name as typed, e.g. ``alice@litwareinc.com``.
        nt_hash: NTOWFv1 of the password, 16 bytes.
        domain: NT domain; empty for a user name with @.
        workstation: what the client's machine calls itself.

    Returns:
        The AUTHENTICATE token, and what to sign with.

    Raises:
        ChallengeError: the challenge lacks a flag that real clients insist on.
        ViolationError: it is no challenge at all.
    """
    offer, target = _unpacked(challenge)
    if missing := NEEDED_FLAGS & ~offer.flags:
        raise ChallengeError(f"the CHALLENGE lacks {missing!r}")
    response_key = crypto.ntowfv2(user, nt_hash, domain)
    if target is None:
        raise ChallengeError("the CHALLENGE has no target information")
    nt_response, lm_response, exchange_key = crypto.compute_response_v2(
        response_key, offer.server_challenge, os.urandom(8), FileTime.now(), target)
    exported = os.urandom(16)
    flags = int(offer.flags & ~_NOT_ECHOED)
    token = Authenticate(
        flags, lm_response, nt_response, domain, user, workstation, crypto.rc4k(exchange_key, exported)).pack()
    return token, Security(flags, exported)


def _unpacked(challenge: bytes) -> tuple[Challenge, TargetInfo | None]:
    try:
        offer = Challenge.unpack(challenge)
        return offer, offer.target_info
    except (struct.error, ValueError, LookupError) as fault:
        raise ViolationError(f"a CHALLENGE that nobody can read: {fault}") from fault


def string_to_sign(
    message: Message, random: str, number: str, realm: str, target: str, protocol: str = "NTLM"
) -> str:
    """Put together what a signature of version 3 or 4 covers (MS-SIPAE section 3.1)."""
    sender, receiver, cseq = message.from_, message.to, message.cseq
    identity = _asserted(message)
    fields = (
        protocol, random, number, realm, target, message.call_id, str(cseq.number), cseq.method,
        sender.uri, sender.tag or "", receiver.uri, receiver.tag or "",
        identity.get("sip", ""), identity.get("tel", ""), message.headers.get("Expires") or "")
    status = f"<{message.status}>" if isinstance(message, Response) else ""
    return "".join(f"<{field}>" for field in fields) + status


def _asserted(message: Message) -> dict[str, str]:
    value = message.headers.get("P-Asserted-Identity") or message.headers.get("P-Preferred-Identity") or ""
    found: dict[str, str] = {}
    for address in map(_address, split_list(value)):
        found.setdefault(address.uri.partition(":")[0].lower(), address.uri)
    return found


def _address(value: str) -> NameAddr:
    return parse_name_addr(value, "P-Asserted-Identity")
