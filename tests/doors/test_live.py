"""The live connection, by a real WebSocket client against a real node, with SIP clients in the same rooms."""

import asyncio
import json
import ssl
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, Self

import pytest
from pydantic import TypeAdapter
from tests.doors.kit import PEOPLE, SECONDS, fresh_room, in_room, made, room_name
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from parlour.forms import AnswerFrame, LiveEvent, RefusalFrame
from parlour.testing import Deployment

PATH = "/api/v1/live"
# Whatever comes is as docs/reference/asyncapi.json says.
FRAMES: TypeAdapter[object] = TypeAdapter(AnswerFrame | RefusalFrame | LiveEvent)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with made(Deployment(tmp_path_factory.mktemp("live"), users=PEOPLE, rooms=(), web=True,
                         settings="sip_max_outbound = 2097152")) as served:
        yield served


class Live:
    """One person's live connection."""

    def __init__(
        self, deployment: Deployment, name: str, *, password: str | None = None, path: str = PATH,
        origin: str | None = None,
    ) -> None:
        trust = ssl.create_default_context(cafile=str(deployment.data / "tls" / "certificate.pem"))
        trust.check_hostname = False
        credentials = f"{deployment.address(name)}:{password or deployment.password(name)}"
        self._opening = connect(
            f"wss://{deployment.host}:{deployment.web_port}{path}", ssl=trust, compression=None, proxy=None,
            origin=None if origin is None else Origin(origin),
            additional_headers={"Authorization": f"Basic {b64encode(credentials.encode()).decode()}"})
        self.socket: ClientConnection
        self.events: list[dict[str, Any]] = []
        self._marks = 0

    async def __aenter__(self) -> Self:
        self.socket = await self._opening.__aenter__()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self.socket.close()

    async def send(self, do: str, **more: object) -> int:
        """Send a command; return its mark."""
        self._marks += 1
        await self.socket.send(json.dumps({"do": do, "id": self._marks, **more}))
        return self._marks

    async def ask(self, do: str, **more: object) -> dict[str, Any]:
        """Send a command and return its answer; what happens meanwhile is kept."""
        mark = await self.send(do, **more)
        while (frame := await self.receive()).get("re") != mark:
            self.events.append(frame)
        return frame

    async def does(self, do: str, **more: object) -> dict[str, Any]:
        """Do what must work; return what it gave."""
        answer = await self.ask(do, **more)
        assert "ok" in answer, answer
        return dict(answer["ok"])

    async def receive(self) -> dict[str, Any]:
        """Return the next frame."""
        async with asyncio.timeout(SECONDS):
            frame = dict(json.loads(await self.socket.recv()))
        FRAMES.validate_python(frame, strict=True, extra="forbid")
        return frame

    async def answer(self) -> dict[str, Any]:
        """Return the next answer."""
        while "re" not in (frame := await self.receive()):
            self.events.append(frame)
        return frame

    async def event(self, name: str) -> dict[str, Any]:
        """Return the next event of that name."""
        while True:
            frame = self.events.pop(0) if self.events else await self.receive()
            if frame.get("event") == name:
                return frame

    async def closed(self) -> tuple[int, str]:
        """Return how the server ended it."""
        with pytest.raises(ConnectionClosed) as caught:
            await self.event("no event has this name")
        assert caught.value.rcvd is not None
        return caught.value.rcvd.code, caught.value.rcvd.reason


def short(uri: str) -> str:
    """Return a room as the live connection names it."""
    return uri.removeprefix("ma-chan://")


async def test_two_people_and_a_sip_client_see_the_same(deployment: Deployment) -> None:
    uri = await fresh_room(deployment)
    room = short(uri)
    async with Live(deployment, "alice") as alice, in_room(deployment, "bobby", uri) as bobby, \
            Live(deployment, "carol") as carol:
        joined = await alice.does("join", room=room)
        assert {one["address"] for one in joined["people"]} == set(map(deployment.address, ("alice", "bobby")))
        assert (joined["room"]["name"], joined["last"]) == (room_name(deployment, uri), 0)
        await carol.does("join", room=room)
        assert (await alice.event("joined"))["person"]["address"] == deployment.address("carol")
        posted = await alice.does("post", room=room, text="from the web <b>&\u202e")
        assert posted["number"] == 1
        await bobby.next("grpchat", text="from the web <b>&\u202e")
        await bobby.post(uri, "from SIP")
        seen = [await alice.event("message"), await alice.event("message")]
        assert seen == [await carol.event("message"), await carol.event("message")]
        assert [(one["number"], one["message"]["text"]) for one in seen] == [
            (1, "from the web <b>&\u202e"), (2, "from SIP")]


