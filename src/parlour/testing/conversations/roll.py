"""Who is in which room, as far as the script has told."""

from collections.abc import Sequence

from parlour.testing.conversations.grammar import Verb
from parlour.testing.conversations.values import Endpoint, Sight, Values


class Roll:
    """Keeps the answer to "everyone in the room". It follows the script, never the server: that is what is tested."""

    def __init__(self) -> None:
        self._rooms: dict[str, dict[Endpoint, None]] = {}

    def inside(self, room: str) -> Sequence[Endpoint]:
        """Return who is in a room, in the order of joining."""
        return tuple(self._rooms.get(room, ()))

    def did(self, verb: Verb, values: Values) -> None:
        """Note what was done."""
        match verb.name:
            case "join":
                self._rooms.setdefault(values["room"], {})[values["who"]] = None
            case "leave":
                self._rooms.get(values["room"], {}).pop(values["who"], None)
            case "sign_out" | "lose":
                for people in self._rooms.values():
                    people.pop(values["who"], None)
            case "rename" | "manage_rename":
                self._rooms[values["name"]] = self._rooms.pop(values["room"], {})

    def saw(self, who: Endpoint, sight: Sight) -> None:
        """Note that `who` was shown something: who sees himself leave is out."""
        if sight.verb == "leave" and who.person in sight.people:
            self._rooms.get(sight.room, {}).pop(who, None)
