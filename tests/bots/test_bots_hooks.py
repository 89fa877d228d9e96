"""Making hooks, what comes in through them, and commands."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from tests.bots.bots_kit import URL, Workshop, open_workshop
from tests.storage.storage_kit import DOMAIN, FOREST, one_person

from parlour.bots.model import Hook, HookKind, HookLimits, NewBot, NewHook
from parlour.bots.ports import Answer
from parlour.bots.slack import SlackPost
from parlour.chat.model import Privacy, Room, RoomType
from parlour.chat.principals import CategoryRole, RoomRole
from parlour.errors import ParlourError

COMMAND, INCOMING, OUTGOING = HookKind.COMMAND, HookKind.INCOMING, HookKind.OUTGOING


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with open_workshop(tmp_path, HookLimits(rate=3, per_room=3)) as workshop:
        yield workshop


def refusal(caught: pytest.ExceptionInfo[ParlourError]) -> str:
    return caught.value.kind.name


async def texts(shop: Workshop, room: Room) -> list[tuple[str, str]]:
    """Return who said what in a room."""
    return [(message.author_name, message.text) for message in await shop.stage.archive.last(room.id, 20)]


# -- making


async def test_who_manages_no_more_makes_no_hook(shop: Workshop) -> None:
    room = await shop.stage.room()
    with pytest.raises(ParlourError) as caught:
        await shop.hooks.create(room, NewHook(INCOMING, "ok"), one_person(1))
    assert refusal(caught) == "NotAManager"
    assert await shop.hooks.all() == []
    assert await shop.bots.all() == []


NO_HOOKS = [
    NewHook(INCOMING, ""), NewHook(INCOMING, "x" * 65), NewHook(INCOMING, "a\nb"), NewHook(INCOMING, "a\u202eb"),
    NewHook(INCOMING, "ok", "d" * 257), NewHook(INCOMING, "ok", url=URL), NewHook(OUTGOING, "ok"),
    NewHook(COMMAND, "ok"), NewHook(COMMAND, "Not ok", url=URL), NewHook(COMMAND, "/ok", url=URL),
    NewHook(COMMAND, "Ok", url=URL)]


async def test_what_no_hook_can_be_like(shop: Workshop) -> None:
    room = await shop.stage.room()
    for new in NO_HOOKS:
        with pytest.raises(ParlourError) as caught:
            await shop.hooks.create(room, new, None)
        assert refusal(caught) == "HookInvalid", new
    assert await shop.bots.all() == []


async def test_a_room_has_each_command_once_and_not_any_number_of_hooks(shop: Workshop) -> None:
    room = await shop.stage.room()
    await shop.hook(room, COMMAND, "deploy")
    with pytest.raises(ParlourError) as caught:
        await shop.hook(room, COMMAND, "deploy")
    assert refusal(caught) == "HookExists"
    await shop.hook(await shop.stage.room("Other"), COMMAND, "deploy")
    await shop.hook(room, INCOMING, "same")
    await shop.hook(room, INCOMING, "same")
    with pytest.raises(ParlourError) as caught:
        await shop.hook(room, OUTGOING)
    assert refusal(caught) == "HooksTooMany"


async def test_a_bot_is_made_and_takes_part(shop: Workshop) -> None:
    room = await shop.stage.room(privacy=Privacy.CLOSED, kind=RoomType.AUDITORIUM)
    await shop.stage.put(room, RoomRole.MEMBER, [str(one_person(2).address)])
    room = await shop.stage.put(room, RoomRole.MANAGER, [str(one_person(1).address)])
    made = await shop.hooks.create(room, NewHook(INCOMING, "Bäu Server!"), one_person(1))
    (bot,) = await shop.bots.all()
    assert bot.person.address.bare == f"bau-server-1@{DOMAIN}"
    assert (bot.person.display_name, bot.owner, made.hook.bot) == ("Bäu Server!", one_person(1), bot.person)
    people = await shop.stage.administration.room_people(room)
    own = str(bot.person.address)
    assert {one.name for one in people[RoomRole.MEMBER]} == {str(one_person(2).address), own}
    assert [one.name for one in people[RoomRole.PRESENTER]] == [own]
    await shop.hooks.take(await shop.hooks.behind(made.secret), SlackPost("built", ""))
    assert await texts(shop, room) == [("Bäu Server!", "built")]


async def test_whose_bot_it_may_be(shop: Workshop) -> None:
    room = await shop.stage.room()
    bot = await shop.bots.add(NewBot("Builds", f"builds@{DOMAIN}", owner=one_person(1)))
    new = NewHook(INCOMING, "one", bot=f"sip:builds@{DOMAIN}")
    managers = (one_person(1), one_person(2), bot.person)
    room = await shop.stage.put(room, RoomRole.MANAGER, [str(one.address) for one in managers])
    assert (await shop.hooks.create(room, new, one_person(1))).hook.bot == bot.person
    assert (await shop.hooks.create(room, new, None)).hook.bot == bot.person
    assert (await shop.hooks.create(room, new, bot.person)).hook.bot == bot.person
    with pytest.raises(ParlourError) as caught:
        await shop.hooks.create(room, new, one_person(2))
    assert refusal(caught) == "BotForeign"
    for stranger in (f"sip:nobody@{DOMAIN}", one_person(3).address.bare, "rubbish"):
        with pytest.raises(ParlourError) as caught:
            await shop.hooks.create(room, NewHook(INCOMING, "x", bot=stranger), None)
        assert refusal(caught) == "BotNotFound"


async def test_the_wall_holds_for_bots(shop: Workshop) -> None:
    room = await shop.stage.room(privacy=Privacy.CLOSED)
    await shop.bots.add(NewBot("First"))
    await shop.stage.wall(CategoryRole.DENIED, [f"OU=Bots,{FOREST}"])
    with pytest.raises(ParlourError) as caught:
        await shop.hook(room, INCOMING)
    assert refusal(caught) == "PrincipalsNotInScope"
    assert await shop.hooks.all() == []
    assert [bot.person.display_name for bot in await shop.bots.all()] == ["First"]


async def test_who_may_make_them(shop: Workshop, tmp_path: Path) -> None:
    room = await shop.stage.room()
    await shop.stage.put(room, RoomRole.MANAGER, [str(one_person(1).address)])
    assert await shop.hooks.managed(one_person(1), room.uri) == room
    with pytest.raises(ParlourError) as caught:
        await shop.hooks.managed(one_person(2), room.uri)
    assert refusal(caught) == "NotAManager"
    (tmp_path / "other").mkdir()
    async with open_workshop(tmp_path / "other", HookLimits(by_managers=False)) as strict:
        room = await strict.stage.room()
        await strict.stage.put(room, RoomRole.MANAGER, [str(one_person(1).address)])
        with pytest.raises(ParlourError) as caught:
            await strict.hooks.managed(one_person(1), room.uri)
        assert refusal(caught) == "HooksByAdministrators"


async def test_who_never_wrote_anything_is_gone(shop: Workshop) -> None:
    room = await shop.stage.room()
    hook = await shop.hook(room, INCOMING)
    bot = await shop.bots.find(str(hook.bot.address))
    await shop.bots.remove(bot)
    assert not await shop.bots.is_bot(bot.person.id)
    assert await shop.hooks.all() == []
    assert (await shop.bots.add(NewBot("Another", str(bot.person.address)))).person.address == bot.person.address


async def test_nobody_makes_any_number_of_bots(tmp_path: Path) -> None:
    async with open_workshop(tmp_path, HookLimits(per_owner=2)) as shop:
        room = await shop.stage.put(await shop.stage.room(), RoomRole.MANAGER, [str(one_person(1).address)])
        for _ in range(2):
            await shop.hooks.create(room, NewHook(INCOMING, "mine"), one_person(1))
        with pytest.raises(ParlourError) as caught:
            await shop.hooks.create(room, NewHook(INCOMING, "mine"), one_person(1))
        assert refusal(caught) == "BotsTooMany"
        (first, _) = await shop.bots.owned_by(one_person(1))
        again = NewHook(INCOMING, "mine", bot=first.person.address.bare)
        assert (await shop.hooks.create(room, again, one_person(1))).hook.bot == first.person
        await shop.hooks.create(room, NewHook(INCOMING, "ops"), None)


# -- in


async def test_only_the_hash_of_a_secret_is_kept(shop: Workshop) -> None:
    room = await shop.stage.room()
    made = await shop.hooks.create(room, NewHook(INCOMING, "ci"), None)
    assert (await shop.hooks.behind(made.secret)).guid == made.hook.guid
    kept = shop.stage.archive.database.read(lambda connection: connection.exec_driver_sql("SELECT * FROM hooks").all())
    assert made.secret not in str(await kept)
    for wrong in ("", made.secret[:-1], made.secret + "x", hashlib.sha256(made.secret.encode()).hexdigest(), "\ud800"):
        with pytest.raises(ParlourError) as caught:
            await shop.hooks.behind(wrong)
        assert refusal(caught) == "HookNotFound"


async def test_in_comes_so_much_a_minute(shop: Workshop) -> None:
    room = await shop.stage.room()
    made = await shop.hooks.create(room, NewHook(INCOMING, "ci"), None)
    other = await shop.hooks.create(room, NewHook(INCOMING, "other"), None)
    for _ in range(3):
        await shop.hooks.behind(made.secret)
    with pytest.raises(ParlourError) as caught:
        await shop.hooks.behind(made.secret)
    assert (refusal(caught), caught.value.details["seconds"]) == ("HooksTooOften", 20)
    await shop.hooks.behind(other.secret)
    shop.clock.advance(20)
    await shop.hooks.behind(made.secret)


async def test_the_same_key_posts_once_and_other_names_are_told(shop: Workshop) -> None:
    room = await shop.stage.room()
    made = await shop.hooks.create(room, NewHook(INCOMING, "ci"), None)
    for _ in range(2):
        await shop.hooks.take(made.hook, SlackPost("built", ""), "delivery 1")
    await shop.hooks.take(made.hook, SlackPost("built", "Jenkins"), "delivery 2")
    await shop.hooks.take(made.hook, SlackPost("built", "CI"))
    assert [text for _, text in await texts(shop, room)] == ["built", "Jenkins: built", "built"]


async def test_what_is_off_takes_nothing(shop: Workshop) -> None:
    room = await shop.stage.room()
    made = await shop.hooks.create(room, NewHook(INCOMING, "ci"), None)
    await shop.hooks.switch(made.hook, enabled=False)
    with pytest.raises(ParlourError) as caught:
        await shop.hooks.behind(made.secret)
    assert refusal(caught) == "HookOff"
    await shop.hooks.switch(made.hook, enabled=True)
    bot = await shop.bots.find(str(made.hook.bot.address))
    await shop.hooks.take(made.hook, SlackPost("it stays", ""))
    await shop.bots.remove(bot)
    with pytest.raises(ParlourError) as caught:
        await shop.hooks.behind(made.secret)
    assert refusal(caught) == "HookOff"
    assert await shop.bots.is_bot(bot.person.id)
    await shop.hooks.remove_all_of(bot.person)
    assert await shop.hooks.all() == []


# -- commands


async def command(shop: Workshop) -> tuple[Room, Hook]:
    room = await shop.stage.room()
    return room, await shop.hook(room, COMMAND, "deploy")


async def test_a_command_is_asked_as_slack_asks(shop: Workshop) -> None:
    room, hook = await command(shop)
    shop.network.answers.append(Answer(200, b'{"response_type": "in_channel", "text": "deploying <https://x.example>"}'))
    assert await shop.hooks.command(one_person(2), room.uri, " /Deploy  now & then\n ") is None
    url, headers, body = await shop.network.next()
    assert (url, headers["Content-Type"]) == (URL, "application/x-www-form-urlencoded")
    assert {name: values[0] for name, values in parse_qs(body.decode()).items()} == {
        "command": "/deploy", "text": "now & then", "user_id": one_person(2).address.bare, "user_name": "Person 2",
        "channel_id": f"{DOMAIN}/{room.uri.guid}", "channel_name": "Engineering", "team_domain": DOMAIN}
    secret = shop.vault.open(hook.sealed, "hook", hook.guid)
    stamp = headers["X-Slack-Request-Timestamp"]
    assert stamp == str(int(shop.clock.now().timestamp()))
    assert headers["X-Slack-Signature"] == "v0=" + hmac.new(
        secret, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    assert await texts(shop, room) == [("deploy", "deploying https://x.example")]


TOLD = [
    (b'{"text": "only you"}', "only you"), (b'{"response_type": "ephemeral", "text": "a &amp; b"}', "a & b"),
    (b'{"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "in a block"}}]}', "in a block"),
    (b"plain text", "plain text"), (b"", None), (b"{}", None), (b"  \n", None), (b"[1]", "[1]")]


async def test_what_only_one_is_told(shop: Workshop) -> None:
    room, _ = await command(shop)
    for body, expected in TOLD:
        shop.clock.advance(60)
        shop.network.answers.append(Answer(200, body))
        assert await shop.hooks.command(one_person(2), room.uri, "/deploy") == expected
    assert await texts(shop, room) == []


@pytest.mark.parametrize(("answer", "reason"), [("it is down", "it is down"), (Answer(500, b""), "its status is 500")])
async def test_a_command_that_fails_says_so(shop: Workshop, answer: Answer | str, reason: str) -> None:
    room, _ = await command(shop)
    shop.network.answers.append(answer)
    with pytest.raises(ParlourError, match=reason) as caught:
        await shop.hooks.command(one_person(2), room.uri, "/deploy")
    assert refusal(caught) == "CommandFailed"


async def test_what_is_no_command(shop: Workshop) -> None:
    room, _ = await command(shop)
    for typed in ("", "/", "deploy", "/ deploy", "/other", "//deploy", "/deploy" + "x" * 9000):
        with pytest.raises(ParlourError) as caught:
            await shop.hooks.command(one_person(2), room.uri, typed)
        assert refusal(caught) == "CommandUnknown", typed
    assert shop.network.calls.empty()


async def test_commands_are_for_whoever_may_post_and_not_too_often(shop: Workshop) -> None:
    room = await shop.stage.closed_room(1, 2)
    hook = await shop.hook(room, COMMAND, "deploy")
    with pytest.raises(ParlourError) as caught:
        await shop.hooks.command(one_person(3), room.uri, "/deploy")
    assert refusal(caught) == "NotAMember"
    assert [one.name for one in await shop.hooks.commands(one_person(2), room.uri)] == ["deploy"]
    for _ in range(3):
        await shop.hooks.command(one_person(2), room.uri, "/deploy")
    with pytest.raises(ParlourError) as caught:
        await shop.hooks.command(one_person(2), room.uri, "/deploy")
    assert refusal(caught) == "HooksTooOften"
    await shop.hooks.command(one_person(1), room.uri, "/deploy")
    await shop.hooks.switch(hook, enabled=False)
    assert await shop.hooks.commands(one_person(2), room.uri) == []