async def test_corrections_and_typing(deployment: Deployment) -> None:
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice, Live(deployment, "bobby") as bobby:
        await alice.does("join", room=room)
        await bobby.does("join", room=room)
        await alice.does("typing", room=room)
        await alice.does("typing", room=room)  # so soon after, nobody is told again
        assert (await bobby.event("typing"))["person"]["address"] == deployment.address("alice")
        await alice.does("post", room=room, text="teh", title="A story", alert=True)
        message = (await bobby.event("message"))["message"]
        assert (message["title"], message["alert"]) == ("A story", True)
        await alice.does("edit", room=room, number=1, text="the")
        changed = await bobby.event("changed")
        assert (changed["number"], changed["message"]["number"], changed["message"]["text"]) == (2, 1, "the")
        refused = await bobby.ask("delete", room=room, number=1)
        assert (refused["error"]["id"], refused["error"]["status"]) == ("NotTheAuthor", 403)
        await alice.does("delete", room=room, number=1)
        assert (await bobby.event("changed"))["message"]["deleted"] is True
        assert not [frame for frame in bobby.events if frame["event"] == "typing"]


async def test_who_comes_back_gets_what_he_missed(deployment: Deployment) -> None:
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice:
        await alice.does("join", room=room)
        for text in ("one", "two", "three"):
            await alice.does("post", room=room, text=text)
        await alice.does("edit", room=room, number=1, text="ONE")
        await alice.does("delete", room=room, number=3)
        async with Live(deployment, "bobby") as bobby:
            joined = await bobby.does("join", room=room, after=1)
        entries = [(one["number"], one["message"]["number"], one["message"]["text"]) for one in joined["missed"]]
        assert entries == [(2, 2, "two"), (3, 3, ""), (4, 1, "ONE"), (5, 3, "")]
        assert (joined["last"], joined["more"]) == (5, False)
        for number in range(120):
            await alice.does("post", room=room, text=str(number))
        async with Live(deployment, "bobby") as bobby:
            joined = await bobby.does("join", room=room, after=5)
            assert (len(joined["missed"]), joined["more"], joined["last"]) == (100, True, 125)
            assert "missed" not in await bobby.does("join", room=room, after=125)


async def test_many_posts_at_once_keep_their_order(deployment: Deployment) -> None:
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice, Live(deployment, "bobby") as bobby:
        await bobby.does("join", room=room)
        marks = [await alice.send("join", room=room)]
        marks += [await alice.send("post", room=room, text=str(number)) for number in range(200)]
        answers: dict[int, dict[str, Any]] = {}
        while len(answers) < len(marks):
            frame = await alice.receive()
            if "re" in frame:
                answers[frame["re"]] = frame
        assert [answers[mark]["ok"]["number"] for mark in marks[1:]] == list(range(1, 201))
        assert [(await bobby.event("message"))["message"]["text"] for _ in range(200)] == [str(n) for n in range(200)]


async def test_rights_act_at_once(deployment: Deployment) -> None:
    uri = await fresh_room(deployment)
    room, name = short(uri), room_name(deployment, uri)
    async with Live(deployment, "alice") as alice, Live(deployment, "bobby") as bobby:
        await alice.does("join", room=room)
        await bobby.does("join", room=room)
        await deployment.parlour("Set-CsPersistentChatRoom", name, "-Privacy", "Secret", "-Members",
                                 f"sip:{deployment.address('alice')}", expect=0)
        assert (await bobby.event("left"))["person"]["address"] == deployment.address("bobby")
        hidden = await bobby.ask("join", room=room)
        absent = await bobby.ask("join", room="litwareinc.com/00000000-0000-0000-0000-000000000000")
        assert hidden["error"]["id"] == absent["error"]["id"] == "ChatRoomNotFound"
        for command in ("post", "typing", "edit", "delete"):
            refused = await bobby.ask(command, room=room, text="x", number=1)
            assert refused["error"]["id"] == ("NotJoined" if command in ("post", "typing") else "ChatRoomNotFound")
        assert (await alice.event("room"))["details"]["privacy"] == "Secret"


