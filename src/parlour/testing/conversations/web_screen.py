"""What endpoints of the stage "web" are shown: frames of the live connection, and what a client keeps of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from parlour.testing.conversations.administrator import Administrator
from parlour.testing.conversations.values import ScriptError, Sight

Frame = Mapping[str, Any]
_ABOUT_SOMEBODY = {"joined": "join", "left": "leave"}
_ABOUT_ROOMS = {"room": "change", "purged": "clear", "invited": "invite"}


class Memory:
    """What was said, as everybody remembers it: scripts name messages by their texts."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[int, str]] = {}

    def keep(self, room: str, number: int, text: str) -> None:
        """Remember what a message says now."""
        self._texts.setdefault(room, {})[number] = text

    def number(self, room: str, text: str) -> int:
        """Return the number of the newest message that says this.

        Raises:
            ScriptError: nobody has ever said it.
        """
        found = [number for number, known in self._texts.get(room, {}).items() if known == text]
        if not found:
            raise ScriptError(0, f'nobody has said "{text}" there')
        return max(found)

    def text(self, room: str, number: int) -> str:
        """Return what a message says, as far as it is known."""
        return self._texts.get(room, {}).get(number, "")


class Roster:
    """Who is in which room, as one client knows it."""

    def __init__(self) -> None:
        self._inside: dict[str, set[str]] = {}

    def opened(self, room: str, people: Iterable[str]) -> None:
        """Note who is there when one comes."""
        self._inside[room] = set(people)

    def closed(self, room: str) -> set[str]:
        """Note that one is there no more; return who was."""
        return self._inside.pop(room, set())

    def take(self, frame: Frame) -> None:
        """Note who came or went."""
        inside = self._inside.setdefault(frame["room"], set())
        match frame["event"]:
            case "joined":
                inside.add(frame["person"]["address"])
            case "left":
                inside.discard(frame["person"]["address"])
            case "roster":
                self.opened(frame["room"], (one["address"] for one in frame["people"]))


class Reading:
    """Makes sights of frames.

    Args:
        names: what the script calls people and rooms.
        memory: what was said.
    """

    def __init__(self, names: Administrator, memory: Memory) -> None:
        self._names = names
        self._memory = memory

    def sight(self, frame: Frame, roster: Roster) -> Sight:
        """Return what the script calls what somebody was shown."""
        name, place = frame["event"], self._names.room_name(f"ma-chan://{frame['room']}")
        if name == "closed":
            return Sight("leave", self._people(roster.closed(frame["room"])), place)
        roster.take(frame)
        if name in ("message", "changed"):
            return self._said(frame, place)
        if name in ("pinned", "unpinned"):
            text = self._memory.text(frame["room"], frame["message"])
            return Sight(name.removesuffix("ned"), self._people([frame["by"]["address"]]), place, text)
        if name == "roster":
            here, gone = (self._people(one["address"] for one in frame[which]) for which in ("people", "gone"))
            return Sight("resume", here, place, gone=gone)
        if name == "duties":
            duty = " and ".join(frame["duties"]) or "nothing special"
            return Sight("become", self._people([frame["person"]["address"]]), place, duty)
        if name in _ABOUT_SOMEBODY:
            return Sight(_ABOUT_SOMEBODY[name], self._people([frame["person"]["address"]]), place)
        return Sight(_ABOUT_ROOMS.get(name, f"?{name}"), frozenset(), place)

    def _said(self, frame: Frame, place: str) -> Sight:
        message = frame["message"]
        deleted = message.get("deleted", False)
        if not deleted:
            self._memory.keep(frame["room"], message["number"], message["text"])
        said = "alert" if message.get("alert") else "tell" if "title" in message else "say"
        verb = said if frame["event"] == "message" else "delete" if deleted else "edit"
        return Sight(verb, self._people([message["author"]]), place, message["text"], message.get("title", ""))

    def _people(self, addresses: Iterable[str]) -> frozenset[str]:
        return frozenset(self._names.person(f"sip:{address}") for address in addresses)
