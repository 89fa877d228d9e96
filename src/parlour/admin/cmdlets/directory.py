"""What the cmdlets that read the directory have in common (reference/cmdlets.md sections 1.3, 1.4 and 3.4)."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from parlour.addresses import DistinguishedName
from parlour.admin.engine import Cmdlet, PsObject, Reach, Size, Value, limit_of, parameter
from parlour.admin.engine.filters import Predicate, compile_filter
from parlour.admin.engine.ldapfilter import Predicate as LdapPredicate
from parlour.admin.engine.ldapfilter import compile_ldap_filter
from parlour.admin.engine.patterns import has_wildcard, like
from parlour.admin.values import Values
from parlour.directory.belonging import domain_name
from parlour.directory.contacts import Contacts
from parlour.directory.identities import name_in
from parlour.directory.people import DirectoryPerson, People
from parlour.directory.topology import Topology
from parlour.errors import CONTAINER_NOT_FOUND, FILTER_INVALID, FILTERS_EXCLUDE, PERSON_NOT_FOUND, ParlourError

T = TypeVar("T")
_NO_CONTROLLERS = "the built-in directory has no domain controllers"
_NO_ACCOUNTS = "the built-in directory is read as the operator who is signed in"
_AT_ONCE = 500  # objects looked at before others get their turn

PERSON_HELP = ("SIP address (with or without sip:), DOMAIN\\logon, distinguished name or display name.")
PEOPLE_HELP = f"{PERSON_HELP} A display name may have * in it."


@dataclass(frozen=True, slots=True)
class View(Generic[T]):
    """How a cmdlet sees the objects it lists.

    Attributes:
        place: the object's distinguished name.
        shown: the object as administrators see it.
        attributes: the object by the generic attributes that an LDAP filter names.
    """

    place: Callable[[T], DistinguishedName]
    shown: Callable[[T], PsObject]
    attributes: Callable[[T], Mapping[str, Value]]


class DirectoryCmdlet(Cmdlet):
    """Base of the cmdlets that read the directory: which objects are chosen, and how many are written.

    Attributes:
        properties: what its objects have, and -Filter may name.
    """

    properties: ClassVar[tuple[str, ...]]

    filter: str | None = parameter(
        help='Only those for which this is true, e.g. {DisplayName -like "A*"}. Not with -LdapFilter.')
    ldap_filter: str | None = parameter(
        help="Only those that this LDAP filter fits, e.g. (displayName=A*); the outer parentheses may be left out. "
             "Not with -Filter.")
    ou: str | None = parameter(
        values=Values.CONTAINER,
        name="OU", help="Only those that lie in this container of the directory, or in one inside it.")
    result_size: Size | None = parameter(help="At most this many; 0 for none, Unlimited for all.")
    domain_controller: str | None = parameter(help=f"Accepted for scripts, with a warning: {_NO_CONTROLLERS}.")
    credential: str | None = parameter(unsupported=_NO_ACCOUNTS, help="Account to ask as.")

    async def begin(self) -> None:
        """Begin to count."""
        self._left = limit_of(self.result_size)
        self._conditions: _Conditions | None = None
        if self.domain_controller is not None:
            await self.warning(f"-DomainController is not used: {_NO_CONTROLLERS}.")

    async def process(self) -> None:
        """List objects; what is wrong with the conditions is said before any is looked for."""
        if self._conditions is None:
            self._conditions = await self._read_conditions()
        await self.list_objects()

    async def list_objects(self) -> None:
        """Give the objects that -Identity names, or all of them, to `write_chosen`."""
        raise NotImplementedError

    async def _read_conditions(self) -> "_Conditions":
        if self.filter is not None and self.ldap_filter is not None:
            raise ParlourError(FILTERS_EXCLUDE)
        return _Conditions(
            self.reach,
            None if self.ou is None else await self._known_container(self.ou),
            None if self.ldap_filter is None else compiled_ldap_filter(self.ldap_filter),
            None if self.filter is None else compile_filter(self.filter, self.properties))

    async def _known_container(self, name: str) -> DistinguishedName:
        wanted = DistinguishedName.parse(name)
        if not any(known.is_within(wanted) for known in await _places(self)):
            raise ParlourError(CONTAINER_NOT_FOUND, name, name=name)
        return wanted

    async def write_chosen(self, objects: Iterable[T], view: View[T]) -> None:
        """Write those of these objects that fulfil the conditions, until there are enough."""
        for number, one in enumerate(objects, start=1):
            if self._left == 0:
                return
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)  # nobody's chat waits for a long list
            found = None if self._conditions is None else self._conditions.chosen(one, view)
            if found is not None:
                self._left = None if self._left is None else self._left - 1
                await self.write(found)


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What an object must fulfil; None is fulfilled by any."""

    reach: Reach
    container: DistinguishedName | None
    ldap: LdapPredicate | None
    properties: Predicate | None

    def chosen(self, one: T, view: View[T]) -> PsObject | None:
        """Return an object as administrators see it if it fulfils everything; the cheap questions come first."""
        place = view.place(one)
        if not self.reach.covers(place) or (self.container is not None and not place.is_within(self.container)):
            return None
        if self.ldap is not None and not self.ldap(view.attributes(one)):
            return None
        found = view.shown(one)
        return found if self.properties is None or self.properties(found) else None


async def _places(cmdlet: Cmdlet) -> Sequence[DistinguishedName]:
    """Return the containers that there are, but for those they lie in."""
    people, contacts = cmdlet.service(People), cmdlet.service(Contacts)
    domains = [domain_name(domain.name) for domain in await cmdlet.service(Topology).domains()]
    own = [DistinguishedName((("OU", name), *people.forest.parts)) for name in ("Users", "Groups")]
    return [*await people.containers(), *own, contacts.container, *domains]


def compiled_ldap_filter(text: str) -> LdapPredicate:
    """Make a predicate of an LDAP filter whose outer parentheses may be missing.

    Raises:
        ParlourError: FilterInvalid with the column in the text as it was typed.
    """
    if text.lstrip().startswith("("):
        return compile_ldap_filter(text)
    try:
        return compile_ldap_filter(f"({text.strip()})")
    except ParlourError as error:
        column = error.details.get("column")
        if error.kind is not FILTER_INVALID or not isinstance(column, int):
            raise
        indent = len(text) - len(text.lstrip())
        raise ParlourError(
            FILTER_INVALID, text, column=max(1, column - 1 + indent), reason=error.details["reason"]) from None


async def people_called(cmdlet: Cmdlet, identity: str) -> Sequence[DirectoryPerson]:
    """Find the person whom an administrator names; a display name with wildcards may be that of many, or nobody.

    Who is out of the cmdlet's reach does not count.

    Raises:
        ParlourError: UserNotFound, UserAmbiguous.
    """
    people, covers = cmdlet.service(People), cmdlet.reach.covers
    try:
        return [await people.called(identity, covers)]
    except ParlourError as absent:
        # a wildcard is for display names only; whoever writes a distinguished name means that one person
        if absent.kind is not PERSON_NOT_FOUND or not has_wildcard(identity) or name_in(identity) is not None:
            raise
    return [person for person in await people.entries()
            if covers(person.distinguished_name) and like(person.display_name, identity)]
