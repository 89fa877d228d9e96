"""The commands that newer and older clients have besides, on the wire of a live node."""

import uuid
from xml.etree.ElementTree import Element

import pytest
from tests.doors.kit import fresh_person, fresh_room, in_room, room_name, signed_in

from parlour.testing import ChatEvent, Deployment, RefusedError, SipClient
from parlour.testing.deployment import quoted

ALICE, BOBBY = "sip:alice@litwareinc.com", "sip:bobby@litwareinc.com"
NAMESPACE = "{urn:parlano:xml:ns:xccos}"


def found(event: ChatEvent, name: str) -> list[Element]:
    """Return the elements of that name."""
    return list(event.element.iter(f"{NAMESPACE}{name}"))


async def refusal(client: SipClient, name: str, data: str = "") -> RefusedError:
    """Execute a command in vain."""
    with pytest.raises(RefusedError) as caught:
        await client.command(name, data)
    return caught.value


async def change(deployment: Deployment, room: str, *arguments: str) -> None:
    await deployment.parlour(
        "Set-CsPersistentChatRoom", "-Identity", room_name(deployment, room), *arguments, expect=0)


async def associations(client: SipClient, relation: str, extra: str = "") -> set[str]:
    """Return the rooms that somebody belongs to in this way."""
    event = await client.command("getassociations", f'<association domain="litwareinc.com" type="{relation}"{extra}/>')
    return {room.get("uri", "") for room in found(event, "chanib")}


async def test_associations_are_the_rooms_one_is_member_or_manager_of(deployment: Deployment) -> None:
    mine = await fresh_room(deployment, "-Privacy", "Secret")
    managed = await fresh_room(deployment, "-Privacy", "Closed")
    others = await fresh_room(deployment)
    user = await fresh_person(deployment)
    address = f"sip:{deployment.address(user)}"
    await change(deployment, mine, "-Members", address)
    await change(deployment, managed, "-Managers", address)
    async with signed_in(deployment, user) as client:
        assert await associations(client, "MEMBER") == {mine}
        assert await associations(client, "manager") == {managed}
        assert await associations(client, "MEMBER", ' maxResults="0"') == set()
        assert others not in await associations(client, "MEMBER", ' maxResults="999999999999"')
        assert (await refusal(client, "getassociations", '<association type="FRIEND"/>')).code == 400


async def test_an_invitation_arrives_at_once_and_can_be_fetched_later(deployment: Deployment) -> None:
    room = await fresh_room(deployment, "-Privacy", "Closed")
    user = await fresh_person(deployment)
    async with signed_in(deployment, user) as client:
        await change(deployment, room, "-Members", f"sip:{deployment.address(user)}")
        notice = await client.next("ntc:invite")
        assert [one.get("uri") for one in found(notice, "chanib")] == [room]
        assert [one.get("inviteId") for one in found(notice, "inv")] == ["1"]
    async with signed_in(deployment, user) as client:
        reply = await client.command("getinv", '<inv inviteId="0" domain="litwareinc.com"/>')
        assert [one.get("uri") for one in found(reply, "chanib")] == [room]
        assert found(reply, "inv")[0].get("inviteId") == "1"
        reply = await client.command("getinv", '<inv inviteId="1" domain="litwareinc.com"/>')
        assert found(reply, "chanib") == []
        assert [one.get("inviteId") for one in found(reply, "inv")] == ["1"]


async def test_preferences_are_kept_for_each_person_and_label(deployment: Deployment) -> None:
    user, label = await fresh_person(deployment), "kedzie.GroupChannels"

    def pref(version: int, content: str = "", default: str = "true", name: str = label) -> str:
        return f'<pref label="{name}" seqid="{version}" createdefault="{default}" content="{content}"/>'
    async with signed_in(deployment, user) as client, signed_in(deployment, "alice") as alice:
        assert found(await client.command("getpref", pref(0)), "pref")[0].get("seqid") == "0"
        assert found(await client.command("getpref", pref(0, default="false")), "pref") == []
        for version in ("1", "2"):
            kept = found(await client.command("setpref", pref(0, f"QUJD{version}")), "pref")[0]
            assert (kept.get("seqid"), kept.get("content")) == (version, None)
        assert found(await client.command("getpref", pref(1)), "pref")[0].attrib == {
            "label": label, "seqid": "2", "content": "QUJD2"}
        assert found(await client.command("getpref", pref(2)), "pref") == []
        assert found(await alice.command("getpref", pref(0, default="false")), "pref") == []
        assert (await refusal(client, "setpref", pref(0, "x" * 262_145))).code == 413
        assert found(await client.command("getpref", pref(0)), "pref")[0].get("content") == "QUJD2"
        for number in range(63):
            await client.command("setpref", pref(0, "x", name=f"label {number}"))
        assert (await refusal(client, "setpref", pref(0, "x", name="one more"))).code == 413


