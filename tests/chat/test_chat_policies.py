"""Which policy and configuration hold, how their identities are written, and what changes mean at once."""

import asyncio
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from tests.chat.stage_kit import Stage, refused, seen
from tests.storage.storage_kit import POOL, one_person

from parlour.addresses import RoomUri
from parlour.chat.events import ParticipantLeft
from parlour.chat.finding import RoomQuery
from parlour.chat.model import Content, Privacy, Room
from parlour.chat.policies import (
    ChatConfiguration,
    ChatPolicy,
    ServiceBook,
    checked_configuration,
    checked_policy,
    configuration_of,
    policy_of,
)
from parlour.chat.principals import RoomRole
from parlour.chat.rights import Act
from parlour.chat.scopes import CONFIGURATION_SCOPES, GLOBAL, POLICY_SCOPES, Scope, ScopeKind, parse_scope
from parlour.errors import CHAT_NOT_ENABLED, ParlourError
from parlour.storage.schema import pools

SITES = {"one.example.com": "North", "two.example.com": "South"}
VISITORS = Scope(ScopeKind.TAG, "Visitors")
KINDS = tuple(ScopeKind)
OUT = ChatPolicy(VISITORS, enabled=False)


# -- which one holds


def books() -> Iterator[tuple[ServiceBook, bool, bool]]:
    """Every combination of what there is: a policy that is granted, one of the site, each on or off."""
    choices = (None, True, False)
    for own, site, everybody, is_granted in product(choices, choices, choices, (True, False)):
        kept = [ChatPolicy(scope, enabled) for scope, enabled in (
            (VISITORS, own), (Scope(ScopeKind.SITE, "north"), site), (GLOBAL, everybody)) if enabled is not None]
        # nothing at all: the default
        expected = next((one for one in ([own] if is_granted else []) + [site, everybody] if one is not None), True)
        yield ServiceBook({policy.identity.key: policy for policy in kept}, {},
                          {1: "VISITORS"} if is_granted else {2: "Visitors"}, SITES), expected, is_granted


def test_a_persons_own_policy_beats_that_of_his_site_and_that_the_global_one() -> None:
    for book, expected, _ in books():
        assert policy_of(book, 1).enabled is expected, book


def test_nobody_gets_what_was_granted_to_another() -> None:
    for book, _, is_granted in books():
        if is_granted and VISITORS.key in book.policies:
            assert policy_of(book, 3).identity != VISITORS


@given(service=st.booleans(), site=st.booleans(), everybody=st.booleans(), pool=st.sampled_from([*SITES, "three"]))
def test_a_pools_own_configuration_beats_that_of_its_site_and_that_the_global_one(
    service: bool, site: bool, everybody: bool, pool: str
) -> None:
    scopes = [(Scope(ScopeKind.SERVICE, "two.example.com"), service), (Scope(ScopeKind.SITE, "South"), site),
              (Scope(ScopeKind.SITE, "North"), site), (GLOBAL, everybody)]
    kept = [ChatConfiguration(scope, number) for number, (scope, is_there) in enumerate(scopes, start=1) if is_there]
    book = ServiceBook({}, {one.identity.key: one for one in kept}, {}, SITES)
    here = {"one.example.com": [3], "two.example.com": [1, 2], "three": []}[pool]
    there = {one.default_chat_history for one in kept}
    expected = next((number for number in [*here, 4] if number in there), 30)
    assert configuration_of(book, pool).default_chat_history == expected


def test_without_any_everybody_may_and_the_defaults_hold() -> None:
    assert policy_of(ServiceBook(), 1) == ChatPolicy(GLOBAL, enabled=True)
    assert configuration_of(ServiceBook(), POOL) == ChatConfiguration(GLOBAL, 30, 20_000, 75, "")


# -- identities


@pytest.mark.parametrize(("text", "written", "shown"), [
    ("global", "Global", "Global"),
    (" GLOBAL ", "Global", "Global"),
    ("site:Redmond", "Site:Redmond", "Site:Redmond"),
    ("SITE: New York", "Site:New York", "Site:New York"),
    ("Sales", "Tag:Sales", "Sales"),
    ("tag:Sales", "Tag:Sales", "Sales"),
    ("service:persistentchatserver:Pool.Example.COM", "Service:PersistentChatServer:pool.example.com",
     "Service:PersistentChatServer:pool.example.com"),
])
def test_identities_are_read_and_written(text: str, written: str, shown: str) -> None:
    scope = parse_scope(text, KINDS)
    assert (str(scope), scope.shown) == (written, shown)
    assert Scope.read(written) == scope
    assert parse_scope(scope.shown, KINDS).key == scope.key


