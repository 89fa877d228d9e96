"""The HTTP API against a real node, by its own client."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from tests.cli.kit import by_token
from tests.doors.kit import PEOPLE, fresh_room, made, trust

from parlour.client import ApiError, AsyncClient, AsyncConnection, Call, Client, Connection, calls, live
from parlour.testing import Deployment

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(40)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with made(Deployment(tmp_path_factory.mktemp("api"), users=PEOPLE, rooms=(), web=True)) as served:
        yield served


def client(deployment: Deployment, name: str) -> AsyncClient:
    """Return somebody's client."""
    return AsyncClient(f"https://{deployment.host}:{deployment.web_port}", address=deployment.address(name),
                       password=deployment.password(name), verify=trust(deployment))


@asynccontextmanager
async def people(deployment: Deployment, *names: str) -> AsyncIterator[list[AsyncClient]]:
    """Sign several people in."""
    clients = [client(deployment, name) for name in names]
    for one in clients:
        await one.__aenter__()
    try:
        yield clients
    finally:
        for one in clients:
            await one.__aexit__(None, None, None)


async def new_room(deployment: Deployment) -> str:
    return (await fresh_room(deployment)).removeprefix("ma-chan://")


async def news(screen: AsyncConnection) -> Any:  # noqa: ANN401 - one of many forms
    """Return what happened next."""
    return await screen.event()


def happened(screen: Connection) -> Any:  # noqa: ANN401 - as above
    """Return the same without asyncio."""
    return screen.event()


async def refused(doing: Awaitable[object]) -> str:
    with pytest.raises(ApiError) as caught:
        await doing
    return caught.value.name


async def test_a_conversation_without_a_connection(deployment: Deployment) -> None:
    room = await new_room(deployment)
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        said = await alice.do(calls.post(room, "One <b>two</b>"))
        assert (said["number"], said["text"], said["author"]) == (1, "One <b>two</b>", deployment.address("alice"))
        await bobby.do(calls.post(room, "Body", title="Story", alert=True))
        page = await alice.do(calls.messages(room))
        assert [(one["number"], one.get("title"), one.get("alert")) for one in page["messages"]] == [
            (1, None, None), (2, "Story", True)]
        assert (page["earlier"], page["later"]) == (False, False)
        assert "edited" in await alice.do(calls.edit(room, 1, "Two"))
        assert (await bobby.do(calls.message(room, 1)))["text"] == "Two"
        assert await refused(bobby.do(calls.edit(room, 1, "mine"))) == "NotTheAuthor"
        assert (await bobby.do(calls.delete(room, 2))).get("deleted") is True
        assert [one["number"] for one in (await alice.do(calls.messages(room)))["messages"]] == [1]
        assert await refused(alice.do(calls.message(room, 1 << 60))) == "MessageNotFound"


async def test_every_place_in_a_history(deployment: Deployment) -> None:
    room = await new_room(deployment)
    async with people(deployment, "alice") as (alice,):
        posted = [await alice.do(calls.post(room, f"number {number}")) for number in range(1, 8)]

        async def numbers(call: Call[object]) -> tuple[list[int], bool, bool]:
            page = await alice.do(call)
            assert isinstance(page, dict)
            return [one["number"] for one in page["messages"]], page["earlier"], page["later"]
        assert await numbers(calls.messages(room, limit=2)) == ([6, 7], True, False)
        assert await numbers(calls.messages(room, before=3)) == ([1, 2], False, True)
        assert await numbers(calls.messages(room, after=5)) == ([6, 7], True, False)
        assert await numbers(calls.messages(room, around=4, limit=3)) == ([3, 4, 5], True, True)
        assert await numbers(calls.messages(room, since=posted[5]["at"])) == ([6, 7], True, False)
        assert await refused(alice.do(calls.messages(room, before=3, after=1))) == "RequestInvalid"
        assert await refused(alice.do(calls.messages(room, limit=501))) == "RequestInvalid"


