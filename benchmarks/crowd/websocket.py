"""Clients over WebSocket, signed in by access token."""

import json
from collections.abc import Sequence
from typing import Final

from benchmarks.crowd.board import MARK, MARK_LENGTH
from benchmarks.crowd.member import Done, Member, nothing

PATH: Final = "/api/v1/live"
_KEY = "Y3Jvd2Qgb2YgY2xpZW50cw=="  # 16 bytes, as RFC 6455 has it; no secret
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_FINAL, _MASKED = 0x80, 0x80
_NO_MASK = bytes(4)  # a mask of zeros leaves everything as it is
_POSTED = b'"event":"message","number":'
_ANSWER = b'{"re":'


def frame(opcode: int, content: bytes) -> bytes:
    """Return a frame as clients send it."""
    size = len(content)
    if size < 126:
        head = bytes((_FINAL | opcode, _MASKED | size))
    else:
        head = bytes((_FINAL | opcode, _MASKED | 126)) + size.to_bytes(2, "big")
    return head + _NO_MASK + content


class WebMember(Member):
    """A client of the live connection."""

    __slots__ = ("_missing", "_number", "_upgraded")

    def enter(self, done: Done = nothing) -> None:
        """Connect and sign in."""
        self._upgraded = False
        self._number = 0
        self._missing = 0  # answers that are still to come before all rooms are open
        super().enter(done)

    def opened(self) -> None:
        """Ask for the upgrade."""
        token = self.scene.world.people[self.person].token
        self.send(f"GET {PATH} HTTP/1.1\r\nHost: {self.scene.place.host}\r\nUpgrade: websocket\r\n"
                  f"Connection: Upgrade\r\nSec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n"
                  f"Authorization: Bearer {token}\r\n\r\n".encode())

    # -- out

    def _ask(self, command: dict[str, object]) -> int:
        self._number += 1
        text = json.dumps({**command, "id": self._number}, separators=(",", ":"))
        self.send(frame(_TEXT, text.encode()))
        return self._number

    def join(self, rooms: Sequence[int], done: Done = nothing) -> None:
        """Join rooms, one after the other, without waiting; what was missed of those known before comes along."""
        self._done, self._asked, self._missing = done, rooms, len(rooms)
        for room in rooms:
            after = {"after": self.seen[room]} if room in self.seen else {}
            self._ask({"do": "join", "room": self.scene.world.rooms[room], **after})

    def post(self, room: int, text: str, due: int) -> None:
        """Post a message."""
        self._expect(self._number + 1, due)
        self._ask({"do": "post", "room": self.scene.world.rooms[room], "text": text})

    # -- in

    def take(self, data: bytes) -> bytes:
        """Take frames."""
        place = 0
        if not self._upgraded:
            place = self._take_upgrade(data)
        size = len(data)
        while self.is_open and size - place >= 2:
            length, head = data[place + 1], 2
            if length >= 126:
                head = 4 if length == 126 else 10
                if size - place < head:
                    break
                length = int.from_bytes(data[place + 2:place + head], "big")
            end = place + head + length
            if end > size:
                break
            self._take_frame(data, data[place] & 0xF, place + head, end)
            place = end
        return data[place:] if self.is_open else b""

    def _take_upgrade(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if not data.startswith(b"HTTP/1.1 101"):
            self.scene.board.refuse(data.partition(b"\r\n")[0].decode())
            self.scene.ended += 1
            self.leave()
            return len(data)
        self._upgraded = self.is_ready = True
        self._finish()
        return end + 4

    def _take_frame(self, data: bytes, opcode: int, start: int, end: int) -> None:
        if opcode == _TEXT:
            if data.startswith(_ANSWER, start):
                self._answered(json.loads(data[start:end]))
            elif (found := data.find(_POSTED, start, end)) >= 0:
                self._received(data, found + len(_POSTED), end)
            else:
                self.scene.board.news += 1
        elif opcode == _PING:
            self.send(frame(_PONG, data[start:end]))
        elif opcode == _CLOSE:
            self.leave()
            self.lost(f"closed with {int.from_bytes(data[start:start + 2], 'big')}")

    def _received(self, data: bytes, place: int, end: int) -> None:
        mark = data.find(MARK, place, end)
        if mark >= 0:
            number = int(data[place:data.index(b",", place)])
            self.scene.board.arrived(self.seen, data[mark + len(MARK):mark + MARK_LENGTH], number, self.loop.now)

    def _answered(self, answer: dict[str, object]) -> None:
        if "error" in answer:
            self.scene.board.refuse(f"client {self.index}: {answer['error']}")
        number = answer["re"]
        if isinstance(number, int) and self._acknowledged(number):
            return
        if self._missing:
            if isinstance(joined := answer.get("ok"), dict):
                self._opened(joined)
            self._missing -= 1
            if not self._missing:
                self._joined()

    def _opened(self, joined: dict[str, object]) -> None:
        """Note where a room stands, and what was missed of it."""
        room = self._asked[len(self._asked) - self._missing]
        known, last = self.seen.get(room), joined["last"]
        if not isinstance(last, int):
            raise TypeError(f"the number of a message is {last!r}")
        missed = joined.get("missed")
        if known is not None and isinstance(missed, list):
            self._count_missed(room, known, [entry["number"] for entry in missed])
        else:
            self.seen[room] = max(last, known or 0)
        if joined.get("more"):
            self.scene.board.refuse(f"client {self.index} missed more than comes with one answer")

    def _count_missed(self, room: int, known: int, numbers: Sequence[int]) -> None:
        """See that what was missed goes on where this client was, and up to what came live before this answer."""
        expected = list(range(known + 1, known + 1 + len(numbers)))
        if list(numbers) != expected:
            self.scene.board.refuse(f"client {self.index}: {numbers} was missed, not {expected}")
        self.seen[room] = max(self.seen[room], numbers[-1] if numbers else known)
