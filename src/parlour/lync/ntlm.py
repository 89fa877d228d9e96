"""NTLM as MS-SIPAE uses it: connection-less, so there is no NEGOTIATE, and every signature has sequence number 100.

Only NTLMv2 is accepted. The message layer and the key derivations are pyspnego's (docs/decisions/0004); what is here is
the acceptor of the datagram kind, which that library's own context does not have (reference/sip-client-flow.md
sections 4.1 to 4.4).
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass
from hashlib import md5

from spnego._ntlm_raw import crypto
from spnego._ntlm_raw.messages import Authenticate, AvId, Challenge, FileTime, TargetInfo, Version
from spnego._ntlm_raw.messages import NegotiateFlags as Flag

from parlour.errors import SIGN_IN_REFUSED, ParlourError

_SEQUENCE = struct.pack("<I", 100)  # MS-SIPAE section 3.2.5: fixed
_SIGNATURE_VERSION = struct.pack("<I", 1)
_NTLM_V1_RESPONSE = 24  # bytes; an NTLMv2 response is longer
_PROOF = _KEY = 16
_BLOCK = 64  # of MD5, in bytes
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))

_OFFERED = (
    Flag.unicode | Flag.request_target | Flag.sign | Flag.datagram | Flag.ntlm | Flag.always_sign
    | Flag.target_type_domain | Flag.extended_session_security | Flag.identity | Flag.target_info | Flag.version
    | Flag.key_128 | Flag.key_exch | Flag.key_56
)
_REQUIRED = Flag.unicode | Flag.sign | Flag.extended_session_security | Flag.key_exch


@dataclass(frozen=True, slots=True, repr=False)
class NtlmKeys:
    """The keys of one direction: the MAC key, and the RC4 stream that masks the first half of each signature.

    The stream is the same for every message because the sequence number is, and with it the RC4 key. So is the
    beginning of both hashes of the HMAC (RFC 2104): they are kept, and every signature goes on from there.
    """

    signing: bytes
    mask: int
    _inner: "hashlib._Hash"
    _outer: "hashlib._Hash"

    @classmethod
    def derive(cls, flags: int, session_key: bytes, usage: str) -> "NtlmKeys":
        """Derive from the exported session key; `usage` is ``initiate`` (the client's) or ``accept`` (ours)."""
        sealing = md5(crypto.sealkey(flags, session_key, usage) + _SEQUENCE, usedforsecurity=False).digest()
        stream = crypto.rc4k(sealing, bytes(8))
        signing = crypto.signkey(flags, session_key, usage)
        block = signing.ljust(_BLOCK, b"\0")
        inner = md5(block.translate(_INNER) + _SEQUENCE, usedforsecurity=False)
        outer = md5(block.translate(_OUTER), usedforsecurity=False)
        return cls(signing, int.from_bytes(stream, "big"), inner, outer)

    def sign(self, text: bytes) -> bytes:
        """Return the signature of `text`: 32 upper-case hexadecimal digits (MS-NLMP section 3.4.4.2)."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return b"01000000%016X64000000" % (int.from_bytes(outer.digest()[:8], "big") ^ self.mask)


@dataclass(frozen=True, slots=True)
class NtlmLogin:
    """What an accepted AUTHENTICATE established."""

    client: NtlmKeys
    server: NtlmKeys


@dataclass(frozen=True, slots=True)
class NtlmChallenge:
    """A challenge that was sent; it is answered once.

    Attributes:
        nonce: 8 random bytes.
        token: the CHALLENGE message.
    """

    nonce: bytes
    token: bytes

    @classmethod
    def make(cls, nonce: bytes, domain: str, host: str) -> "NtlmChallenge":
        """Make a challenge of the SIP domain `domain` and the machine `host`, a fully qualified name."""
        info = TargetInfo()
        netbios = domain.partition(".")[0].upper()[:15]
        info[AvId.nb_domain_name] = netbios
        info[AvId.nb_computer_name] = host.partition(".")[0].upper()[:15]
        info[AvId.dns_domain_name] = domain
        info[AvId.dns_computer_name] = host
        info[AvId.timestamp] = FileTime.now()
        challenge = Challenge(int(_OFFERED), nonce, target_name=netbios, target_info=info,
                              version=Version.get_current())
        return cls(nonce, challenge.pack())

    def accept(self, token: bytes, nt_hash: bytes, logins: tuple[str, ...]) -> NtlmLogin:
        """Check an AUTHENTICATE message.

        Args:
            token: the message.
            nt_hash: NTOWFv1 of the person's password, 16 bytes.
            logins: names the person may give, compared without case.

        Raises:
            ParlourError: SignInRefused, whatever was wrong.
        """
        given = _unpack(token)
        if len(given.response) <= _NTLM_V1_RESPONSE or given.flags & _REQUIRED != _REQUIRED:
            raise ParlourError(SIGN_IN_REFUSED)
        key = crypto.ntowfv2(given.user, nt_hash, given.domain)
        proof = crypto.hmac_md5(key, self.nonce + given.response[_PROOF:])
        known = given.user.lower() in {login.lower() for login in logins}
        if not hmac.compare_digest(proof, given.response[:_PROOF]) or not known or len(given.key) != _KEY:
            raise ParlourError(SIGN_IN_REFUSED)
        session_key = crypto.rc4k(crypto.hmac_md5(key, proof), given.key)
        return NtlmLogin(NtlmKeys.derive(given.flags, session_key, "initiate"),
                         NtlmKeys.derive(given.flags, session_key, "accept"))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What matters of an AUTHENTICATE message."""

    user: str
    domain: str
    flags: int
    response: bytes
    key: bytes


def _unpack(token: bytes) -> _Answer:
    """Read the message, each field of it: the library decodes them only when they are asked for."""
    try:
        message = Authenticate.unpack(token)
        return _Answer(message.user_name or "", message.domain_name or "", message.flags,
                       message.nt_challenge_response or b"", message.encrypted_random_session_key or b"")
    except Exception as fault:  # the library raises whatever its struct code meets; all of it means a bad token
        raise ParlourError(SIGN_IN_REFUSED) from fault