async def test_a_key_posts_once(deployment: Deployment) -> None:
    room = await new_room(deployment)
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        async with bobby.live() as screen:
            await screen.ask(live.join(room))
            results = await asyncio.gather(*(alice.do(calls.post(room, "once", key="k1")) for _ in range(5)))
            assert {one["number"] for one in results} == {1}
            await alice.do(calls.post(room, "twice"))
            seen = [await news(screen) for _ in range(2)]
            assert [one["number"] for one in seen] == [1, 2]
        assert await refused(alice.do(calls.post(room, "something else", key="k1"))) == "KeyUsed"
        assert (await bobby.do(calls.post(room, "another's key is his own", key="k1")))["number"] == 3


async def test_following_and_what_is_unread(deployment: Deployment) -> None:
    room, other = await new_room(deployment), await new_room(deployment)
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        assert not (await bobby.do(calls.room(room)))["following"]
        async with bobby.live() as screen:
            before = await screen.ask(live.watch())
            assert room not in [one["room"]["id"] for one in before["followed"]]
            await bobby.do(calls.follow(room))
            assert (await news(screen))["event"] == "followed"
            await alice.do(calls.post(other, "nobody follows this"))
            await alice.do(calls.post(room, f"hello @{deployment.address('bobby')}"))
            heard = await news(screen)
            assert (heard["event"], heard["room"], heard["mentions"]) == (
                "message", room, [deployment.address("bobby")])
            [mine] = [one for one in (await bobby.do(calls.followed()))["followed"] if one["room"]["id"] == room]
            assert (mine["unread"], mine["mentions"], mine["last"]) == (1, 1, 1)
            assert (await bobby.do(calls.mentions()))["hits"][0]["message"]["number"] == 1
            await bobby.do(calls.read(room, 1))
            moved = await news(screen)
            assert (moved["event"], moved["unread"], moved["read"]) == ("read", 0, 1)
            await bobby.do(calls.unfollow(room))
            assert (await news(screen))["event"] == "unfollowed"
            await alice.do(calls.post(room, "unheard"))
            await alice.do(calls.post(other, "unheard as well"))
            await screen.ask(live.join(other))
            await alice.do(calls.post(other, "heard"))
            assert (await news(screen))["message"]["text"] == "heard"


async def test_who_may_not_read_hears_nothing_more(deployment: Deployment) -> None:
    room, other = await new_room(deployment), await new_room(deployment)
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        await bobby.do(calls.follow(room))
        async with bobby.live() as screen:
            await screen.ask(live.watch())
            name = (await bobby.do(calls.room(room)))["room"]["name"]
            await deployment.parlour("Set-CsPersistentChatRoom", "-Identity", name, "-Privacy", "Closed",
                                     "-Members", f"sip:{deployment.address('alice')}", expect=0)
            assert (await news(screen))["event"] == "hidden"
            await alice.do(calls.post(room, "between us"))
            await screen.ask(live.join(other))
            await alice.do(calls.post(other, "for everybody"))
            assert (await news(screen))["message"]["text"] == "for everybody"
            assert await refused(bobby.do(calls.messages(room))) == "NotAMember"


async def test_rooms_are_found_made_changed(deployment: Deployment) -> None:
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        room = await new_room(deployment)
        found = (await alice.do(calls.rooms(limit=999)))["rooms"]
        assert room in [one["id"] for one in found]
        assert (await alice.do(calls.rooms("no room is called so")))["rooms"] == []
        assert (await alice.do(calls.categories()))["categories"] == []
        assert await refused(alice.do(calls.create_room("Mine", "General"))) == "NotACreator"
        view = await alice.do(calls.room(room))
        assert view["may"] == ["see", "join", "read", "post"]
        assert await refused(alice.do(calls.change_room(room, name="Mine"))) == "NotAManager"
        assert await refused(bobby.do(calls.lists(room))) == "NotAManager"


