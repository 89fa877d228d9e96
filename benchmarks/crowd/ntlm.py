"""The signatures of a client that has signed in by NTLM, as cheaply as they can be made."""

import hmac
import struct
from hashlib import md5
from typing import Final

from spnego._ntlm_raw import crypto

from parlour.sipclient.ntlm import SEQUENCE, Security

_SEQUENCE: Final = struct.pack("<I", SEQUENCE)


class Signer:
    """Signs what one side sends: the key stream is the same for every message, since the sequence number is.

    Args:
        security: what the handshake established.
        side: "initiate" for the client's messages, "accept" for the server's.
    """

    __slots__ = ("_key", "_mask")

    def __init__(self, security: Security, side: str = "initiate") -> None:
        seal = md5(crypto.sealkey(security.flags, security.session_key, side) + _SEQUENCE,
                   usedforsecurity=False).digest()
        self._key = crypto.signkey(security.flags, security.session_key, side)
        self._mask = int.from_bytes(crypto.rc4k(seal, bytes(8)), "big")

    def sign(self, text: bytes) -> bytes:
        """Return the signature of a text: 32 hexadecimal digits."""
        checksum = int.from_bytes(hmac.digest(self._key, _SEQUENCE + text, "md5")[:8], "big")
        return b"01000000%016X64000000" % (checksum ^ self._mask)
