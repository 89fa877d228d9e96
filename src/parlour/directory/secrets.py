"""What is kept of a password, and how.

The password itself is never kept. For sign-in by password there is an argon2id hash. NTLM and Digest cannot be
checked against such a hash: they need the NT hash (MS-NLMP section 3.3.2, NTOWFv1) and HA1 (RFC 2617 section 3.2.2.2),
which are as good as the password. So these are sealed by AES-256-GCM with the
deployment's key, bound to their owner and purpose.
"""

import hashlib
import os
import re
from dataclasses import dataclass

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from parlour.addresses import SipAddress
from parlour.errors import PASSWORD_INVALID, ParlourError

KEY_BYTES = 32
REALM = "SIP Communications Service"  # of NTLM and of Digest; part of HA1, so it never changes
_NONCE_BYTES = 12
_MAX_PASSWORD = 256
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, repr=False)
class PasswordRecord:
    """What is stored of one password; `ntlm` is None for people who may not sign in by NTLM."""

    password_hash: str
    ntlm: bytes | None
    digest: bytes


class Vault:
    """Seals and opens secrets with the deployment's key (32 bytes).

    Attributes:
        hasher: makes password hashes, slowly on purpose; tests that sign many made-up people in may have a quick one.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.hasher = PasswordHasher()

    def seal(self, secret: bytes, purpose: str, owner: str) -> bytes:
        """Encrypt `secret` so that it opens only for the same purpose and owner."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, f"{purpose}:{owner}".encode())

    def open(self, sealed: bytes, purpose: str, owner: str) -> bytes:
        """Decrypt what `seal` made; raises cryptography's InvalidTag for anything else."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], f"{purpose}:{owner}".encode())

    def record(self, password: str, address: SipAddress, owner: str, *, ntlm: bool) -> PasswordRecord:
        """Derive what is stored of `password` for the person `owner` (a GUID) with `address`.

        Raises:
            ParlourError: PasswordInvalid.
        """
        checked = checked_password(password)
        return PasswordRecord(
            self.hasher.hash(checked),
            self.seal(nt_hash(checked), "ntlm", owner) if ntlm else None,
            self.seal(b"".join(ha1(name, checked) for name in login_names(address)), "digest", owner),
        )

    def ntlm_secret(self, sealed: bytes, owner: str) -> bytes:
        """Return the NT hash, 16 bytes."""
        return self.open(sealed, "ntlm", owner)

    def digest_secret(self, sealed: bytes, owner: str, address: SipAddress, login: str) -> bytes | None:
        """Return HA1 (16 bytes) for the login name that the client used, or None if it is no name of this person."""
        names = login_names(address)
        if login not in names:
            return None
        start = names.index(login) * 16
        return self.open(sealed, "digest", owner)[start:start + 16]


def login_names(address: SipAddress) -> tuple[str, str]:
    """Return the names a client may give for this person: ``user@domain`` and ``user``, spelt as in the directory."""
    return address.bare, address.user


def nt_hash(password: str) -> bytes:
    """Return NTOWFv1 of the password: MD4 of its UTF-16 form."""
    from spnego._ntlm_raw.crypto import ntowfv1

    return ntowfv1(password)


def ha1(login: str, password: str) -> bytes:
    """Return MD5 of ``login:realm:password``."""
    return hashlib.md5(f"{login}:{REALM}:{password}".encode(), usedforsecurity=False).digest()


def checked_password(password: str) -> str:
    """Return `password` if it can be one.

    Raises:
        ParlourError: PasswordInvalid.
    """
    if not password:
        raise ParlourError(PASSWORD_INVALID, reason="it is empty")
    if len(password) > _MAX_PASSWORD:
        raise ParlourError(PASSWORD_INVALID, reason=f"it has more than {_MAX_PASSWORD} characters")
    if _CONTROL.search(password):
        raise ParlourError(PASSWORD_INVALID, reason="it contains control characters")
    return password
