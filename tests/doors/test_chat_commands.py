"""Every chat command on the wire of a live node: what it answers, whom it tells, and what it refuses."""

import asyncio
import re
import uuid
from collections.abc import Iterable
from xml.etree import ElementTree

import pytest
from tests.doors.kit import (
    ALICE,
    BOBBY,
    TRANSPORTS,
    connected,
    fresh_room,
    history,
    in_room,
    room_name,
    signed_in,
    texts,
)

from parlour.testing import ChatEvent, Deployment, RefusedError, SipClient
from parlour.testing.chat_events import channel_id, command, envelope

SELF = "vnd-microsoft-roaming-self"
NAMESPACE = "{urn:parlano:xml:ns:xccos}"


def absent(room: str) -> str:
    """Return the address of a room that is not there."""
    return room.rpartition("/")[0] + f"/{uuid.uuid4()}"


def failed(event: ChatEvent) -> list[str]:
    """Return the rooms that a bjoin could not open."""
    return [f'ma-chan://{found.get("domain")}/{found.get("value")}' for found in event.element.iter(f"{NAMESPACE}fib")]


async def refusal(client: SipClient, name: str, data: str = "") -> RefusedError:
    """Execute a command in vain."""
    with pytest.raises(RefusedError) as caught:
        await client.command(name, data)
    return caught.value


def history_of(room: str, count: object = 25) -> str:
    """Write the inside of a bccontext."""
    return f'<chanib uri="{room}"/><bcq><last cnt="{count}"/></bcq>'


# --- the way in -------------------------------------------------------------------------------------------------------

