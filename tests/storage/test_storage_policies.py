"""Policies, grants and configurations as the database keeps them."""

import asyncio

import pytest
from sqlalchemy import select
from tests.storage.storage_kit import POOL, Archive, one_person

from parlour.chat.policies import ChatConfiguration, ChatPolicy
from parlour.chat.scopes import GLOBAL, Scope, ScopeKind
from parlour.errors import ParlourError
from parlour.storage.policies import SqlServiceStore
from parlour.storage.schema import people

SALES = Scope(ScopeKind.TAG, "Straße")
SITE, SERVICE = Scope(ScopeKind.SITE, "North"), Scope(ScopeKind.SERVICE, POOL)


@pytest.fixture
def store(archive: Archive) -> SqlServiceStore:
    return SqlServiceStore(archive.database)


async def granted(archive: Archive) -> list[str | None]:
    """Return what stands with each person."""
    query = select(people.c.chat_policy).order_by(people.c.id)
    return list(await archive.database.read(lambda connection: connection.execute(query).scalars().all()))


async def test_a_new_database_has_the_global_ones_and_knows_the_sites(store: SqlServiceStore) -> None:
    book = await store.book()
    assert (book.policies, book.configurations) == ({"global": ChatPolicy()}, {"global": ChatConfiguration()})
    assert (book.granted, book.sites, book.home) == ({}, {POOL: "Default", "second.litwareinc.com": "Default"}, POOL)


async def test_everything_comes_back_as_it_was_kept(store: SqlServiceStore) -> None:
    policies = [ChatPolicy(SALES, False, "ü" * 1024), ChatPolicy(SITE, True, "x")]
    configurations = [ChatConfiguration(SITE, 1, 2**32 - 1, 0, "https://rooms/?a=1&b=2"),
                      ChatConfiguration(SERVICE, 500)]
    for policy in policies:
        await store.policies.add(policy)
    for configuration in configurations:
        await store.configurations.add(configuration)
    book = await store.book()
    assert {GLOBAL.key: ChatPolicy(), **{one.identity.key: one for one in policies}} == book.policies
    assert {GLOBAL.key: ChatConfiguration(), **{one.identity.key: one for one in configurations}} == book.configurations


async def test_changing_keeps_the_name_as_it_was_first_spelt(store: SqlServiceStore) -> None:
    await store.policies.add(ChatPolicy(SALES, False))
    await store.policies.change(ChatPolicy(Scope(ScopeKind.TAG, "STRASSE"), True, "new"))
    assert (await store.book()).policies[SALES.key] == ChatPolicy(SALES, True, "new")
    await store.configurations.change(ChatConfiguration(GLOBAL, 7))
    assert (await store.book()).configurations["global"] == ChatConfiguration(GLOBAL, 7)


async def test_a_removed_policy_is_taken_from_everybody_and_does_not_come_back_with_its_name(
    archive: Archive, store: SqlServiceStore
) -> None:
    other = Scope(ScopeKind.TAG, "Other")
    for scope in (SALES, other):
        await store.policies.add(ChatPolicy(scope))
    await store.grant([one_person(1), one_person(2)], Scope(ScopeKind.TAG, "strasse"))
    await store.grant([one_person(3)], other)
    assert await granted(archive) == ["Straße", "Straße", "Other", None, None]
    await store.policies.remove(Scope(ScopeKind.TAG, "STRASSE"))
    await store.policies.add(ChatPolicy(SALES, False))
    assert await granted(archive) == [None, None, "Other", None, None]
    assert (await store.book()).granted == {3: "Other"}


async def test_a_sites_policy_takes_nothing_from_people_when_it_goes(archive: Archive, store: SqlServiceStore) -> None:
    await store.policies.add(ChatPolicy(Scope(ScopeKind.TAG, "North")))
    await store.policies.add(ChatPolicy(SITE))
    await store.grant([one_person(1)], Scope(ScopeKind.TAG, "North"))
    await store.policies.remove(SITE)
    assert (await granted(archive))[0] == "North"


async def test_a_grant_is_taken_away(archive: Archive, store: SqlServiceStore) -> None:
    await store.policies.add(ChatPolicy(SALES))
    await store.grant([one_person(number) for number in range(1, 6)], SALES)
    await store.grant([one_person(2), one_person(4)], None)
    assert await granted(archive) == ["Straße", None, "Straße", None, "Straße"]


async def test_what_is_absent_or_taken_is_refused_and_changes_nothing(archive: Archive, store: SqlServiceStore) -> None:
    before = await store.book()
    refusals = (
        (store.policies.add(ChatPolicy(GLOBAL, False)), "ChatPolicyExists"),
        (store.policies.change(ChatPolicy(SALES)), "ChatPolicyNotFound"),
        (store.policies.remove(SALES), "ChatPolicyNotFound"),
        (store.grant([one_person(1)], SALES), "ChatPolicyNotFound"),
        (store.configurations.add(ChatConfiguration(GLOBAL, 1)), "ChatConfigurationExists"),
        (store.configurations.change(ChatConfiguration(SERVICE)), "ChatConfigurationNotFound"),
        (store.configurations.remove(SERVICE), "ChatConfigurationNotFound"))
    for call, name in refusals:
        with pytest.raises(ParlourError) as fault:
            await call
        assert fault.value.kind.name == name
    assert await store.book() == before
    assert await granted(archive) == [None] * 5


async def test_of_two_who_make_the_same_policy_one_is_refused(store: SqlServiceStore) -> None:
    made = await asyncio.gather(*(store.policies.add(ChatPolicy(SALES, enabled)) for enabled in (True, False)),
                                return_exceptions=True)
    assert [type(one) for one in made] == [type(None), ParlourError]
    assert (await store.book()).policies[SALES.key].enabled