async def test_a_creator_makes_a_room_and_changes_it(deployment: Deployment) -> None:
    user, name = await fresh_person(deployment), f"Made {uuid.uuid4()}"
    address = f"sip:{deployment.address(user)}"
    category = f"Walls {uuid.uuid4()}"
    await deployment.parlour("New-CsPersistentChatCategory", "-Name", category, expect=0)
    await deployment.parlour("Set-CsPersistentChatCategory", "-Identity", category, "-AllowedMembers",
                             "DC=litwareinc,DC=com", "-Creators", address, expect=0)
    async with signed_in(deployment, user) as client, signed_in(deployment, "bobby") as bobby:
        assert found(await bobby.command("nodespermcreatechild"), "chanib") == []
        offered = found(await client.command("nodespermcreatechild"), "chanib")
        assert [one.get("name") for one in offered] == [category]
        parent = offered[0].get("uri")
        made = f'<chanib name="{name}" description="new" parent="{parent}"/>'
        assert (await refusal(bobby, "chancreate", made)).code == 403
        room = found(await client.command("chancreate", made), "chanib")[0].get("uri", "")
        assert (await refusal(client, "chancreate", made)).code == 409
        await client.join(room)
        assert (await refusal(bobby, "join", f'<chanid domain="litwareinc.com" value="{room[-36:]}"/>')).code == 403
        data = (f'<chanib uri="{room}" name="{name} 2" behavior="AUDITORIUM">'
                '<info id="urn:parlano:ma:info:visibility">open</info></chanib>')
        assert (await refusal(bobby, "chanmodify", data)).code == 403
        changed = found(await client.command("chanmodify", data), "chanib")[0]
        assert (changed.get("name"), changed.get("behavior")) == (f"{name} 2", "AUDITORIUM")
        assert found(await client.next("ntc:chanmodify"), "chanib")[0].get("name") == f"{name} 2"
        seen = found(await bobby.command("getchan", f'<chanib uri="{room}"/>'), "chanib")[0]
        assert (seen.get("name"), seen.get("uri")) == (f"{name} 2", room)
        await client.command("chanmodify", f'<chanib uri="{room}" disabled="true"/>')
        assert (await refusal(client, "chanmodify", f'<chanib uri="{room}" disabled="false"/>')).code == 403
        assert (await refusal(bobby, "getchan", f'<chanib uri="{room}"/>')).code == 404


async def test_messages_are_found_by_words_dates_authors_and_numbers(deployment: Deployment) -> None:
    rooms = [await fresh_room(deployment), await fresh_room(deployment)]
    async with in_room(deployment, "alice", *rooms) as alice, in_room(deployment, "bobby", *rooms) as bobby:
        for number in range(4):
            await (alice, bobby)[number % 2].post(rooms[0], f"Report {number}: 10.0.0.{number} is down")
        await bobby.post(rooms[1], "reported elsewhere")

        async def ask(name: str, query: str, *where: str) -> list[list[str]]:
            event = await alice.command(
                name, "".join(f'<chanib uri="{room}"/>' for room in where or rooms[:1]) + f"<bcq>{query}</bcq>")
            return [[msg.findtext(f"{NAMESPACE}chat", "")[:8] for msg in room] for room in found(event, "chanib")]
        whole = [f"Report {number}" for number in range(4)]
        assert await ask("bcbydate", "") == [whole]
        assert await ask("bcbymsg", '<msgid value="3"/>') == [whole[:2]]
        assert await ask("bcbymsg", '<msgid value="3"/><sort reversed="true"/>') == [whole[3:]]
        assert await ask("bcbymsg", '<msgid value="4"/><limit cnt="1"/>') == [whole[2:3]]
        assert await ask("bcbydate", "<text>REPORT elsewhere</text>", *rooms) == [whole, ["reported"]]
        assert await ask("bcbydate", '<text matchCase="true">report</text>', *rooms) == [[], ["reported"]]
        assert await ask("bcbydate", '<text matchExactPhrase="true">0.2 is</text>') == [whole[2:3]]
        assert await ask("bcbydate", f'<author uri="{BOBBY}"/>', *rooms) == [[whole[1], whole[3]], ["reported"]]
        assert await ask("bcbydate", f'<author uri="{BOBBY}"/><msgid value="4"/>') == [[whole[1]]]
        assert await ask("bcbydate", '<date from="2000-01-01T00:00:00Z" to="9999-12-31T23:59:59Z"/>') == [whole]
        assert await ask("bcbydate", '<date to="2000-01-01T00:00:00Z"/>') == [[]]
        data = f'<chanib uri="{rooms[0]}"/><bcq><text>{"word " * 10_000}</text></bcq>'
        assert (await refusal(alice, "bcbydate", data)).code == 413