@pytest.mark.parametrize("text", [
    "", " ", "site:", "tag:", "tag: ", "tag:global", "site:global", "pool:Redmond", "site:a:b", "a:b", "Sales*",
    "site:*", "tag:a?",
    "a[b", "a\tb", "a\u202eb", "n" * 252, "service:pool.example.com", "service:PersistentChatServer:",
    "service:Registrar:pool.example.com", "PersistentChatServer:pool.example.com"])
def test_what_is_no_identity_is_refused(text: str) -> None:
    with pytest.raises(ParlourError) as fault:
        parse_scope(text, KINDS)
    assert fault.value.kind.name == "ChatScopeInvalid"


@pytest.mark.parametrize(("text", "kinds"), [
    ("service:PersistentChatServer:pool.example.com", POLICY_SCOPES), ("Sales", CONFIGURATION_SCOPES),
    ("tag:Sales", CONFIGURATION_SCOPES), ("global", (ScopeKind.TAG,))])
def test_a_scope_of_another_noun_is_refused(text: str, kinds: tuple[ScopeKind, ...]) -> None:
    with pytest.raises(ParlourError) as fault:
        parse_scope(text, kinds)
    assert fault.value.kind.name == "ChatScopeInvalid"


@given(st.text())
def test_any_text_is_an_identity_or_refused(text: str) -> None:
    try:
        scope = parse_scope(text, KINDS)
    except ParlourError as refusal:
        named = refusal.kind.name
    else:
        named = "ChatScopeInvalid" if Scope.read(str(scope)) == scope else "read as another one"
    assert named == "ChatScopeInvalid"


# -- what may be kept


@pytest.mark.parametrize(("field", "good", "bad"), [
    ("default_chat_history", (1, 30, 500), (-1, 0, 501)),
    ("max_file_size_kb", (0, 2**32 - 1), (-1, 2**32)),
    ("participant_update_limit", (0, 2**32 - 1), (-1, 2**32)),
    ("room_management_url", ("", "http://rooms", "HTTPS://rooms.example.com/?a=b&c"),
     ("rooms", "ftp://rooms", "javascript:alert(1)", "https://a b", "https://" + "a" * 1020, "https://a\r\nb")),
])
def test_settings_have_their_bounds(field: str, good: tuple[object, ...], bad: tuple[object, ...]) -> None:
    for value in good:
        checked_configuration(ChatConfiguration(**{field: value}))  # type: ignore[arg-type]  # a table of any fields
    for value in bad:
        with pytest.raises(ParlourError) as fault:
            checked_configuration(ChatConfiguration(**{field: value}))  # type: ignore[arg-type]
        assert fault.value.kind.name == "SettingInvalid"


def test_descriptions_have_their_bounds() -> None:
    checked_policy(ChatPolicy(description="ü" * 1024))
    for text in ("n" * 1025, "a\x00b"):
        with pytest.raises(ParlourError):
            checked_policy(ChatPolicy(description=text))


# -- the services


@pytest.fixture
async def ready(stage: Stage) -> Stage:
    await stage.core.load()
    return stage


async def bar(stage: Stage, number: int) -> None:
    """Grant person `number` a policy that keeps him out."""
    if stage.core.policies.find(VISITORS) is None:
        await stage.core.policies.add(OUT)
    await stage.core.policies.grant([one_person(number)], VISITORS)


async def test_a_new_deployment_lets_everybody_chat(ready: Stage) -> None:
    assert ready.core.policies.all() == [ChatPolicy(GLOBAL, enabled=True)]
    assert ready.core.configurations.all() == [ChatConfiguration()]
    assert ready.core.policies.of(one_person(1)).enabled


async def test_who_is_not_enabled_leaves_every_room_at_once_and_the_others_see_it(ready: Stage) -> None:
    rooms = [await ready.room("One"), await ready.room("Two", Privacy.CLOSED)]
    await ready.put(rooms[1], RoomRole.MEMBER, [str(one_person(1).address), str(one_person(2).address)])
    sessions = [ready.session(1), ready.session(1), ready.session(2)]
    for session in sessions:
        for room in rooms:
            await ready.chat.join(session, room.uri)
    await bar(ready, 1)
    assert [len(session.joined) for session in sessions] == [0, 0, 2]
    left = [event.room_id for event in sessions[2].outlet.events if isinstance(event, ParticipantLeft)]
    assert left == [room.id for room in rooms]
    message = await ready.post(sessions[2], rooms[0].uri, "among us")
    assert [seen(session) for session in sessions] == [[], [], [message.number]]