async def test_who_is_disabled_is_gone(deployment: Deployment) -> None:
    async with Live(deployment, "carol") as carol:
        await carol.does("ping")
        await deployment.parlour("Disable-CsUser", deployment.address("carol"), expect=0)
        try:
            assert await carol.closed() == (4401, "signed out")
            assert await refused(Live(deployment, "carol")) == 401
        finally:
            await deployment.parlour("Enable-CsUser", deployment.address("carol"), expect=0)


async def refused(live: Live) -> int:
    """Return the status with which a connection is refused."""
    with pytest.raises(InvalidStatus) as caught:
        async with live:
            pass
    return int(caught.value.response.status_code)


async def test_strangers_and_other_addresses_are_refused(deployment: Deployment) -> None:
    assert await refused(Live(deployment, "alice", password="wrong")) == 401
    assert await refused(Live(deployment, "alice", path="/api/v1/nothing")) == 404
    assert await refused(Live(deployment, "nobody", password="wrong")) == 401
    for origin in ("https://evil.example", f"http://{deployment.host}:{deployment.web_port}", "null"):
        assert await refused(Live(deployment, "alice", origin=origin)) == 403
    async with Live(deployment, "alice", origin=f"https://{deployment.host}:{deployment.web_port}") as alice:
        assert await alice.does("ping") == {}


async def test_nobody_has_any_number_of_connections(deployment: Deployment) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(Live(deployment, "bobby"))
        assert await refused(Live(deployment, "bobby")) == 429
        async with Live(deployment, "alice") as alice:
            assert await alice.does("ping") == {}


@pytest.mark.parametrize(("sent", "code"), [(b"\x00", 1003), ("x" * ((1 << 20) + 1), 1009)])
async def test_what_is_no_frame_ends_the_connection(deployment: Deployment, sent: str | bytes, code: int) -> None:
    async with Live(deployment, "alice") as alice:
        await alice.socket.send(sent)
        assert (await alice.closed())[0] == code


async def test_rubbish_is_refused_and_the_connection_goes_on(deployment: Deployment) -> None:
    async with Live(deployment, "alice") as alice:
        for text in ("rubbish", "[]", '{"do": "dance"}', "{" * 1000):
            await alice.socket.send(text)
            frame = await alice.receive()
            assert (frame["re"], frame["error"]["id"]) == (None, "FrameInvalid")
        await alice.socket.send(['{"do": ', '"ping", "id"', ": 1}"])  # one message in three frames
        assert await alice.receive() == {"re": 1, "ok": {}}


async def test_who_goes_in_the_middle_disturbs_nobody(deployment: Deployment) -> None:
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice:
        await alice.does("join", room=room)
        for _ in range(10):
            async with Live(deployment, "bobby") as bobby:
                for number in range(20):
                    await bobby.send("join", room=room, after=0)
                    await bobby.send("post", room=room, text=str(number))
                bobby.socket.transport.abort()
            async with Live(deployment, "carol") as carol:
                for _ in range(20):
                    await carol.send("join", room=room, after=0)
                await carol.socket.send(b"a binary frame ends it while answers are still to come")
        assert await alice.does("ping") == {}
        assert await alice.does("post", room=room, text="undisturbed")
    assert '"level": "error"' not in deployment.log.read_text()


async def test_who_does_not_read_is_cut_off_and_nobody_waits(deployment: Deployment) -> None:
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice, Live(deployment, "bobby") as bobby:
        await alice.does("join", room=room)
        await bobby.does("join", room=room)
        bobby.socket.transport.pause_reading()
        posted = 0
        while "live.slow-reader" not in deployment.log.read_text():
            await alice.does("post", room=room, text="x" * 60_000)
            alice.events.clear()
            posted += 1
            assert posted < 1000
        await alice.does("ping")
        assert (await alice.event("left"))["person"]["address"] == deployment.address("bobby")
    async with Live(deployment, "bobby") as bobby:
        assert (await bobby.does("join", room=room, after=posted - 1))["missed"][0]["number"] == posted


async def test_half_frames_disturb_nobody(deployment: Deployment) -> None:
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice:
        await alice.does("join", room=room)
        for half in (b"", b"\x81", b"\x81\xfe\xff", b"\x01\x80\x00\x00\x00\x00" * 5, b"\x81\x85mask"):
            async with Live(deployment, "bobby") as bobby:
                await bobby.does("join", room=room)
                bobby.socket.transport.write(half)
                bobby.socket.transport.abort()
            assert (await alice.event("left"))["person"]["address"] == deployment.address("bobby")
        assert (await alice.does("post", room=room, text="still here"))["number"] == 1