async def test_a_creator_makes_a_room_and_lets_somebody_in(deployment: Deployment) -> None:
    await deployment.parlour("Set-CsPersistentChatCategory", "General", "-Creators",
                             f"@{{Add='sip:{deployment.address('alice')}'}}", expect=0)
    async with people(deployment, "alice", "bobby", "carol") as (alice, bobby, carol):
        assert [one["name"] for one in (await alice.do(calls.categories()))["categories"]] == ["General"]
        made = await alice.do(calls.create_room("Launch", "General", description="Plans", privacy="Closed"))
        room = made["room"]["id"]
        assert made["may"] == ["see", "join", "read", "post", "manage"]
        assert (await bobby.do(calls.room(room)))["may"] == ["see"]
        async with alice.live() as screen:
            await screen.ask(live.watch())
            await bobby.do(calls.ask_to_join(room, "please"))
            asked = await news(screen)
            assert (asked["event"], asked["person"]["address"], asked["note"]) == (
                "asked", deployment.address("bobby"), "please")
        assert (await bobby.do(calls.room(room)))["asked"]
        [waiting] = (await alice.do(calls.all_requests()))["requests"]
        assert waiting["room"]["id"] == room
        assert (await alice.do(calls.requests(room)))["requests"][0]["note"] == "please"
        assert await refused(bobby.do(calls.requests(room))) == "NotAManager"
        await alice.do(calls.answer_request(room, deployment.address("bobby"), approve=True))
        assert "post" in (await bobby.do(calls.room(room)))["may"]
        lists = await alice.do(calls.lists(room))
        assert {one["display"] for one in lists["members"]} == {"Alice", "Bobby"}
        changed = await alice.do(calls.change_room(
            room, name="Launched", privacy="Secret", members=[one["name"] for one in lists["members"]]))
        assert changed["room"]["name"] == "Launched"
        assert await refused(carol.do(calls.room(room))) == "ChatRoomNotFound"
        assert await refused(carol.do(calls.messages(room))) == "ChatRoomNotFound"
        assert await refused(carol.do(calls.ask_to_join(room))) == "ChatRoomNotFound"
        await bobby.do(calls.leave(room))
        assert await refused(bobby.do(calls.room(room))) == "ChatRoomNotFound"
        assert (await alice.do(calls.principals("bob")))["principals"][0]["kind"] == "person"


