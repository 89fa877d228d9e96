r"""The names by which administrators give an object of the directory (reference/cmdlets.md section 1.3).

They are, the clearest first: SIP address (with or without ``sip:``; without it, that is the user principal name as
well) and distinguished name, which only one object can have; ``DOMAIN\logon``; display name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from parlour.addresses import DistinguishedName, SipAddress
from parlour.errors import ParlourError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Names:
    """What an object of the directory is called."""

    display_name: str
    distinguished_name: DistinguishedName
    address: SipAddress | None = None


def person_name(address: SipAddress, container: DistinguishedName) -> DistinguishedName:
    """Return the name in the directory of somebody who lies in a container: ``CN=user@domain``, unlike all others."""
    return DistinguishedName((("CN", address.bare), *container.parts))


def parse_bare_address(text: str) -> SipAddress:
    """Read an address as people type it, with or without ``sip:``."""
    return SipAddress.parse(text if text[:4].lower() == "sip:" else f"sip:{text}")


def address_in(identity: str) -> tuple[SipAddress, DistinguishedName | None] | None:
    """Return the address that an identity gives, by itself or in the distinguished name of a person; else None."""
    try:
        return parse_bare_address(identity), None
    except ParlourError:
        pass
    name = name_in(identity)
    if name is None or name.parts[0][0] != "CN":
        return None
    try:
        return parse_bare_address(name.parts[0][1]), name
    except ParlourError:
        return None


def name_in(identity: str) -> DistinguishedName | None:
    """Return the distinguished name that an identity is, or None."""
    try:
        return DistinguishedName.parse(identity)
    except ParlourError:
        return None


def called(
    objects: Iterable[T], names_of: Callable[[T], Names], identity: str, forest: DistinguishedName
) -> Sequence[T]:
    """Return the objects that `identity` names in the clearest way that fits any of them.

    Args:
        objects: those there are.
        names_of: what one of them is called.
        identity: as an administrator wrote it.
        forest: the directory's root; ``DOMAIN`` may be its first label, or that of the SIP domain in an address.
    """
    known = [(one, names_of(one)) for one in objects]
    for fits in (_by_address(identity), _by_name(identity), *_by_logon(identity, forest), _by_display_name(identity)):
        if found := [one for one, names in known if fits(names)]:
            return found
    return []


_Test = Callable[[Names], bool]


def _by_address(identity: str) -> _Test:
    wanted = identity.lower()
    wanted = wanted if wanted.startswith("sip:") else f"sip:{wanted}"
    return lambda names: names.address is not None and names.address.key == wanted


def _by_name(identity: str) -> _Test:
    wanted = name_in(identity)
    return lambda names: wanted is not None and names.distinguished_name.key == wanted.key


def _by_logon(identity: str, forest: DistinguishedName) -> Sequence[_Test]:
    """Return two tests, since who has the domain in his own address is meant before others of the forest."""
    domain, backslash, logon = (part.casefold() for part in identity.partition("\\"))
    if not backslash:
        return ()

    def has_logon(names: Names) -> bool:
        return names.address is not None and names.address.user.casefold() == logon

    def is_own(names: Names) -> bool:
        return has_logon(names) and names.address is not None and _label(names.address.domain) == domain
    return (is_own, has_logon) if _label(forest.parts[0][1]) == domain else (is_own,)


def _label(domain: str) -> str:
    return domain.partition(".")[0].casefold()


def _by_display_name(identity: str) -> _Test:
    wanted = identity.casefold()
    return lambda names: names.display_name.casefold() == wanted
