"""The administrator of a conversation: sets the scene and changes it, by cmdlets, in the process of the node."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from parlour.addresses import DistinguishedName, RoomUri, SipAddress
from parlour.admin.catalog import registry
from parlour.admin.engine import CannotPrompt, Choice, ErrorRecord, Progress, PsObject, Stream, Value, execute
from parlour.node import Node
from parlour.testing.conversations.stage import RefusedAct
from parlour.testing.conversations.values import CategoryPlan, Kin, Principal, RoomPlan, ScriptError
from parlour.testing.deployment import quoted

DOMAIN = "litwareinc.com"
FOREST = "DC=litwareinc,DC=com"
_BARRED = "Barred"


class _Answers:
    """A host of cmdlets that keeps what they say."""

    interrupted = False
    files = None

    def __init__(self) -> None:
        self.objects: list[Value] = []
        self.errors: list[ErrorRecord] = []

    async def output(self, value: Value) -> None:
        self.objects.append(value)

    async def error(self, record: ErrorRecord) -> None:
        self.errors.append(record)

    async def message(self, stream: Stream, text: str) -> None:
        """Nobody listens."""

    async def host_line(self, text: str) -> None:
        """Nobody looks."""

    async def progress(self, progress: Progress) -> None:
        """Nobody waits."""

    async def prompt_choice(self, caption: str, message: str, choices: Sequence[Choice], default: int) -> int:
        raise CannotPrompt


class Administrator:
    """Everything in `grammar.SCENE` and `grammar.ADMINISTRATOR`, but for signing people in.

    Args:
        node: the node.

    Attributes:
        addresses: SIP addresses of the people, by their names in the script.
    """

    def __init__(self, node: Node) -> None:
        self.addresses: dict[str, SipAddress] = {}
        self._session = node.session()
        self._now = node.clock.now
        self._rooms: dict[str, RoomUri] = {}
        self._domains = {DOMAIN}

    async def run(self, text: str) -> list[Value]:
        """Run cmdlets and return their objects.

        Raises:
            RefusedAct: one of them reported an error.
        """
        host = _Answers()
        await execute(registry(), self._session, host, text)
        for record in host.errors:
            raise RefusedAct(frozenset({record.error_id}), record.message)
        return host.objects

    # -- names

    def room(self, name: str) -> RoomUri:
        """Return the address of a room of the script.

        Raises:
            ScriptError: it speaks of a room that is not there.
        """
        if name not in self._rooms:
            known = ", ".join(map(quoted, self._rooms)) or "none"
            raise ScriptError(0, f'there is no room "{name}"; rooms are: {known}')
        return self._rooms[name]

    def know_room(self, name: str, uri: RoomUri) -> None:
        """Let the script speak of a room that somebody made."""
        self._rooms[name] = uri

    def know_new_name(self, room: str, name: str) -> None:
        """Let the script speak of a room by its new name."""
        self._rooms[name] = self._rooms.pop(room)

    def room_name(self, uri: object) -> str:
        """Return what the script calls a room now; its address, if it knows no such room."""
        return next((name for name, known in self._rooms.items() if str(known) == str(uri)), str(uri))

    def address(self, person: str) -> SipAddress:
        """Return somebody's SIP address.

        Raises:
            ScriptError: it speaks of a person who is not there.
        """
        if person not in self.addresses:
            raise ScriptError(0, f"there is nobody called {person}; people are: {', '.join(self.addresses) or 'none'}")
        return self.addresses[person]

    def person(self, address: object) -> str:
        """Return what the script calls the owner of a SIP address; the address, if it knows nobody with it."""
        wanted = str(address).lower()
        return next((name for name, known in self.addresses.items() if known.key == wanted), str(address))

    # -- the scene

    async def add_people(self, people: frozenset[str], *, domain: str = DOMAIN, container: str = "") -> None:
        """Add people, who have passwords of their own (`password`)."""
        if domain not in self._domains:
            await self.run(f"New-CsSipDomain -Identity {quoted(domain)}")
            self._domains.add(domain)
        place = f" -Container {quoted(_container(container))}" if container else ""
        for person in sorted(people):
            if person in self.addresses:
                raise ScriptError(0, f"{person} is there already")
            address = SipAddress(person, domain)
            await self.run(f"New-CsUser -SipAddress {quoted(str(address))} -Password {quoted(password(person))} "
                           f"-DisplayName {quoted(person.title())}{place}")
            self.addresses[person] = address

    async def make_group(self, group: str, principals: Sequence[Principal]) -> None:
        """Make a group and put these into it."""
        await self.run(f"New-CsGroup -Name {quoted(group)}")
        await self._set_group(group, self._array(principals))

    async def set_category(self, category: str, category_plan: CategoryPlan) -> None:
        """Have a category, which is made if it is not there yet."""
        known = await self.run("Get-CsPersistentChatCategory | Select-Object -ExpandProperty Name")
        if category not in known:
            await self.make_category(category, CategoryPlan())
        await self._set_category(category, self._category_arguments(category_plan))

    async def no_room(self, room: str) -> None:
        """Give the script a name for a room that is not there."""
        self._rooms[room] = RoomUri(DOMAIN, str(uuid4()))

    async def make_room(self, room: str, category: str, room_plan: RoomPlan) -> None:
        """Make a room with the people in it."""
        lists = {name: getattr(room_plan, name) for name in ("members", "managers", "presenters")}
        changes = "".join(f" -{name.title()} {self._array(listed)}" for name, listed in lists.items() if listed)
        made = await self.run(
            f"New-CsPersistentChatRoom -Name {quoted(room)} -Category {quoted(category)}{_room_arguments(room_plan)}")
        (found,) = (_property(value, "ChatRoomUri") for value in made)
        uri = RoomUri.parse(str(found))
        if uri is None:
            raise ScriptError(0, f"the new room has no address: {found}")
        self._rooms[room] = uri
        if changes:
            await self._set_room(room, changes)

    # -- changes

    async def make_category(self, category: str, category_plan: CategoryPlan) -> None:
        """Make a category that must not be there yet."""
        await self.run(f"New-CsPersistentChatCategory -Name {quoted(category)}")
        if arguments := self._category_arguments(category_plan):
            await self._set_category(category, arguments)

    async def allow(self, principals: Sequence[Principal], category: str) -> None:
        """Let these into a category."""
        await self._set_category(category, f" -AllowedMembers @{{Add={self._array(principals)}}}")

    async def disallow(self, principals: Sequence[Principal], category: str) -> None:
        """Undo that."""
        await self._set_category(category, f" -AllowedMembers @{{Remove={self._array(principals)}}}")

    async def deny(self, principals: Sequence[Principal], category: str) -> None:
        """Keep these out of a category, whatever lets them in."""
        await self._set_category(category, f" -DeniedMembers @{{Add={self._array(principals)}}}")

    async def undeny(self, principals: Sequence[Principal], category: str) -> None:
        """Undo that."""
        await self._set_category(category, f" -DeniedMembers @{{Remove={self._array(principals)}}}")

    async def add(self, principals: Sequence[Principal], list: str, room: str) -> None:  # noqa: A002 - a slot's name
        """Put these into a list of a room."""
        await self._set_room(room, f" -{list.title()} @{{Add={self._array(principals)}}}")

    async def remove(self, principals: Sequence[Principal], list: str, room: str) -> None:  # noqa: A002
        """Take these out of a list of a room."""
        await self._set_room(room, f" -{list.title()} @{{Remove={self._array(principals)}}}")

    async def enroll(self, principals: Sequence[Principal], group: str) -> None:
        """Put these into a group."""
        await self._set_group(group, f"@{{Add={self._array(principals)}}}")

    async def expel(self, principals: Sequence[Principal], group: str) -> None:
        """Take these out of a group."""
        await self._set_group(group, f"@{{Remove={self._array(principals)}}}")

    async def rename(self, room: str, name: str) -> None:
        """Give a room another name, by which the script speaks of it from now on."""
        await self._set_room(room, f" -Name {quoted(name)}")
        self.know_new_name(room, name)

    async def move(self, room: str, category: str) -> None:
        """Move a room to another category."""
        await self._set_room(room, f" -Category {quoted(category)}")

    async def move_by_force(self, room: str, category: str) -> None:
        """Move a room to another category; whom that does not allow is taken out of the room's lists."""
        await self._set_room(room, f" -Category {quoted(category)} -Force")

    async def turn(self, room: str, manner: str) -> None:
        """Make a room open, closed or secret; or normal, or an auditorium."""
        word = manner.rpartition(" ")[2].title()
        await self._set_room(room, f" -{'Type' if word in ('Normal', 'Auditorium') else 'Privacy'} {word}")

    async def disable(self, room: str) -> None:
        """Switch a room off."""
        await self._set_room(room, " -Disabled $true")

    async def enable(self, room: str) -> None:
        """Switch a room on."""
        await self._set_room(room, " -Disabled $false")

    async def delete_room(self, room: str) -> None:
        """Delete a room; the script may still speak of it, to show that it is gone."""
        self.room(room)
        await self.run(f"Remove-CsPersistentChatRoom -Identity {quoted(room)}")

    async def clear(self, room: str) -> None:
        """Delete everything that was said in a room."""
        self.room(room)
        await self.run(f"Clear-CsPersistentChatRoom -Identity {quoted(room)} -EndDate '9999-12-31' -Confirm:$false")

    async def clear_before(self, room: str, count: int) -> None:
        """Delete everything that was said in a room, but for the last hours."""
        self.room(room)
        until = self._now() - timedelta(hours=count)
        await self.run(f"Clear-CsPersistentChatRoom -Identity {quoted(room)} -EndDate '{until:%Y-%m-%d %H:%M:%S}' "
                       "-Confirm:$false")

    async def erase(self, before: str, room: str) -> None:
        """Delete all messages of a room that have this in them."""
        self.room(room)
        await self.run(f"Remove-CsPersistentChatMessage -Identity {quoted(room)} -Filter {quoted(before)} "
                       "-MatchClause Exact -CaseSensitive $true -Remove")

    # -- the service

    async def bar(self, people: frozenset[str]) -> None:
        """Keep people out of Persistent Chat."""
        known = await self.run("Get-CsPersistentChatPolicy | Select-Object -ExpandProperty Identity")
        if f"Tag:{_BARRED}" not in known:
            await self.run(f"New-CsPersistentChatPolicy -Identity {_BARRED} -EnablePersistentChat $false")
        await self._grant(people, _BARRED)

    async def admit(self, people: frozenset[str]) -> None:
        """Undo that."""
        await self._grant(people, "$null")

    async def _grant(self, people: frozenset[str], policy: str) -> None:
        for person in sorted(people):
            await self.run(f"Grant-CsPersistentChatPolicy {quoted(str(self.address(person)))} -PolicyName {policy}")

    async def bar_all(self) -> None:
        """Keep everybody out of Persistent Chat of whom no other policy says otherwise."""
        await self.run("Set-CsPersistentChatPolicy -EnablePersistentChat $false")

    async def admit_all(self) -> None:
        """Undo that."""
        await self.run("Set-CsPersistentChatPolicy -EnablePersistentChat $true")

    async def limit_rosters(self, count: int) -> None:
        """Tell nobody who comes and goes in rooms with more people than this."""
        await self.run(f"Set-CsPersistentChatConfiguration -ParticipantUpdateLimit {count}")

    async def category_uri(self, category: str) -> str:
        """Return the address of a category."""
        found = await self.run(f"Get-CsPersistentChatCategory -Identity {quoted(category)}")
        return str(_property(found[0], "CategoryUri"))

    # -- cmdlets

    async def _set_room(self, room: str, arguments: str) -> None:
        self.room(room)
        await self.run(f"Set-CsPersistentChatRoom -Identity {quoted(room)}{arguments}")

    async def _set_category(self, category: str, arguments: str) -> None:
        await self.run(f"Set-CsPersistentChatCategory -Identity {quoted(category)}{arguments}")

    async def _set_group(self, group: str, members: str) -> None:
        await self.run(f"Set-CsGroup -Identity {quoted(group)} -Members {members}")

    def _category_arguments(self, plan: CategoryPlan) -> str:
        lists = {"AllowedMembers": plan.allowed, "DeniedMembers": plan.denied, "Creators": plan.creators}
        switches = {"ChatHistory": plan.history, "Invitations": plan.invitations, "FileUpload": plan.files}
        return "".join((
            *(f" -{name} {self._array(listed)}" for name, listed in lists.items() if listed is not None),
            *(f" -{name} ${str(value).lower()}" for name, value in switches.items() if value is not None),
            "" if plan.description is None else f" -Description {quoted(plan.description)}"))

    def _array(self, principals: Sequence[Principal]) -> str:
        return ",".join(quoted(self.principal_name(one)) for one in principals) or "$null"

    def principal_name(self, principal: Principal) -> str:
        """Return how lists name a principal."""
        match principal.kin:
            case Kin.PERSON:
                return str(self.address(principal.name))
            case Kin.EVERYONE:
                return FOREST
            case Kin.GROUP:
                return _named("CN", principal.name, f"OU=Groups,{FOREST}")
            case Kin.CONTAINER:
                return _container(principal.name)
            case Kin.DOMAIN:
                return str(DistinguishedName(tuple(("DC", label) for label in principal.name.split("."))))


def password(person: str) -> str:
    """Return somebody's password."""
    return f"Pa$$w0rd of {person}"


def _container(name: str) -> str:
    return _named("OU", name, FOREST)


def _named(attribute: str, value: str, place: str) -> str:
    return str(DistinguishedName(((attribute, value), *DistinguishedName.parse(place).parts)))


def _room_arguments(plan: RoomPlan) -> str:
    words = {"Privacy": plan.privacy, "Type": plan.type, "Invitations": "" if plan.invitations else "False",
             "Disabled": "$true" if plan.disabled else ""}
    return "".join((*(f" -{name} {word}" for name, word in words.items() if word),
                    f" -Description {quoted(plan.description)}" if plan.description else ""))


def _property(value: Value, name: str) -> Any:  # noqa: ANN401 - as cmdlets have it
    return value.get(name) if isinstance(value, PsObject) else None
