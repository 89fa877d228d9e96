"""The names everything else speaks in: SIP addresses, room addresses, domain names, distinguished names."""

import re
from dataclasses import dataclass
from typing import Self

from parlour.errors import DISTINGUISHED_NAME_INVALID, FQDN_INVALID, SIP_ADDRESS_INVALID, ParlourError

# The directory attribute that held these addresses (msRTCSIP-PrimaryUserAddress) allows this many characters.
MAX_SIP_ADDRESS = 454
_MAX_FQDN = 253

# RFC 3261 section 25.1: user = 1*( unreserved / escaped / user-unreserved )
_USER = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})+")
# RFC 1123 section 2.1 host names, without the trailing dot
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_ATTRIBUTE = re.compile(r" *([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)*) *=")
# RFC 4514 sections 2.4 and 3: an escaped byte, an escaped character, or a plain one; and what must be escaped
_DN_CHARACTER = re.compile(r"\\[0-9A-Fa-f]{2}|\\.|[^,\\]", re.DOTALL)
_DN_SPECIAL = re.compile(r'^[ #]|[,+"\\<>;=]| \Z')


@dataclass(frozen=True, slots=True)
class Fqdn:
    """A fully qualified domain name; kept in lower case, since case never distinguishes two of them."""

    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a fully qualified domain name of at least two labels.

        Raises:
            ParlourError: FqdnInvalid, with the reason.
        """
        if reason := _fqdn_fault(text):
            raise ParlourError(FQDN_INVALID, text, fqdn=text, reason=reason)
        return cls(text.lower())

    def __str__(self) -> str:
        return self.name


def _fqdn_fault(text: str) -> str:
    if not text:
        return "it is empty"
    if len(text) > _MAX_FQDN:
        return f"it is longer than {_MAX_FQDN} characters"
    labels = text.split(".")
    if len(labels) < 2:
        return "it has no domain part"
    bad = next((label for label in labels if not _LABEL.fullmatch(label)), None)
    if bad is not None:
        return f'"{bad}" is not a host label'
    if labels[-1].isdigit():
        return "it looks like an IP address"
    return ""


@dataclass(frozen=True, slots=True)
class SipAddress:
    """A person's or an endpoint's address, ``sip:user@domain``, as it was typed.

    Two addresses are the same when their `key` is: letter case never distinguishes them.
    """

    user: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``sip:user@domain``: no port, parameters or headers.

        Raises:
            ParlourError: SipAddressInvalid, with the reason.
        """
        if reason := _sip_address_fault(text):
            raise ParlourError(SIP_ADDRESS_INVALID, text, address=text, reason=reason)
        user, _, domain = text[4:].rpartition("@")
        return cls(user, domain)

    @property
    def key(self) -> str:
        """The form to compare and to index by."""
        return str(self).lower()

    @property
    def bare(self) -> str:
        """``user@domain``, as people type it when they sign in."""
        return f"{self.user}@{self.domain}"

    def __str__(self) -> str:
        return f"sip:{self.user}@{self.domain}"


def _sip_address_fault(text: str) -> str:
    if len(text) > MAX_SIP_ADDRESS:
        return f"it is longer than {MAX_SIP_ADDRESS} characters"
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in text):
        return "it contains control characters"
    if text[:4].lower() != "sip:":
        return 'it does not begin with "sip:"'
    user, at, domain = text[4:].rpartition("@")
    if not at:
        return 'it has no domain part ("@" and a domain)'
    if not user:
        return "it has no user part"
    if not _USER.fullmatch(user):
        return f'"{user}" cannot be a user part'
    if fault := _fqdn_fault(domain):
        return f"of its domain, {fault}"
    return ""


_ROOM_URI = re.compile(r"ma-chan://([^/]+)/([^/]+)")


@dataclass(frozen=True, slots=True)
class RoomUri:
    """The address of a room, ``ma-chan://domain/guid``; it never changes (reference/xccos.md section 6).

    The domain counts without letter case, the GUID exactly as it was given out.
    """

    domain: str
    guid: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a room's address; None if it is none."""
        match = _ROOM_URI.fullmatch(text)
        return cls(match[1].lower(), match[2]) if match else None

    def __str__(self) -> str:
        return f"ma-chan://{self.domain}/{self.guid}"


@dataclass(frozen=True, slots=True)
class DistinguishedName:
    """A directory name such as ``CN=x,OU=y,DC=example,DC=com`` (RFC 4514), most specific part first."""

    parts: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a distinguished name; backslash escapes are undone.

        Raises:
            ParlourError: DistinguishedNameInvalid.
        """
        parts: list[tuple[str, str]] = []
        position = 0
        while True:
            match = _ATTRIBUTE.match(text, position)
            if not match:
                raise _dn_fault(text, f"no attribute at character {position + 1}")
            value, position = _dn_value(text, match.end())
            parts.append((match.group(1).upper(), value))
            if position >= len(text):
                return cls(tuple(parts))
            position += 1  # the comma

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """The form to compare: values without letter case."""
        return tuple((name, value.lower()) for name, value in self.parts)

    def is_within(self, container: "DistinguishedName") -> bool:
        """Say whether this name is the container's own or lies below it."""
        size = len(container.parts)
        return len(self.parts) >= size and self.key[-size:] == container.key

    def __str__(self) -> str:
        return ",".join(f"{name}={_dn_escape(value)}" for name, value in self.parts)


def _dn_value(text: str, position: int) -> tuple[str, int]:
    """Read the value that begins at `position`; return it, and where it ends."""
    characters: list[str] = []
    while match := _DN_CHARACTER.match(text, position):
        characters.append(match.group())
        position = match.end()
    if position < len(text) and text[position] != ",":
        raise _dn_fault(text, "it ends with a backslash")
    while characters and characters[0] == " ":
        del characters[0]
    while characters and characters[-1] == " ":
        del characters[-1]
    try:
        return b"".join(map(_dn_bytes, characters)).decode("utf-8", "surrogatepass"), position
    except UnicodeDecodeError:
        raise _dn_fault(text, "its escaped bytes are not UTF-8") from None


def _dn_bytes(character: str) -> bytes:
    if len(character) == 3:
        return bytes.fromhex(character[1:])
    return character[-1].encode("utf-8", "surrogatepass")


def _dn_escape(value: str) -> str:
    return _DN_SPECIAL.sub(r"\\\g<0>", value)


def _dn_fault(text: str, reason: str) -> ParlourError:
    return ParlourError(DISTINGUISHED_NAME_INVALID, text, name=text, reason=reason)