async def test_tags(deployment: Deployment) -> None:
    room = await new_room(deployment)
    async with people(deployment, "alice") as (alice,):
        await alice.do(calls.post(room, "one"))
    auth = (deployment.address("alice"), deployment.password("alice"))
    base = f"https://{deployment.host}:{deployment.web_port}/api/v1/rooms/{room}"
    async with httpx.AsyncClient(verify=trust(deployment), auth=auth, trust_env=False) as http:
        for path in ("/messages", "/messages/1"):
            first = await http.get(base + path)
            again = await http.get(base + path, headers={"If-None-Match": first.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b"")


async def test_a_room_is_changed_as_one_has_seen_it(deployment: Deployment) -> None:
    room = await new_room(deployment)
    name = f"sip:{deployment.address('alice')}"
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        called = (await alice.do(calls.room(room)))["room"]["name"]
        await deployment.parlour("Set-CsPersistentChatRoom", "-Identity", called, "-Managers", name, expect=0)
        base = f"https://{deployment.host}:{deployment.web_port}/api/v1/rooms/{room}"
        auth = (deployment.address("alice"), deployment.password("alice"))
        async with httpx.AsyncClient(verify=trust(deployment), auth=auth, trust_env=False) as http, \
                bobby.live() as screen:
            seen = (await http.get(base)).headers["ETag"]
            await screen.ask(live.join(room))  # who comes and goes changes nothing of it
            done = await http.patch(base, json={"description": "one"}, headers={"If-Match": seen})
            assert done.status_code == 200
            stale = await http.patch(base, json={"description": "two"}, headers={"If-Match": seen})
            assert (stale.status_code, stale.json()["title"]) == (412, "ChangedMeanwhile")
            seen = done.headers["ETag"]
            await alice.do(calls.change_room(room, members=[name]))
            stale = await http.patch(base, json={"description": "two"}, headers={"If-Match": seen})
            assert stale.status_code == 412
            assert (await alice.do(calls.room(room)))["room"]["description"] == "one"


async def test_searching(deployment: Deployment) -> None:
    first, second = await new_room(deployment), await new_room(deployment)
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        for number in range(3):
            await alice.do(calls.post(first, f"zebra crossing {number}"))
        await bobby.do(calls.post(second, "Zebra Ünïcode"))
        found = await alice.do(calls.search("zebra"))
        assert len(found["hits"]) == 4
        assert (found["words"], found["next"], found["complete"]) == (["zebra"], None, True)
        assert found["hits"][0]["room"]["id"] == second
        assert len((await alice.do(calls.search("zebra", rooms=[first])))["hits"]) == 3
        by_bobby = await alice.do(calls.search("zebra", authors=[deployment.address("bobby")]))
        assert [one["message"]["text"] for one in by_bobby["hits"]] == ["Zebra Ünïcode"]
        part = await alice.do(calls.search("zebra", limit=3))
        assert part["next"] is not None
        rest = await alice.do(calls.search("zebra", limit=3, after=part["next"]))
        assert len(rest["hits"]) == 1
        assert await refused(alice.do(calls.search(""))) == "SearchEmpty"
        assert await refused(alice.do(calls.search("x", after="rubbish"))) == "SearchInvalid"
        assert await refused(alice.do(calls.search("x", rooms=["litwareinc.com/none"]))) == "ChatRoomNotFound"


async def test_feeds_pins_participants_invitations_people(deployment: Deployment) -> None:
    room = await new_room(deployment)
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        await alice.do(calls.follow(room))
        await bobby.do(calls.post(room, "the gateway is down"))
        await alice.do(calls.keep_feed("Outages / now", keywords=["gateway"]))
        assert [one["name"] for one in (await alice.do(calls.feeds()))["feeds"]] == ["Outages / now"]
        assert (await alice.do(calls.read_feed("Outages / now")))["hits"][0]["message"]["number"] == 1
        await alice.do(calls.remove_feed("Outages / now"))
        assert await refused(alice.do(calls.remove_feed("Outages / now"))) == "FeedNotFound"
        await bobby.do(calls.pin(room, 1))
        assert [one["number"] for one in (await alice.do(calls.pins(room)))["messages"]] == [1]
        await alice.do(calls.unpin(room, 1))
        assert (await alice.do(calls.pins(room)))["messages"] == []
        async with bobby.live() as screen:
            await screen.ask(live.join(room))
            assert (await alice.do(calls.participants(room)))["total"] == 1
        assert (await alice.do(calls.invitations()))["last"] >= 0
        assert [one["name"] for one in (await alice.do(calls.people("bOBB")))["people"]] == ["Bobby"]
        assert (await alice.do(calls.people("%")))["people"] == []


async def test_files(deployment: Deployment) -> None:
    await deployment.parlour("Set-CsPersistentChatCategory", "General", "-FileUpload", "$true", expect=0)
    room = await new_room(deployment)
    async with people(deployment, "alice", "bobby") as (alice, bobby):
        file = await alice.upload(room, "ü & co.png", PNG)
        assert (file["name"], file["type"], file["size"]) == ("ü & co.png", "image/png", len(PNG))
        await alice.do(calls.post(room, f"{file['name']} {file['link']}"))
        assert await bobby.download(room, file["guid"]) == PNG
        liar = await alice.upload(room, "harmless.png", b"<html><script>alert(1)</script>")
        assert liar["type"] == "text/plain"
        assert await refused(alice.do(calls.begin_upload(room, "../etc/passwd"))) == "FileNameInvalid"
        assert await refused(alice.do(calls.file(room, "nothing"))) == "FileNotFound"
    auth = (deployment.address("alice"), deployment.password("alice"))
    base = f"https://{deployment.host}:{deployment.web_port}/api/v1/rooms/{room}/files"
    async with httpx.AsyncClient(verify=trust(deployment), auth=auth, trust_env=False) as http:
        for guid, inline, how in ((file["guid"], 1, "inline"), (file["guid"], 0, "attachment"),
                                  (liar["guid"], 1, "attachment")):
            answer = await http.get(f"{base}/{guid}/content", params={"inline": inline})
            assert answer.headers["Content-Disposition"].startswith(f"{how};")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_the_same_without_asyncio(deployment: Deployment) -> None:
    room = asyncio.run(new_room(deployment))
    with Client(f"https://{deployment.host}:{deployment.web_port}", address=deployment.address("alice"),
                password=deployment.password("alice"), verify=trust(deployment)) as alice:
        with alice.live() as screen:
            joined = screen.ask(live.join(room, page=10))
            assert (joined["page"]["messages"], joined["first"], joined["last"]) == ([], 0, 0)
            assert alice.do(calls.post(room, "hello"))["number"] == 1
            assert happened(screen)["message"]["text"] == "hello"
            with pytest.raises(ApiError) as refused:
                screen.ask(live.edit(room, 9, "x"))
            assert refused.value.name == "MessageNotFound"
        with pytest.raises(ApiError) as caught:
            alice.do(calls.room("litwareinc.com/nothing"))
        assert (caught.value.name, caught.value.status) == ("ChatRoomNotFound", 404)


async def test_administration_by_token(deployment: Deployment) -> None:
    await deployment.parlour("Set-CsGroup", "-Identity", "CsAdministrator", "-Members",
                             f"@{{Add='sip:{deployment.address('carol')}'}}", expect=0)
    room = (await fresh_room(deployment)).removeprefix("ma-chan://")
    url = f"https://{deployment.host}:{deployment.web_port}"
    async with people(deployment, "carol", "alice") as (carol, alice):
        name = (await carol.do(calls.room(room)))["room"]["name"]
        found = await carol.cmdlet("Get-CsPersistentChatRoom", Identity=name)
        assert (found.done, found.errors, [one["Name"] for one in found.output]) == (True, (), [name])
        missing = await carol.cmdlet("Get-CsPersistentChatRoom", Identity="no such room")
        assert (missing.done, [one["id"] for one in missing.errors]) == (False, ["ChatRoomNotFound"])
        assert await refused(carol.cmdlet("Get-Nothing")) == "CommandNotFound"
        assert await refused(alice.cmdlet("Get-CsPool")) == "NoRole"
    async with httpx.AsyncClient(base_url=url, verify=trust(deployment), trust_env=False) as http:
        made = await http.post("/api/v1/tokens", json={"name": "scripts", "scopes": ["admin"]},
                               auth=(deployment.address("carol"), deployment.password("carol")))
    token, certificate = made.json()["token"], deployment.data / "tls" / "certificate.pem"
    done = await asyncio.to_thread(by_token, url, certificate, token, "Get-CsPool")
    assert (done.status, done.err) == (0, "")
    nobody = await asyncio.to_thread(by_token, url, certificate, "", "Get-CsPool")
    assert (nobody.status, "PARLOUR_TOKEN" in nobody.err) == (1, True)
    with Client(url, token=token, verify=trust(deployment)) as program:
        assert len(program.cmdlet("Get-CsPool").output) == 1
        with pytest.raises(ApiError) as caught:
            program.do(calls.rooms())
        assert caught.value.name == "ScopeMissing"
