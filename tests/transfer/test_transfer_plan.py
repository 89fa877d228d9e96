"""What an import does with things that are not as they were where they come from."""

from io import BytesIO

from tests.transfer.test_transfer_hostile import packed, replaced, unpacked
from tests.transfer.transfer_kit import (
    ALICE,
    BOB,
    CAROL,
    CHIEFS,
    FOREST,
    NOBODY,
    POOL,
    REPLACED,
    SALES,
    SALLY,
    TRADERS,
    exported,
    history,
    imported,
    lines,
    nothing,
    say,
    sources,
    state,
)

from parlour.addresses import Fqdn
from parlour.chat.model import Invitations, NewCategory, NewRoom
from parlour.errors import ParlourError
from parlour.node import Node
from parlour.transfer.archive import Package
from parlour.transfer.importing import Importer
from parlour.transfer.report import Log, Severity

LONG = "x" * 257


async def changed(node: Node, entry: str, old: str, new: str) -> bytes:
    """Return an export of a deployment with something replaced in it."""
    return packed(replaced(entry, old, new)(unpacked(await exported(node))))


async def test_who_is_not_known_is_left_out_with_a_warning(furnished: Node, target: Node) -> None:
    await say(furnished, "Off", "mine", author=CAROL)
    await say(furnished, "Off", "his", author=BOB)
    await say(furnished, "Off", "mine again", author=CAROL)
    await say(furnished, "Open", "all his", author=BOB)
    content = await changed(furnished, "AdUsers.xml", f"<SipAddress>{BOB}", f"<SipAddress>{NOBODY}")
    content = packed(replaced("AdGroups.xml", f">{TRADERS}<", ">CN=Gone,DC=x<")(unpacked(content)))
    for apply in (False, True):
        log = await imported(target, content, apply=apply)
        assert lines(log, Severity.ERROR) == []
        assert lines(log, Severity.WARNING) == [
            f"User {NOBODY}: not known here: left out in lists, and what he wrote",
            "Group CN=Gone,DC=x: not known here: left out in lists", REPLACED,
            f"Room {POOL}\\Off: 1 messages left out: their authors are not known here",
            f"Room {POOL}\\Open: 1 messages left out: their authors are not known here"]
    admin = target.core.administration
    closed = await admin.room_people(await admin.room_named("Closed"))
    assert {str(role): [one.name for one in people] for role, people in closed.items()} == {
        "Members": [SALES, ALICE], "Managers": [], "Presenters": []}
    off = await admin.room_named("Off")
    assert [one[2].text for one in await history(target, off)] == ["mine", "mine again"]  # type: ignore[attr-defined]
    assert await target.core.contents.is_unused(await admin.room_named("Open"))


async def test_who_is_outside_the_category_is_left_out_with_a_warning(furnished: Node, target: Node) -> None:
    """Walls are those of the export; carol is denied there, and alice is allowed by name."""
    content = await exported(furnished)
    listing = Package(BytesIO(content)).listing
    carol = next(one.number for one in listing.principals if one.name == CAROL)
    alice = next(one.number for one in listing.principals if one.name == ALICE)
    inside = f'<Principal id="{alice}" isManager="0" isMember="1"'
    entries = replaced("ChatRooms.xml", inside, inside.replace(f'id="{alice}"', f'id="{carol}"'))(unpacked(content))
    entries = replaced("Categories.xml", f'id="{alice}" role="Creators"', f'id="{carol}" role="Creators"')(entries)
    for apply in (False, True):
        log = await imported(target, packed(entries), apply=apply)
        assert lines(log, Severity.ERROR) == []
        assert sorted(lines(log, Severity.WARNING)) == [
            f"Category {POOL}\\Trading & <more>: {CAROL} left out of Creators: the category does not allow that",
            REPLACED,
            f"Room {POOL}\\Closed: {CAROL} left out of Members: the category does not allow that"]