async def test_who_is_not_enabled_is_refused_everything(ready: Stage) -> None:
    room = await ready.room()
    session = await ready.joined(room)
    await ready.post(session, room.uri, "before")
    await bar(ready, 1)
    core, person = ready.core, one_person(1)
    for call in (
        ready.chat.join(session, room.uri), ready.history(person, room.uri, 10), ready.find_rooms(person, ""),
        core.finder.of_member(person), core.finder.of_manager(person), core.following.follow(person, room.uri),
        core.membership.ask(person, room.uri), core.pins.pinned(person, room.uri),
    ):
        assert await refused(call) == "ChatNotEnabled"
    with pytest.raises(ParlourError):
        ready.chat.post(session, room.uri, Content("after"))
    assert not any(decision.allowed for decision in (await core.access.explain(person, room)).values())


async def test_a_hidden_room_is_refused_as_one_that_is_not_there(ready: Stage) -> None:
    secret = await ready.room(privacy=Privacy.SECRET)
    await bar(ready, 1)
    for uri in (secret.uri, RoomUri(secret.uri.domain, "nothing")):
        with pytest.raises(ParlourError) as fault:
            await ready.core.access.room(one_person(1), uri, Act.SEE)
        assert str(fault.value) == f"{CHAT_NOT_ENABLED.text} {CHAT_NOT_ENABLED.remedy}"
        assert fault.value.target == str(one_person(1).address)


async def in_and_out(stage: Stage, room: Room) -> list[str]:
    """Say of persons 1 and 2 whether they may join."""
    async def tried(number: int) -> str:
        try:
            await stage.chat.join(stage.session(number), room.uri)
        except ParlourError as refusal:
            return refusal.kind.name
        return "in"
    return [await tried(1), await tried(2)]


async def test_policies_act_when_they_are_made_changed_granted_and_removed(ready: Stage) -> None:
    room, policies = await ready.room(), ready.core.policies
    await policies.add(OUT)
    assert await in_and_out(ready, room) == ["in", "in"]
    await policies.grant([one_person(1)], VISITORS)
    assert await in_and_out(ready, room) == ["ChatNotEnabled", "in"]
    await policies.change(ChatPolicy(Scope(ScopeKind.TAG, "VISITORS"), enabled=True))
    assert await in_and_out(ready, room) == ["in", "in"]
    await policies.change(ChatPolicy(GLOBAL, enabled=False))
    assert await in_and_out(ready, room) == ["in", "ChatNotEnabled"]
    await policies.add(ChatPolicy(Scope(ScopeKind.SITE, "default"), enabled=True))
    assert await in_and_out(ready, room) == ["in", "in"]
    await policies.change(OUT)
    assert await in_and_out(ready, room) == ["ChatNotEnabled", "in"]
    await policies.grant([one_person(1)], None)
    assert await in_and_out(ready, room) == ["in", "in"]
    await policies.remove(Scope(ScopeKind.SITE, "Default"))
    assert await in_and_out(ready, room) == ["ChatNotEnabled", "ChatNotEnabled"]
    await policies.remove(GLOBAL)
    assert await in_and_out(ready, room) == ["in", "in"]


async def test_a_site_that_gets_another_name_changes_who_is_in(ready: Stage) -> None:
    room = await ready.room()
    await ready.core.policies.add(ChatPolicy(Scope(ScopeKind.SITE, "Default"), enabled=False))
    assert await in_and_out(ready, room) == ["ChatNotEnabled"] * 2
    await ready.archive.database.write(lambda connection: connection.execute(update(pools).values(site="North")))
    await ready.core.load()
    assert await in_and_out(ready, room) == ["in", "in"]


async def test_who_joins_while_he_is_barred_is_not_in(ready: Stage) -> None:
    room, session = await ready.room(), ready.session(1)
    await ready.core.policies.add(OUT)
    admission = await ready.chat.admit(session, room.uri)
    await bar(ready, 1)
    assert not ready.chat.is_current(admission)
    assert await refused(ready.chat.join(session, room.uri)) == "ChatNotEnabled"