async def test_requri_names_the_service(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        service = await alice.requri(await alice.invite(deployment.endpoint))
        assert re.fullmatch(r"sip:[^@;]+@litwareinc\.com", service)


async def test_getserverinfo_names_the_limits(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        found = (await alice.getserverinfo()).element.find(f".//{NAMESPACE}sib")
    assert found is not None
    assert found.get("infoType") == "123"
    assert found.get("messageSizeLimit") == "65536"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", found.get("serverTime", ""))
    assert found.get("rootUri", "").startswith("ma-cat://litwareinc.com/")


async def test_newer_clients_need_no_lookup(deployment: Deployment, room: str) -> None:
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        pool = (await alice.provisioning())["DefaultPersistentChatPoolUri"]
        alice.chat = await alice.invite(pool)
        await alice.getserverinfo()
        assert list((await alice.bjoin([room])).rooms.values()) == [room]
        await alice.post(room, "direct")
        await alice.next("grpchat", text="direct")


async def test_the_address_that_clients_guess_leads_to_the_pool(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        await alice.open_chat("sip:ocschat@litwareinc.com")
        assert (await alice.getserverinfo()).code == 200


async def test_an_endpoint_is_found_in_any_letter_case(deployment: Deployment) -> None:
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        await alice.open_chat("sip:PCE@LitwareInc.COM")
        assert (await alice.getserverinfo()).code == 200


@pytest.mark.parametrize("uri", [
    f"sip:{BOBBY}", f"sip:{ALICE}", "sip:nobody@litwareinc.com", "sip:pce@elsewhere.example", "sip:litwareinc.com"])
async def test_nobody_else_answers_an_invitation(deployment: Deployment, uri: str) -> None:
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        with pytest.raises(RefusedError) as caught:
            await alice.invite(uri)
        assert caught.value.code == 404


async def test_an_endpoint_leads_to_the_pool_from_when_it_is_made_until_it_is_removed(deployment: Deployment) -> None:
    uri = f"sip:chat{uuid.uuid4().hex[:8]}@litwareinc.com"
    async with connected(deployment, "alice") as alice:
        await alice.register(deployment.password("alice"))
        with pytest.raises(RefusedError):
            await alice.invite(uri)
        await deployment.parlour("New-CsPersistentChatEndpoint", "-SipAddress", uri, "-PersistentChatPoolFqdn",
                                 deployment.pool, "-DisplayName", "Another", expect=0)
        await alice.open_chat(uri)
        await deployment.parlour("Remove-CsPersistentChatEndpoint", "-Identity", uri, "-Confirm:$false", expect=0)
        with pytest.raises(RefusedError) as caught:
            await alice.invite(uri)
        assert caught.value.code == 404
        assert (await alice.getserverinfo()).code == 200  # what was begun goes on


# --- join, bjoin, part ------------------------------------------------------------------------------------------------

async def test_join_shows_the_room_and_who_is_there(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "bobby", room) as bobby, signed_in(deployment, "alice") as alice:
        joined = await alice.join(room)
        assert joined.rooms == {room_name(deployment, room): room}
        assert {member.uri for member in joined.members} == {alice.uri, bobby.uri}
        assert {member.room for member in joined.members} == {room}
        notice = await bobby.next("ntc:join", users=[alice.uri])
        assert [member.room for member in notice.members] == [room]


async def test_join_a_second_time_is_answered_the_same_and_told_nobody(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "bobby", room) as bobby, in_room(deployment, "alice", room) as alice:
        again = await alice.join(room)
        assert [member.uri for member in again.members] == [bobby.uri, alice.uri]
        await alice.post(room, "once")
        await bobby.next("grpchat", text="once")
        await alice.getinv()
        assert alice.heard(room) == ["once"]
        assert len([event for event in bobby.events if event.kind == "ntc:join"]) == 1


async def test_bjoin_opens_the_good_and_names_the_bad(deployment: Deployment, room: str) -> None:
    other = await fresh_room(deployment)
    bad = [absent(room), await fresh_room(deployment, "-Privacy", "Closed"),
           await fresh_room(deployment, "-Privacy", "Secret"), await fresh_room(deployment, "-Disabled", "$true")]
    async with signed_in(deployment, "alice") as alice:
        reply = await alice.bjoin([bad[0], room, bad[1], bad[2], other, bad[3]])
        assert list(reply.rooms.values()) == [room, other]
        assert failed(reply) == bad
        for good in (room, other):
            await alice.post(good, "in")
            await alice.next("grpchat", text="in", room=good)


async def test_bjoin_of_one_room_twice_opens_it_once(deployment: Deployment, room: str) -> None:
    async with signed_in(deployment, "alice") as alice:
        reply = await alice.bjoin([room, room])
        assert [found.get("uri") for found in reply.element.iter(f"{NAMESPACE}chanib")] == [room]


async def test_part_closes_the_room(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "bobby", room) as bobby, in_room(deployment, "alice", room) as alice:
        assert list((await alice.part(room)).rooms.values()) == [room]
        notice = await bobby.next("ntc:part", users=[alice.uri])
        assert [member.room for member in notice.members] == [room]
        await bobby.post(room, "gone?")
        assert (await refusal(alice, "part", f'<chanib uri="{room}"/>')).code == 403
        assert alice.heard(room) == []


# --- chansrch, getinv -------------------------------------------------------------------------------------------------

async def test_chansrch_finds_by_any_part_of_the_name(deployment: Deployment) -> None:
    mark = uuid.uuid4().hex
    named = {name: await fresh_room(deployment, name=name) for name in (
        f"Blue {mark}", f"Ωmega {mark}", f"50% of {mark}", f"under_score {mark}", f"star*[a] {mark}", f"a\\b {mark}")}
    async with signed_in(deployment, "alice") as alice:
        assert (await alice.chansrch(mark)).rooms == named
        assert (await alice.chansrch(mark.upper())).rooms == named
        for part in (f"BLUE {mark}", f"ωMEGA {mark}", "50% OF", f"r_score {mark}", f"star*[a] {mark}", f"\\b {mark}"):
            found = (await alice.chansrch(part)).rooms
            assert [name for name in found if mark in name] == [
                name for name in named if part.casefold() in name.casefold()], part
        for wildcard in (f"% {mark}", f"_ {mark}", f"* {mark}", f"? {mark}", f"B%{mark}", f"Blue_{mark}"):
            assert (await alice.chansrch(wildcard)).rooms == {}, wildcard


async def test_chansrch_of_nothing_lists_all_and_may_find_nothing(deployment: Deployment, room: str) -> None:
    async with signed_in(deployment, "alice") as alice:
        everything = (await alice.chansrch("")).rooms
        assert everything[room_name(deployment, room)] == room
        none = await alice.chansrch("no such room " + uuid.uuid4().hex)
        assert (none.code, none.rooms) == (200, {})


async def test_chansrch_counts_who_is_there(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "bobby", room), in_room(deployment, "alice", room) as alice, \
            in_room(deployment, "alice", room):
        found = await alice.chansrch(room_name(deployment, room))
        counts = [info.text for info in found.element.iter(f"{NAMESPACE}info")
                  if info.get("id") == "urn:parlano:ma:info:ucnt"]
        assert counts == ["2"]


async def test_getinv_has_none(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        assert (await alice.getinv()).code == 200


# --- bccontext --------------------------------------------------------------------------------------------------------

async def test_history_is_the_newest_page_oldest_first(deployment: Deployment, room: str) -> None:
    said = [f"message {number}" for number in range(1, 531)]
    async with in_room(deployment, "alice", room) as alice:
        assert {response.status for response in await alice.post_all(room, said)} == {200}
    for asked, size in ((0, 0), (1, 1), (25, 25), (500, 500), (501, 500), (10**19, 500)):
        found = await history(deployment, room, asked)
        assert [message.text for message in found] == said[len(said) - size:]
        assert [message.number for message in found] == list(range(531 - size, 531))
    assert {message.author for message in found} == {f"sip:{ALICE}"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", message.time) for message in found)
    assert [message.time for message in found] == sorted(message.time for message in found)


@pytest.mark.parametrize("count", ["-1", "", "x", "1.5", str(10**20), "٣", "1e3", "0x10"])
async def test_a_count_that_is_none_is_refused(deployment: Deployment, room: str, count: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        assert (await refusal(alice, "bccontext", history_of(room, count))).code == 400
        assert (await alice.bccontext(room)).history == []


async def test_history_of_a_new_room_is_empty(deployment: Deployment, room: str) -> None:
    assert await history(deployment, room) == []


async def test_a_history_of_long_messages_has_the_newest_that_fit(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        for number in range(25):
            await alice.post(room, f"{number}" + '"' * 65_530)
        await alice.next("grpchat", number=25)
        found = (await alice.bccontext(room)).history
        numbers = [message.number for message in found]
        assert numbers == list(range(26 - len(numbers), 26))
        assert 2 <= len(numbers) < 25
        assert [message.text for message in found] == alice.heard(room)[-len(numbers):]


async def test_the_history_of_a_join_that_was_not_acknowledged_has_nothing_that_came_after(
    deployment: Deployment, room: str
) -> None:
    async with in_room(deployment, "bobby", room) as bobby, signed_in(deployment, "alice") as alice:
        await bobby.post(room, "before")
        alice.answering = False  # so the server cannot know what was read already
        await alice.join(room)
        await bobby.post(room, "after")
        await alice.next("grpchat", text="after")
        assert [message.text for message in (await alice.bccontext(room)).history] == ["before"]
        alice.answering = True
        await bobby.post(room, "later")
        await alice.next("grpchat", text="later")
        assert [message.text for message in (await alice.bccontext(room)).history] == ["before", "after", "later"]


class Eager(SipClient):
    """Asks for a room's history the moment it reads the reply to its join, as pidgin-sipe does."""

    eager = True

    def _read(self, body: bytes) -> None:
        super()._read(body)
        for event in self.events[-1:]:  # what this body held
            if event.kind in ("rpl:join", "rpl:bjoin") and self.eager:
                for room in event.rooms.values():
                    self.ask(room)

    def ask(self, room: str) -> None:
        """Send a bccontext without waiting for anything."""
        assert self.chat
        self.wire.request(self.inside(self.chat, "INFO", envelope(7, command("bccontext", history_of(room, 500)))))


async def seen_once(client: SipClient, room: str, last: str) -> None:
    """Check that what was delivered and what is in the history are, together, each message once."""
    await client.next("grpchat", text=last, room=room)
    reply = await client.next("rpl:bccontext")
    live = [event.message.number for event in client.events if event.kind == "grpchat" and event.message.room == room]
    shown = [message.number for message in reply.history] + live
    assert shown == list(range(1, len(shown) + 1))
    assert live


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("style", ["join", "bjoin", "pipelined"])
async def test_nobody_is_shown_a_message_twice(
    deployment: Deployment, room: str, transport: str, style: str
) -> None:
    port = deployment.tls_port if transport == "tls" else deployment.tcp_port
    alice = Eager(ALICE, deployment.host, port, tls=transport == "tls")
    async with in_room(deployment, "bobby", room) as bobby, alice:
        await alice.register(deployment.password("alice"))
        await alice.open_chat(deployment.endpoint)
        stream = asyncio.ensure_future(bobby.post_all(room, [f"message {number}" for number in range(1, 301)]))
        await bobby.next("grpchat", text="message 20")
        await begin(alice, room, style)
        await stream
        await bobby.post(room, "the last")
        await seen_once(alice, room, "the last")
    await alice.lost()


async def begin(client: Eager, room: str, style: str) -> None:
    """Open a room in one of the ways there are."""
    if style == "bjoin":
        await client.bjoin([room])
    elif style == "join":
        await client.join(room)
    else:  # the question for the history is on its way before the reply to the join
        assert client.chat
        client.eager = False
        client.wire.request(client.inside(client.chat, "INFO", envelope(6, command("join", channel_id(room)))))
        client.ask(room)
        await client.next("rpl:join")


# --- what may be said -------------------------------------------------------------------------------------------------

AWKWARD = {
    "markup": "<b>bold</b> &amp; &lt;i&gt; <!-- no --> <![CDATA[no]]> ]]> <?pi?> <!DOCTYPE x>",
    "quotes": "\"double\" 'single' \\ / % {0} ${x} `id`",
    "emoji": "😀 👩‍👩‍👧‍👦 🏳️‍🌈 ☺️ 🇩🇪",
    "scripts": "مرحبا שלום Ελληνικά 日本語 ไทย e\u0301 \u202eright to left\u202c",
    "lines": "one\ntwo\n\n\nfive\n",
    "blanks": "  leading\tand trailing \t ",
    "long": "x" * 9000,
    "longest": "ü" * 65_536,
    "looks like SIP": "\nBYE sip:pce@litwareinc.com SIP/2.0\nContent-Length: 0\n\nSIP/2.0 200 OK\n",
    "controls": "a\u0085b\u2028c\u2029d\u200be\ufeff\u00a0\u009f",
}


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
async def test_any_text_comes_back_exactly(deployment: Deployment, room: str, text: str) -> None:
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        await alice.post(room, text)
        for client in (alice, bobby):
            assert (await client.next("grpchat")).message.text == text
    assert await texts(deployment, room) == [text]


def all_characters() -> Iterable[str]:
    """Yield every character that XML 1.0 allows, but CR, in messages of an acceptable length."""
    codes = [9, 10, *range(0x20, 0xD800), *range(0xE000, 0xFFFE), *range(0x10000, 0x110000)]
    for start in range(0, len(codes), 65_000):
        yield "-" + "".join(map(chr, codes[start:start + 65_000])) + "-"


async def test_all_characters_come_back_exactly(deployment: Deployment, room: str) -> None:
    said = list(all_characters())
    kept = []
    async with in_room(deployment, "alice", room) as alice:
        for text in said:
            await alice.post(room, text)
            kept += [message.text for message in (await alice.bccontext(room, 1)).history]
        await alice.next("grpchat", number=len(said))
        assert alice.heard(room) == said
        assert kept == said


async def test_a_carriage_return_that_was_meant_comes_back(deployment: Deployment, room: str) -> None:
    post = (f'<grpchat id="grpchat" seqid="1" chanUri="{room}" author="sip:{ALICE}" ts="2026-01-05T10:00:00Z">'
            "<chat>a&#13;b&#13;&#10;c</chat></grpchat>")
    async with in_room(deployment, "alice", room) as alice:
        assert (await alice.info(envelope(1, post))).status == 200
        assert (await alice.next("grpchat")).message.text == "a\rb\r\nc"
    assert await texts(deployment, room) == ["a\rb\r\nc"]


async def test_author_and_time_are_the_servers(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        post = alice.post_request(room, "when?", author="SIP:Alice@LITWAREINC.com", time="1999-01-01T00:00:00Z")
        assert (await alice.send(post)).status == 200
        message = (await alice.next("grpchat")).message
    assert message.author == f"sip:{ALICE}"
    assert not message.time.startswith("1999")


# --- what is refused --------------------------------------------------------------------------------------------------

async def test_an_unknown_command_is_answered(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        answer = await refusal(alice, "nosuchthing", "<x/>")
        assert answer.code == 501
        assert "nosuchthing" in answer.reason
        assert (await alice.getserverinfo()).code == 200


MALFORMED = [
    ("join", ""), ("join", "<chanid/><chanid/>"), ("bjoin", ""), ("part", ""), ("part", '<chanib uri="http://x/"/>'),
    ("bccontext", ""), ("bccontext", '<chanib uri="ma-chan://x/y"/>'), ("chansrch", ""),
    ("chansrch", '<qib qtype="BYCOLOUR" criteria=""/>'), ("getinv", ""), ("getinv", '<inv inviteId="-1"/>'),
]


@pytest.mark.parametrize(("name", "data"), MALFORMED)
async def test_a_malformed_command_is_answered_with_400(deployment: Deployment, name: str, data: str) -> None:
    async with signed_in(deployment, "alice") as alice:
        answer = await refusal(alice, name, data)
        assert answer.code == 400
        assert answer.reason
        assert (await alice.getserverinfo()).code == 200


async def test_several_commands_in_one_envelope_are_answered_one_by_one(deployment: Deployment, room: str) -> None:
    commands = [command("getserverinfo"), command("join", channel_id(room)), command("nosuchthing"),
                command("bccontext", history_of(room)), command("part", f'<chanib uri="{room}"/>')]
    numbered = "".join(text.replace('seqid="1"', f'seqid="{number}"') for number, text in enumerate(commands, 1))
    async with signed_in(deployment, "alice") as alice:
        assert (await alice.info(envelope(4711, numbered))).status == 200
        await alice.next("rpl:part")
        replies = [event for event in alice.events if event.command and event.command[0] == "4711"]
        assert [(event.kind, event.code) for event in replies] == [
            ("rpl:getserverinfo", 200), ("rpl:join", 200), ("rpl:nosuchthing", 501), ("rpl:bccontext", 200),
            ("rpl:part", 200)]
        assert [event.command for event in replies] == [("4711", str(number)) for number in range(1, 6)]


async def test_a_closed_room_is_refused_with_the_reason(deployment: Deployment) -> None:
    closed = await fresh_room(deployment, "-Privacy", "Closed")
    async with signed_in(deployment, "alice") as alice:
        for name, data in (("join", channel_id(closed)), ("bccontext", history_of(closed))):
            answer = await refusal(alice, name, data)
            assert answer.code == 403
            assert room_name(deployment, closed) in answer.reason
            assert "member" in answer.reason
        assert room_name(deployment, closed) in (await alice.chansrch()).rooms


async def test_a_secret_room_looks_like_one_that_is_not_there(deployment: Deployment, room: str) -> None:
    secret = await fresh_room(deployment, "-Privacy", "Secret")
    async with signed_in(deployment, "alice") as alice:
        seen = [await probed(alice, found) for found in (secret, absent(room))]
        assert seen[0] == seen[1]
        assert (await alice.chansrch(room_name(deployment, secret))).rooms == {}
        assert secret not in (await alice.chansrch()).rooms.values()


async def probed(client: SipClient, room: str) -> list[str]:
    """Try everything on a room; return the answers without what names the room itself."""
    answers = []
    for name, data in (("join", channel_id(room)), ("part", f'<chanib uri="{room}"/>'),
                       ("bccontext", history_of(room))):
        error = await refusal(client, name, data)
        assert isinstance(error.answer, ChatEvent)
        answers.append(ElementTree.tostring(error.answer.element, encoding="unicode"))
    batch = await client.bjoin([room])
    answers.append(ElementTree.tostring(batch.element, encoding="unicode"))
    post = await client.send(client.post_request(room, "hello"))
    answers.append(f"{post.status} {post.reason} {post.headers.get('ms-diagnostics')}")
    guid = room.rpartition("/")[2]
    return [re.sub(r'envid="\d+"', "", answer.replace(guid, "GUID")) for answer in answers]


async def test_a_disabled_room_is_closed_and_hidden(deployment: Deployment) -> None:
    off = await fresh_room(deployment, "-Disabled", "$true")
    async with signed_in(deployment, "alice") as alice:
        answer = await refusal(alice, "join", channel_id(off))
        assert answer.code == 403
        assert "switched off" in answer.reason
        assert (await refusal(alice, "bccontext", history_of(off))).code == 403
        assert (await alice.chansrch(room_name(deployment, off))).rooms == {}


async def test_an_auditorium_is_heard_but_not_spoken_in(deployment: Deployment) -> None:
    hall = await fresh_room(deployment, "-Type", "Auditorium")
    async with in_room(deployment, "alice", hall) as alice:
        with pytest.raises(RefusedError) as caught:
            await alice.post(hall, "me too")
        assert caught.value.code == 403
        assert (await alice.bccontext(hall)).history == []


# --- presence, and rooms that go --------------------------------------------------------------------------------------

@pytest.mark.parametrize("availability", [3500, 6500, 15500])
async def test_presence_is_kept_until_the_next_sign_in(deployment: Deployment, availability: int) -> None:
    async with connected(deployment, "bobby") as bobby:
        await bobby.register(deployment.password("bobby"))
        assert (await bobby.publish(availability)).status == 200
    async with connected(deployment, "bobby") as bobby:
        await bobby.register(deployment.password("bobby"))
        document = ElementTree.fromstring((await bobby.subscribe(SELF)).body)  # noqa: S314 - our own server's
        states = [found for found in document.iter() if found.tag.endswith("}category")]
        assert [found.get("name") for found in states] == ["state"]
        assert [value.text for value in states[0].iter() if value.tag.endswith("availability")] == [str(availability)]


async def test_a_room_is_removed_while_people_are_in_it(deployment: Deployment, room: str) -> None:
    other = await fresh_room(deployment)
    async with in_room(deployment, "alice", room, other) as alice, in_room(deployment, "bobby", room, other) as bobby:
        await alice.post(room, "last words")
        await deployment.parlour(
            "Remove-CsPersistentChatRoom", room_name(deployment, room), "-Confirm:$false", expect=0)
        for client in (alice, bobby):
            notice = await client.next("ntc:part")
            assert {(member.uri, member.room) for member in notice.members} == {
                (alice.uri, room), (bobby.uri, room)}
        with pytest.raises(RefusedError):
            await alice.post(room, "into the void")
        assert (await refusal(alice, "join", channel_id(room))).code == 404
        assert (await refusal(alice, "bccontext", history_of(room))).code == 404
        await alice.post(other, "we are here")
        await bobby.next("grpchat", text="we are here")