async def test_people_are_found_by_address(deployment: Deployment) -> None:
    async with signed_in(deployment, "alice") as alice:
        bobby = found(await alice.command("getuser", f'<uib uri="{BOBBY}"/>'), "uib")[0]
        assert bobby.get("uri") == BOBBY
        assert (await refusal(alice, "getuser", '<uib uri="sip:nobody@litwareinc.com"/>')).code == 404


async def test_descriptions_are_searched_when_asked(deployment: Deployment) -> None:
    word = uuid.uuid4().hex
    room = await fresh_room(deployment, "-Description", f"About {word}")
    async with signed_in(deployment, "alice") as alice:
        for extended, expected in (("false", []), ("true", [room])):
            query = f'<qib qtype="BYNAME" criteria="{word}" extended="{extended}"/>'
            event = await alice.command("chansrch", query)
            assert [one.get("uri") for one in found(event, "chanib")] == expected


async def test_managers_and_presenters_show_and_changes_of_that(deployment: Deployment) -> None:
    room = await fresh_room(deployment, "-Privacy", "Closed", "-Type", "Auditorium")
    await change(deployment, room, "-Members", f"{ALICE},{BOBBY}", "-Managers", ALICE)
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        joined = await bobby.join(room)
        assert {member.uri: member.operator for member in joined.members} == {ALICE: True, BOBBY: False}
        await change(deployment, room, "-Presenters", BOBBY)
        for client in (alice, bobby):
            notice = await client.next("ntc:permmodify")
            assert [(one.get("uri"), one[0].get("key")) for one in found(notice, "uib")] == [(BOBBY, "8080")]
        await change(deployment, room, "-Managers", f"{ALICE},{BOBBY}")
        notice = await alice.next("ntc:permmodify")
        assert [(one.get("uri"), one[0].get("key")) for one in found(notice, "uib")] == [(BOBBY, "16372")]
        assert {member.uri: member.operator for member in (await alice.join(room)).members}[BOBBY] is False


