"""What can stand in the slots of a form: how it is written, and the value that it means."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from parlour.testing.conversations import blocks
from parlour.testing.conversations.clauses import CATEGORY, ROOM
from parlour.testing.conversations.values import Endpoint, Watchers
from parlour.testing.conversations.words import (
    NAME,
    PRINCIPALS,
    QUOTED,
    listed,
    quoted,
    read_list,
    read_principals,
    unquoted,
    write_principals,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value.

    Attributes:
        what: what is expected, in words.
        pattern: what it looks like in a line.
        read: makes the value of that.
        write: the other way round.
        word: stands in the line for the indented lines below it; empty if this kind never takes any.
        read_block: makes the value of the lines below.
        write_block: the other way round; None for a value that stands in the line itself.
    """

    what: str
    pattern: re.Pattern[str]
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    word: str = ""
    read_block: Callable[[Sequence[blocks.Line]], Any] = field(default=lambda lines: None)
    write_block: Callable[[Any], list[str] | None] = field(default=lambda value: None)


_ENDPOINT = rf"{NAME}(?: on (?:his|her|their) {NAME})?"
_WATCHERS = rf"everyone in {QUOTED}|everyone\b|{_ENDPOINT}(?:(?:, ?| and ){_ENDPOINT})*"


def _endpoint(text: str) -> Endpoint:
    person, _, device = text.partition(" on ")
    return Endpoint(person, device.partition(" ")[2])


def _watchers(text: str) -> Watchers:
    if not text.startswith("everyone"):
        return Watchers(tuple(map(_endpoint, read_list(text))))
    room = text.removeprefix("everyone").removeprefix(" in ")
    return Watchers(room=unquoted(room) if room else None)


def _write_watchers(watchers: Watchers) -> str:
    if watchers.endpoints:
        return listed([str(one) for one in watchers.endpoints])
    return "everyone" if watchers.room is None else f"everyone in {quoted(watchers.room)}"


def _word(what: str, *words: str) -> Kind:
    return Kind(what, re.compile("|".join(words)), str, str)


def _many(what: str, item: str, nothing: str, read: Callable[[str], Any], write: Callable[[Any], str]) -> Kind:
    pattern = re.compile(rf"{nothing}\b|{item}(?:(?:, ?| and ){item})*")
    return Kind(what, pattern, read, write)


def _people(text: str) -> frozenset[str]:
    return frozenset() if text == "nobody" else frozenset(read_list(text))


def _rooms(text: str) -> frozenset[str]:
    return frozenset() if text == "nothing" else frozenset(map(unquoted, re.findall(QUOTED, text)))


NAMED = Kind("a name in quotes", re.compile(QUOTED), unquoted, quoted)
TEXT = Kind('a text in quotes, or "this" and the text below', re.compile(rf"{QUOTED}|this\b"), unquoted, quoted,
            "this", blocks.read_text, blocks.write_text)
QUOTATION = Kind("what was said, in quotes", re.compile(QUOTED), unquoted, quoted)
PERSON = Kind("a person", re.compile(NAME), str, str)
COUNT = Kind("a number", re.compile(r"[0-9]{1,6}"), int, str)
ENDPOINT = Kind("a person, perhaps on a device", re.compile(_ENDPOINT), _endpoint, str)
WATCHERS = Kind(
    'people, "everyone", or "everyone in" a room', re.compile(_WATCHERS), _watchers, _write_watchers)
PEOPLE = _many("people", NAME, "nobody", _people, lambda people: listed(sorted(people)) or "nobody")
ROOMS = _many("names of rooms in quotes", QUOTED, "nothing", _rooms,
              lambda rooms: listed([quoted(room) for room in sorted(rooms)]) or "nothing")
NAMES = _many("names or words in quotes", QUOTED, "nothing", _rooms,
              lambda names: listed([quoted(name) for name in sorted(names)]) or "nothing")
PRINCIPALS_ = Kind('people, "everyone", a group, a container or a domain', re.compile(PRINCIPALS), read_principals,
                   write_principals)
MESSAGES = Kind('"nothing", or "these" and the messages below', re.compile(r"nothing|these"), lambda _: (),
                lambda _: "nothing", "these", blocks.read_quotes, blocks.write_quotes)
LIST_OF_ROOM = _word("members, managers or presenters", "members", "managers", "presenters")
MANNER = _word("open, closed, secret, normal or auditorium", "open", "closed", "secret", "normal", "an auditorium")
DUTY = _word("manager, presenter or nothing special", "manager and presenter", "manager", "presenter",
             "nothing special")
ERROR = Kind("the name of an error", re.compile(r"[A-Z][A-Za-z]+"), str, str)
STAGES = _many("names of stages", NAME, "nowhere", lambda text: tuple(read_list(text)), listed)
REASON = Kind("the reason", re.compile(r"\S.*"), str, str)
ROOM_PLAN = Kind(f"what the room is: {ROOM.words()}", re.compile(r"\S.*"), ROOM.read, ROOM.write)
CATEGORY_PLAN = Kind(f"what the category does: {CATEGORY.words()}", re.compile(r"\S.*"), CATEGORY.read, CATEGORY.write)

# A slot's kind is known by its name: the same name means the same thing in every form.
KINDS: dict[str, Kind] = {
    "before": QUOTATION, "category": NAMED, "category_plan": CATEGORY_PLAN, "container": NAMED, "count": COUNT,
    "domain": NAMED, "duty": DUTY, "error": ERROR, "gone": PEOPLE, "group": NAMED, "list": LIST_OF_ROOM,
    "manner": MANNER, "messages": MESSAGES, "name": NAMED, "names": NAMES, "part": NAMED, "people": PEOPLE,
    "person": PERSON, "principals": PRINCIPALS_, "reason": REASON, "room": NAMED, "room_plan": ROOM_PLAN,
    "rooms": ROOMS, "stages": STAGES, "text": TEXT, "watchers": WATCHERS, "who": ENDPOINT,
}
