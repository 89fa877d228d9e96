"""The lists of categories and rooms: who stands in them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import CTE, Connection, Select, Table, delete, func, insert, or_, select

from parlour.chat.model import Privacy
from parlour.chat.ports import ListsOf
from parlour.chat.principals import CategoryRole, Entries, Principal, PrincipalKind, RoomRole
from parlour.errors import PRINCIPAL_GONE, ParlourError
from parlour.storage.schema import category_principals, people, principals, room_principals, rooms

Role = CategoryRole | RoomRole
R = TypeVar("R", CategoryRole, RoomRole)

_TABLES: dict[type[Role], tuple[Table, str]] = {
    CategoryRole: (category_principals, "category_id"),
    RoomRole: (room_principals, "room_id"),
}


def named_principals(connection: Connection, ids: Select[Any] | Collection[int]) -> list[Principal]:
    """Return principals with the names they have now."""
    query = select(
        principals.c.id, principals.c.kind,
        func.coalesce(people.c.sip_address, principals.c.name).label("name"),
        func.coalesce(people.c.display_name, principals.c.display_name).label("display_name"),
    ).join(people, people.c.id == principals.c.person_id, isouter=True).where(principals.c.id.in_(ids))
    return [Principal(row.id, PrincipalKind(row.kind), row.name, row.display_name) for row in connection.execute(query)]


def read_lists(connection: Connection, kind: type[R], owner: int) -> dict[R, list[Principal]]:
    """Return the lists of one category or room, each by name."""
    return read_lists_of(connection, kind, [owner])[owner]


def read_lists_of(
    connection: Connection, kind: type[R], owners: Collection[int]
) -> dict[int, dict[R, list[Principal]]]:
    """Return the lists of categories or rooms by their numbers, each by name."""
    table, column = _TABLES[kind]
    owner = table.c[column]
    rows = connection.execute(select(
        owner.label("owner"), table.c.role, table.c.principal_id).where(owner.in_(owners))).all()
    known = {principal.id: principal for principal in named_principals(
        connection, {row.principal_id for row in rows})}
    lists: dict[int, dict[R, list[Principal]]] = {number: {role: [] for role in kind} for number in owners}
    for row in sorted(rows, key=lambda row: known[row.principal_id].name.lower()):
        lists[row.owner][kind(row.role)].append(known[row.principal_id])
    return lists


def write_lists(connection: Connection, owner: int, lists: Mapping[R, Collection[int]]) -> None:
    """Replace the lists named in `lists`; the others stay.

    Raises:
        ParlourError: PrincipalGone, if one of them was removed since it was looked up.
    """
    wanted = {principal for listed in lists.values() for principal in listed}
    known = connection.execute(select(func.count()).where(principals.c.id.in_(wanted))).scalar_one()
    if known < len(wanted):
        raise ParlourError(PRINCIPAL_GONE)
    for role, listed in lists.items():
        table, column = _TABLES[type(role)]
        connection.execute(delete(table).where(table.c[column] == owner, table.c.role == role.value))
        rows = [{column: owner, "role": role.value, "principal_id": principal} for principal in set(listed)]
        if rows:
            connection.execute(insert(table), rows)


def entries(
    connection: Connection, rooms: Iterable[tuple[int, int]], among: Collection[int]
) -> dict[int, Entries]:
    """Return of each room which of these principals stand in its lists and its category's.

    Args:
        connection: open.
        rooms: numbers of rooms and of their categories.
        among: the principals that matter: somebody's affiliations. The cost is theirs, not that of the lists' length.
    """
    pairs = list(rooms)
    by_category = _matches(connection, CategoryRole, {category for _, category in pairs}, among)
    by_room = _matches(connection, RoomRole, {room for room, _ in pairs}, among)
    return {room: {**by_category.get(category, {}), **by_room.get(room, {})} for room, category in pairs}


def category_entries(connection: Connection, numbers: Collection[int], among: Collection[int]) -> dict[int, Entries]:
    """Return of each category which of these principals stand in its lists."""
    found = _matches(connection, CategoryRole, numbers, among)
    return {number: found.get(number, {}) for number in numbers}


def whole_entries(connection: Connection, lists: Collection[ListsOf], most: int) -> dict[ListsOf, Entries]:
    """Return everybody who stands in these lists; None where these are more than `most`, which are not read then."""
    found: dict[ListsOf, Entries] = {}
    for kind in _TABLES:
        short = _short(connection, kind, {number for of, number in lists if of is kind}, most)
        entries = _matches(connection, kind, short)
        found |= {(kind, number): entries.get(number, {}) for number in short}
    return found


def _short(connection: Connection, kind: type[Role], owners: Collection[int], most: int) -> set[int]:
    """Return those of these owners whose lists have at most so many entries in all."""
    table, column = _TABLES[kind]
    owner = table.c[column]
    query = select(owner).where(owner.in_(owners)).group_by(owner).having(func.count() > most)
    return set(owners) - set(connection.execute(query).scalars())


def visible_rooms(among: Collection[int]) -> CTE:
    """Return the rooms that whoever is all of these principals may see; no other room leaves a trace in it.

    It is made first, and searched then, whatever the engine thinks is faster. `parlour.chat.rights` has the last word.
    """
    walls, lists = category_principals.c, room_principals.c
    allowed, denied = (select(walls.category_id).where(walls.role == role.value, walls.principal_id.in_(among))
                       for role in (CategoryRole.ALLOWED, CategoryRole.DENIED))
    known = select(lists.room_id).where(
        lists.role.in_([RoomRole.MEMBER.value, RoomRole.MANAGER.value]), lists.principal_id.in_(among))
    return select(rooms.c.id, rooms.c.name_key, rooms.c.description).where(
        ~rooms.c.disabled, rooms.c.category_id.in_(allowed), rooms.c.category_id.not_in(denied),
        or_(rooms.c.privacy != Privacy.SECRET.value, rooms.c.id.in_(known)),
    ).cte("visible").prefix_with("MATERIALIZED")


def _matches(
    connection: Connection, kind: type[Role], owners: Collection[int], among: Collection[int] | None = None
) -> dict[int, Mapping[Role, frozenset[int]]]:
    table, column = _TABLES[kind]
    owner = table.c[column]
    query = select(owner, table.c.role, table.c.principal_id).where(owner.in_(owners))
    if among is not None:
        query = query.where(table.c.principal_id.in_(among))
    found: dict[int, dict[Role, set[int]]] = {}
    for number, role, principal in connection.execute(query):
        found.setdefault(number, {}).setdefault(kind(role), set()).add(principal)
    return {number: {role: frozenset(ids) for role, ids in roles.items()} for number, roles in found.items()}