async def test_alerts_and_rich_text_arrive_with_their_plain_twin(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        assert alice.chat
        request = alice.post_request(room, "plain & simple")
        body = request.body.replace(b'<grpchat id="grpchat"', b'<grpchat id="grpchat" alert="true"').replace(
            b"</chat>", b"</chat><rtf>{\\rtf1\\b plain &amp; simple}</rtf>")
        assert body.count(b"alert") == body.count(b"</rtf>") == 1
        assert (await alice.send(alice.inside(alice.chat, "INFO", body))).status == 200
        for client in (alice, bobby):
            event = await client.next("grpchat", text="plain & simple")
            assert event.element.get("alert") == "true"
            assert found(event, "rtf")[0].text == "{\\rtf1\\b plain & simple}"
        kept = await bobby.bccontext(room)
        assert (found(kept, "msg")[-1].get("alert"), kept.history[-1].text) == ("true", "plain & simple")


async def test_a_purged_message_is_gone_from_history(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        await alice.post(room, "old and secret")
        assert (await alice.bccontext(room)).history[-1].text == "old and secret"
        identity = quoted(room_name(deployment, room))
        await deployment.parlour(
            "shell", "-c", f"Clear-CsPersistentChatRoom -Identity {identity} -EndDate '9999-12-31' -Confirm:$false",
            expect=0)
        assert (await alice.bccontext(room)).history == []
        await alice.post(room, "new")
        assert [one.text for one in (await alice.bccontext(room)).history] == ["new"]


async def test_a_crowd_is_not_told_of_every_step(deployment: Deployment, room: str) -> None:
    """Above the limit of participants there are no notices, and joining gets no list."""
    await deployment.parlour(
        "Set-CsPersistentChatConfiguration", "-Identity", "Global", "-ParticipantUpdateLimit", "2", expect=0)
    try:
        async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
            await alice.next("ntc:join")
            async with signed_in(deployment, "carol") as carol:
                joined = await carol.join(room)
                assert [member.uri for member in joined.members] == ["sip:carol@litwareinc.com"]
                await carol.post(room, "hello all")
                await bobby.next("grpchat", text="hello all")
                assert [event.kind for event in alice.events if event.kind == "ntc:join"] == ["ntc:join"]
    finally:
        await deployment.parlour(
            "Set-CsPersistentChatConfiguration", "-Identity", "Global", "-ParticipantUpdateLimit", "75", expect=0)


REMOVALS = [
    ("-Remove -Filter 'salary LIST'", ["lunch", "List of salaries", "the salary of Bob"]),
    ("-Remove -Filter 'salary list' -MatchClause Exact", [
        "lunch", "List of salaries", "the salary of Bob", "list: salary"]),
    ("-Remove -Filter 'lunch bob' -MatchClause Or", ["Salary list", "List of salaries", "list: salary"]),
    ("-Remove -Filter 'List' -CaseSensitive $true", ["lunch", "Salary list", "the salary of Bob", "list: salary"]),
    (f"-Remove -UserUri '{BOBBY}'", ["lunch", "List of salaries", "list: salary"]),
    ("-Remove -EndDate '2000-01-01'", [
        "lunch", "Salary list", "List of salaries", "the salary of Bob", "list: salary"]),
    ("-Remove -StartDate '2000-01-01'", []),
    ("-Filter lunch", ["This message was replaced by the Persistent Chat administrator.", "Salary list",
                       "List of salaries", "the salary of Bob", "list: salary"]),
    ("-Filter lunch -ReplaceMessage 'gone'", ["gone", "Salary list", "List of salaries", "the salary of Bob",
                                              "list: salary"]),
    ("-Remove -WhatIf", ["lunch", "Salary list", "List of salaries", "the salary of Bob", "list: salary"]),
]


@pytest.mark.parametrize(("arguments", "left"), REMOVALS)
async def test_an_administrator_removes_or_replaces_messages(
    deployment: Deployment, room: str, arguments: str, left: list[str]
) -> None:
    async with in_room(deployment, "alice", room) as alice, in_room(deployment, "bobby", room) as bobby:
        said = ["lunch", "Salary list", "List of salaries", "the salary of Bob", "list: salary"]
        for number, text in enumerate(said):
            await (alice, bobby)[number % 2].post(room, text)
        identity = quoted(room_name(deployment, room))
        outcome = await deployment.parlour(
            "shell", "-c", f"Remove-CsPersistentChatMessage -Identity {identity} {arguments}", expect=0)
        assert [one.text for one in (await alice.bccontext(room)).history] == left
        assert outcome.out.startswith("What if: ") == ("WhatIf" in arguments)


async def test_those_who_are_there_see_a_message_go(deployment: Deployment, room: str) -> None:
    async with in_room(deployment, "alice", room) as alice:
        await alice.post(room, "a secret")
        identity = quoted(room_name(deployment, room))
        await deployment.parlour(
            "shell", "-c", f"Remove-CsPersistentChatMessage -Identity {identity} -Remove", expect=0)
        notice = await alice.next("grpchat", number=2)
        assert "deleted" in notice.message.text
        assert "secret" not in notice.message.text


async def test_a_category_behind_its_wall_is_as_one_that_is_not_there(deployment: Deployment) -> None:
    category = f"Walls {uuid.uuid4()}"
    made = await deployment.parlour("shell", "-c", f"New-CsPersistentChatCategory -Name {quoted(category)} "
                                    "| Select-Object -ExpandProperty CategoryUri", expect=0)
    hidden, absent = made.out.strip(), f"ma-cat://litwareinc.com/{uuid.uuid4()}"
    async with signed_in(deployment, "bobby") as bobby:
        told = [await refusal(bobby, "chancreate", f'<chanib name="New" parent="{uri}"/>') for uri in (hidden, absent)]
    assert [one.code for one in told] == [404, 404]
    assert told[0].reason.replace(hidden, absent) == told[1].reason
    assert category not in told[0].reason