async def test_names_that_cannot_be_are_errors_and_everything_else_comes_over(furnished: Node, target: Node) -> None:
    for entry, old, new, subject, more in (
            ("ChatRooms.xml", "<Name>Off<", f"<Name>{LONG}<", f"Room {LONG}", 0),
            ("ChatRooms.xml", "<Name>Off<", "<Name> <", "Room  ", 0),
            ("ChatRooms.xml", "<Name>Off<", "<Name>open<", f"Room {POOL}\\", 0),
            ("ChatRooms.xml", "<Name>Off<", "<Name>QUIET<", f"Room {POOL}\\QUIET", 0),
            ("Categories.xml", "<Name>Quiet<", f"<Name>{LONG}<", "Category", 1),
            ("AddIns.xml", "<Url>https", "<Url>javascript", "Add-in", 0),
            ("AddIns.xml", "<Name>Ticker", f"<Name>{LONG}", "Add-in", 0),
            ("Configuration.xml", "<Text>77<", "<Text>501<", "ChatConfiguration Global", 0),
            ("Configuration.xml", "<Text>77<", "<Text>x<", "ChatConfiguration Global", 0),
            ("Configuration.xml", "<Scope>Tag:Contractors<", "<Scope>site:Nowhere<", "ChatPolicy", 0),
            ("Configuration.xml", "<Scope>Tag:Contractors<", "<Scope>what:ever<", "ChatPolicy", 0)):
        log = await imported(target, await changed(furnished, entry, old, new), apply=False)
        errors = lines(log, Severity.ERROR)
        assert len(errors) == 1 + more, errors
        assert errors[0].startswith(subject[:200])
        assert "left out" in errors[0]
        assert len(errors[0]) < 2100
    log = await imported(target, await changed(furnished, "ChatRooms.xml", "<Name>Off<", f"<Name>{LONG}<"))
    assert {room.name for room in await target.core.administration.all_rooms()} == {
        "Open", "Closed", "Secret \u2018room\u2019", "Stage"}
    assert "256 characters" in lines(log, Severity.ERROR)[0]


async def test_a_room_called_like_a_category_that_is_there_is_left_out(furnished: Node, target: Node) -> None:
    await target.core.administration.create_category(NewCategory("stage"))
    await target.core.administration.create_room(NewRoom("Quiet", "General"))
    log = await imported(target, await exported(furnished))
    assert lines(log, Severity.ERROR) == [
        f"Category {POOL}\\Quiet: left out: there is a room of this name",
        "Room Off: left out: so is its category",
        f"Room {POOL}\\Stage: left out: there is a category of this name"]


async def test_invitations_are_set_to_false_where_the_category_has_them_off(furnished: Node, target: Node) -> None:
    """A room that invites by itself, as older chat services have them."""
    entries = unpacked(await exported(furnished))
    details = entries["RoomDetails.xml"].replace(b'invitations="Inherit"', b'invitations="True"')
    log = await imported(target, packed({**entries, "RoomDetails.xml": details}))
    assert lines(log, Severity.WARNING) == [
        REPLACED, f"Room {POOL}\\Off: invitations set to False: its category has them off"]
    admin = target.core.administration
    assert (await admin.room_named("Off")).invitations is Invitations.FALSE
    assert (await admin.room_named("Closed")).invitations is Invitations.INHERIT


async def test_presenters_are_members_of_an_auditorium(furnished: Node, target: Node) -> None:
    content = await changed(furnished, "RoomDetails.xml", 'type="Auditorium"', 'type="Normal"')
    log = await imported(target, content)
    assert lines(log, Severity.WARNING) == [
        REPLACED, f"Room {POOL}\\Stage: {ALICE} left out of Presenters: they are members of an Auditorium"]


