"""What a client proves with who it is: a password, or the secrets that are derived from one."""

import hashlib
from dataclasses import dataclass, field
from typing import Protocol

from spnego._ntlm_raw.crypto import ntowfv1


class SignInSecrets(Protocol):
    """What answers the challenges of a server."""

    @property
    def login(self) -> str:
        """User name to sign in with, e.g. ``alice@litwareinc.com``."""
        ...

    @property
    def nt_hash(self) -> bytes | None:
        """NTOWFv1 of the password (MS-NLMP section 3.3.1), 16 bytes; None if NTLM cannot be answered."""
        ...

    def ha1(self, realm: str) -> bytes | None:
        """Return HA1 (RFC 2617 section 3.2.2.2), 16 bytes; None if Digest cannot be answered in this realm."""
        ...


@dataclass(frozen=True, slots=True)
class Password:
    """A password as somebody typed it.

    Attributes:
        login: user name.
        password: the password; it shows nowhere.
    """

    login: str
    password: str = field(repr=False)

    @property
    def nt_hash(self) -> bytes:
        """NTOWFv1 of the password."""
        return ntowfv1(self.password)

    def ha1(self, realm: str) -> bytes:
        """Return MD5 of ``login:realm:password``."""
        return hashlib.md5(f"{self.login}:{realm}:{self.password}".encode(), usedforsecurity=False).digest()
