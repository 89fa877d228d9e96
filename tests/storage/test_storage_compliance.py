"""Settings of the compliance service as the database keeps them."""

from datetime import timedelta

import pytest
from tests.storage.storage_kit import POOL, Archive

from parlour.chat.scopes import GLOBAL, Scope, ScopeKind
from parlour.compliance.settings import ComplianceConfiguration, ComplianceConfigurations
from parlour.errors import ParlourError
from parlour.storage.compliance import SqlComplianceStore

SITE, SERVICE = Scope(ScopeKind.SITE, "Default"), Scope(ScopeKind.SERVICE, POOL)


@pytest.fixture
async def kept(archive: Archive) -> ComplianceConfigurations:
    found = ComplianceConfigurations(SqlComplianceStore(archive.database))
    await found.load()
    return found


async def test_everything_comes_back_as_it_was_kept(archive: Archive, kept: ComplianceConfigurations) -> None:
    whole = ComplianceConfiguration(
        SERVICE, "Type, assembly", "ü" * 256, "/out", timedelta(days=30), one_chat_room_per_output_file=True,
        add_chat_room_details=True, add_user_details=True, create_file_attachments_manifest=True,
        custom_configuration="<a/>\n" * 100_000)
    await kept.add(whole)
    await kept.change(ComplianceConfiguration(GLOBAL, run_interval=timedelta(minutes=1)))
    another = ComplianceConfigurations(SqlComplianceStore(archive.database))
    await another.load()
    assert another.all() == [ComplianceConfiguration(GLOBAL, run_interval=timedelta(minutes=1)), whole]


async def test_the_closest_settings_hold_for_a_pool(kept: ComplianceConfigurations) -> None:
    assert kept.of_pool(POOL) == ComplianceConfiguration()
    for scope in (GLOBAL, SITE, SERVICE):
        made = ComplianceConfiguration(scope, adapter_name=str(scope))
        await (kept.change(made) if scope == GLOBAL else kept.add(made))
        assert kept.of_pool(POOL) == made
        assert kept.of_pool("nowhere.example.com").identity == GLOBAL
    await kept.remove(SERVICE)
    assert kept.of_pool(POOL).identity == SITE


async def test_the_global_ones_are_always_there_and_only_get_their_defaults_back(
    kept: ComplianceConfigurations
) -> None:
    assert kept.at(GLOBAL) == ComplianceConfiguration()
    await kept.change(ComplianceConfiguration(GLOBAL, "X"))
    assert kept.at(GLOBAL).adapter_type == "X"
    for _ in range(2):
        await kept.remove(GLOBAL)
        assert kept.all() == [ComplianceConfiguration()]


async def test_what_is_absent_or_taken_is_refused_by_the_store_too(archive: Archive) -> None:
    store = SqlComplianceStore(archive.database).configurations
    await store.add(ComplianceConfiguration(SITE))
    for call, name in (
        (store.add(ComplianceConfiguration(Scope(ScopeKind.SITE, "DEFAULT"))), "ComplianceConfigurationExists"),
        (store.change(ComplianceConfiguration(SERVICE)), "ComplianceConfigurationNotFound"),
        (store.remove(SERVICE), "ComplianceConfigurationNotFound"),
    ):
        with pytest.raises(ParlourError) as fault:
            await call
        assert fault.value.kind.name == name


async def test_a_stylesheet_has_its_bound(kept: ComplianceConfigurations) -> None:
    await kept.change(ComplianceConfiguration(custom_configuration="x" * 2**20))
    with pytest.raises(ParlourError) as fault:
        await kept.change(ComplianceConfiguration(custom_configuration="x" * (2**20 + 1)))
    assert fault.value.kind.name == "SettingInvalid"