async def test_another_pool_takes_what_was_in_a_pool_if_it_is_the_only_one(furnished: Node, target: Node) -> None:
    entries = {name: content.replace(POOL.encode(), b"old.litwareinc.com")
               for name, content in unpacked(await exported(furnished)).items()}
    log = await imported(target, packed(entries))
    assert lines(log, Severity.ERROR) == []
    assert sorted(lines(log, Severity.WARNING)) == [
        REPLACED, f"Pool old.litwareinc.com: there is none here: what was in it goes to {POOL}"]
    assert await state(target) == await state(furnished)


async def test_with_several_pools_an_unknown_one_is_an_error(furnished: Node, target: Node) -> None:
    await target.topology.add_pool(Fqdn.parse("second.litwareinc.com"))
    entries = {name: content.replace(POOL.encode(), b"old.litwareinc.com")
               for name, content in unpacked(await exported(furnished)).items()}
    log = await imported(target, packed(entries))
    assert ("Category old.litwareinc.com\\General: left out: there is no pool old.litwareinc.com here, and several "
            "others") in lines(log, Severity.ERROR)
    assert await target.core.administration.all_rooms() == []


async def test_what_is_decided_but_fails_is_told(furnished: Node, target: Node) -> None:
    """Somebody takes a name between the decision and the import."""
    content = await exported(furnished)

    async def take() -> None:
        if not await target.core.administration.all_rooms() and await target.core.addins.all():
            await target.core.administration.create_room(NewRoom("Quiet", "General"))
    log = await imported(target, content, turn=take)
    errors = lines(log, Severity.ERROR)
    assert errors[0].startswith(f"Category {POOL}\\Quiet: not imported after all: ")
    assert errors[1].startswith(f"Room {POOL}\\Off: not imported after all: ")
    assert len(errors) == 2


async def test_new_rooms_keep_their_guids_if_nobody_has_them(furnished: Node, target: Node) -> None:
    content = await exported(furnished)
    entries = unpacked(content)
    admin, source = target.core.administration, furnished.core.administration
    before = {room.name: room.uri for room in await source.all_rooms()}
    details = entries["RoomDetails.xml"].replace(str(before["Off"]).encode(), str(before["Open"]).encode())
    details = details.replace(str(before["Stage"]).encode(), b"ma-chan://x/..y")
    await imported(target, packed({**entries, "RoomDetails.xml": details}))
    kept = {room.name: room.uri for room in await admin.all_rooms()}
    assert {name for name in kept if kept[name] == before[name]} == {"Closed", "Secret \u2018room\u2019"}
    assert kept["Off"] == before["Open"]  # it comes first
    await imported(furnished, content)
    assert {room.name: room.uri for room in await source.all_rooms()} == before


# -- the directory, as values: it must say the same as the real one


async def test_the_view_of_the_directory_says_what_the_directory_says(furnished: Node, target: Node) -> None:
    importer = Importer(sources(furnished), Package(BytesIO(await exported(furnished))), Log(), nothing)
    view = await importer._directory()  # noqa: SLF001 - it is compared with the real one
    every = [ALICE, BOB, CAROL, SALLY, NOBODY, TRADERS, CHIEFS, SALES, FOREST, "DC=com",
             "OU=Users,DC=litwareinc,DC=com", "OU=Nowhere,DC=litwareinc,DC=com", "CN=Gone,DC=x", "nonsense", "O=x",
             ALICE.upper(), TRADERS.lower()]
    directory = furnished.core.administration._directory  # noqa: SLF001
    for name in every:
        try:
            (principal,) = await directory.resolve([name])
        except ParlourError:
            assert view.known(name) is None, name
            continue
        assert view.known(name) == principal.name
        closure = (await directory.closures([principal]))[principal.id]
        known = {way[-1].lower() for way in closure.values()}
        assert known <= view.closure(principal.name), name
        extra = view.closure(principal.name) - known  # places that no list has named yet
        assert all(one.startswith(("ou=", "dc=")) for one in extra), (name, extra)