async def test_whoever_asks_for_thousands_of_rooms_waits_alone(deployment: Deployment) -> None:
    rooms = [f"litwareinc.com/{uuid.uuid4()}" for _ in range(2_000)]
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice, Live(deployment, "bobby") as bobby:
        asking = asyncio.gather(*(bobby.send("join", room=one, after=1) for one in [*rooms, room]))
        assert (await alice.does("join", room=room))["last"] == 0
        assert (await alice.does("post", room=room, text="at once"))["number"] == 1
        await asking
        for mark in range(1, len(rooms) + 1):
            answer = await bobby.answer()
            assert (answer["re"], answer["error"]["id"]) == (mark, "ChatRoomNotFound")
        assert (await bobby.answer())["ok"]["last"] == 1


async def test_a_room_in_one_round_trip(deployment: Deployment) -> None:
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice:
        await alice.does("join", room=room)
        for number in range(1, 8):
            await alice.does("post", room=room, text=str(number))
        joined = await alice.does("join", room=room, page=3)
        assert [one["number"] for one in joined["page"]["messages"]] == [5, 6, 7]
        assert (joined["page"]["earlier"], joined["page"]["later"], joined["first"], joined["may"]) == (
            True, False, 1, ["see", "join", "read", "post"])
        around = (await alice.does("join", room=room, page=3, around=3))["page"]
        assert [one["number"] for one in around["messages"]] == [2, 3, 4]
        until = (await alice.does("post", room=room, text="8"))["at"]
        await deployment.parlour("Clear-CsPersistentChatRoom", "-Identity", joined["room"]["name"], "-EndDate",
                                 until.replace("T", " ").removesuffix("Z"), "-Confirm:$false", expect=0)
        assert (await alice.event("purged"))["until"] == 8
        await alice.does("post", room=room, text="9")
        assert (await alice.does("join", room=room))["first"] == 9


async def test_the_same_key_twice_even_over_two_connections(deployment: Deployment) -> None:
    room = short(await fresh_room(deployment))
    async with Live(deployment, "alice") as alice, Live(deployment, "alice") as again:
        for one in (alice, again):
            await one.does("join", room=room)
            assert (await one.does("post", room=room, text="once", key="k"))["number"] == 1
        refused = await again.ask("post", room=room, text="other", key="k")
        assert refused["error"]["id"] == "KeyUsed"
        for key in ("", "x" * 65, 5):
            assert (await again.ask("post", room=room, text="other", key=key))["error"]["id"] == "FrameInvalid"


async def test_half_a_character_in_a_room_is_refused(deployment: Deployment) -> None:
    async with Live(deployment, "alice") as alice:
        refused = await alice.ask("join", room="litwareinc.com/\ud800")
        assert refused["error"]["id"] == "FrameInvalid"


async def test_a_text_in_too_many_pieces_ends_the_connection(deployment: Deployment) -> None:
    async with Live(deployment, "alice") as alice:
        alice.socket.transport.write(b"\x01\x80\x00\x00\x00\x00" + b"\x00\x80\x00\x00\x00\x00" * 2_000)
        assert (await alice.closed())[0] == 1008


async def test_who_is_signed_out_hears_and_says_nothing_more(deployment: Deployment) -> None:
    """Also if he does not say good-bye."""
    room = short(await fresh_room(deployment))
    await deployment.add_user("dora")
    async with Live(deployment, "alice") as alice, Live(deployment, "dora") as dora:
        await alice.does("join", room=room)
        await dora.does("join", room=room)
        dora.socket.transport.pause_reading()  # she does not see that it is over
        await deployment.parlour("Disable-CsUser", deployment.address("dora"), expect=0)
        assert (await alice.event("left"))["person"]["address"] == deployment.address("dora")
        await dora.send("post", room=room, text="still here")
        await alice.does("post", room=room, text="between us")
        dora.socket.transport.resume_reading()
        assert (await dora.closed())[0] == 4401
        assert [one["message"]["text"] for one in dora.events if one.get("event") == "message"] == []
        assert (await alice.does("join", room=room))["last"] == 1