async def test_changes_at_one_moment_leave_the_last_one_in_force(ready: Stage) -> None:
    policies = ready.core.policies
    for last in (True, False):
        await asyncio.gather(*(policies.change(ChatPolicy(GLOBAL, enabled=enabled)) for enabled in (not last, last)))
        assert policies.of(one_person(1)).enabled is last
        assert (await ready.archive.stores.service.book()).policies[GLOBAL.key].enabled is last


async def test_policies_are_refused(ready: Stage) -> None:
    policies, site = ready.core.policies, Scope(ScopeKind.SITE, "Nowhere")
    assert await refused(policies.add(ChatPolicy(GLOBAL))) == "ChatPolicyExists"
    assert await refused(policies.add(ChatPolicy(site))) == "SiteUnknown"
    assert await refused(policies.change(OUT)) == "ChatPolicyNotFound"
    assert await refused(policies.remove(VISITORS)) == "ChatPolicyNotFound"
    assert await refused(policies.grant([one_person(1)], VISITORS)) == "ChatPolicyNotFound"
    await policies.add(OUT)
    assert await refused(policies.add(ChatPolicy(Scope(ScopeKind.TAG, "VISITORS")))) == "ChatPolicyExists"
    with pytest.raises(ParlourError):
        policies.at(site)
    assert policies.all() == [ChatPolicy(), OUT]


async def test_configurations_hold_at_once_for_their_pools(ready: Stage) -> None:
    kept, service = ready.core.configurations, Scope(ScopeKind.SERVICE, POOL)
    await kept.change(ChatConfiguration(GLOBAL, 10))
    await kept.add(ChatConfiguration(Scope(ScopeKind.SITE, "Default"), 20, 2, 3, "https://rooms"))
    await kept.add(ChatConfiguration(service, 40))
    of = [kept.of_pool(pool).default_chat_history for pool in (POOL, "second.litwareinc.com", "third")]
    assert of == [40, 20, 10]
    assert [one.identity for one in kept.all()] == [GLOBAL, Scope(ScopeKind.SITE, "Default"), service]
    await kept.remove(service)
    assert kept.home() == ChatConfiguration(Scope(ScopeKind.SITE, "Default"), 20, 2, 3, "https://rooms")
    await kept.remove(GLOBAL)
    assert kept.at(GLOBAL) == ChatConfiguration()


async def test_configurations_are_refused(ready: Stage) -> None:
    kept = ready.core.configurations
    absent = Scope(ScopeKind.SERVICE, "absent.litwareinc.com")
    assert await refused(kept.add(ChatConfiguration())) == "ChatConfigurationExists"
    assert await refused(kept.add(ChatConfiguration(absent))) == "PoolUnknown"
    assert await refused(kept.add(ChatConfiguration(Scope(ScopeKind.SITE, "Nowhere")))) == "SiteUnknown"
    assert await refused(kept.change(ChatConfiguration(absent))) == "ChatConfigurationNotFound"
    assert await refused(kept.remove(absent)) == "ChatConfigurationNotFound"
    assert await refused(kept.change(ChatConfiguration(GLOBAL, 501))) == "SettingInvalid"
    assert kept.all() == [ChatConfiguration()]


async def test_the_limit_of_participants_is_that_of_the_rooms_pool(ready: Stage) -> None:
    await ready.core.configurations.add(ChatConfiguration(Scope(ScopeKind.SERVICE, POOL), participant_update_limit=1))
    here, there = await ready.room("Here"), await ready.room("There", pool="second.litwareinc.com")
    for room, others in ((here, 0), (there, 1)):
        first = await ready.joined(room, 1)
        await ready.joined(room, 2)
        assert sum(event.room_id == room.id for event in first.outlet.events) == others


async def test_asking_costs_no_input_or_output(ready: Stage) -> None:
    await bar(ready, 1)
    await ready.archive.database.close()
    assert [ready.core.policies.of(one_person(number)).enabled for number in (1, 2)] == [False, True]
    assert ready.core.configurations.of_pool(POOL) == ChatConfiguration()


async def test_queries_are_refused_before_they_are_looked_at(ready: Stage) -> None:
    await bar(ready, 1)
    assert await refused(ready.core.finder.find(one_person(1), RoomQuery("n" * 1000))) == "ChatNotEnabled"
