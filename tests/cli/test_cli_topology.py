"""Pools, their state and servers, services, and the default SIP domain, by the real command."""

from collections.abc import Iterator

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, Place

SECOND = f"atl-pcpool-002.{SIP_DOMAIN}"
IDENTITY, SECOND_IDENTITY = f"PersistentChatServer:{POOL}", f"PersistentChatServer:{SECOND}"
OWN = f"sip:GC-2-PersistentChatService-2@{SIP_DOMAIN}"
GET, SET, SERVERS = "Get-CsPersistentChatState", "Set-CsPersistentChatState", "Set-CsPersistentChatActiveServer"
CONFIGURE, COMPLY = "New-CsPersistentChatConfiguration", "New-CsPersistentChatComplianceConfiguration"
IDENTITIES = " | Select-Object -ExpandProperty Identity"


@pytest.fixture
def second(place: Place) -> Iterator[Place]:
    """A deployment with a second pool, at a site of its own."""
    place.prints("New-CsPool", "-Identity", SECOND.upper(), "-Site", "North")
    yield place
    place.prints("Remove-CsPool", SECOND, "-Force")


@pytest.fixture
def declared(place: Place) -> Iterator[Place]:
    """One whose pool is normal and active again when the test ends."""
    yield place
    place.run(SET, "-PoolState", "Normal")
    place.run(SERVERS, "-ActiveServers", POOL)


def servers(place: Place) -> dict[object, tuple[object, object]]:
    """Return the active and inactive servers of every pool."""
    return {service["PoolFqdn"]: (service["ActiveServers"], service["InactiveServers"])
            for service in place.objects("Get-CsService -PersistentChatServer")}


# -- pools


def test_the_whole_life_of_a_pool(place: Place) -> None:
    printed = place.prints("New-CsPool", SECOND, "-Site", "North")
    assert f"Fqdn      : {SECOND}\nSite      : Site:North\n" in printed
    try:
        assert place.lines("Get-CsPool" + IDENTITIES) == [POOL, SECOND]
        assert place.lines("Get-CsPool -Site north" + IDENTITIES) == [SECOND]
        (own,) = place.objects(f"Get-CsPersistentChatEndpoint {OWN}")
        assert own["RegistrarPool"] == SECOND
        assert place.fails("Remove-CsPersistentChatEndpoint", OWN).id == "PersistentChatEndpointAutomatic"
    finally:
        assert place.prints("Remove-CsPool", SECOND) == ""
    assert place.lines("Get-CsPool" + IDENTITIES) == [POOL]
    assert OWN.lower() not in place.addresses()


def test_settings_can_be_made_for_a_new_pool_and_site_at_once_and_go_with_the_pool(second: Place) -> None:
    service = f"service:{SECOND_IDENTITY}"
    for cmdlet in (CONFIGURE, COMPLY):
        for scope in ("site:north", service):
            second.prints(cmdlet, scope)
    second.prints("New-CsPersistentChatPolicy", "site:North")
    second.prints("Remove-CsPool", SECOND)
    for noun in ("Configuration", "ComplianceConfiguration"):
        assert second.lines(f"Get-CsPersistentChat{noun}{IDENTITIES}") == ["Global", "Site:north"]
    assert second.fails(CONFIGURE, service).id == "PoolUnknown"
    for noun in ("Policy", "Configuration", "ComplianceConfiguration"):
        second.prints(f"Remove-CsPersistentChat{noun}", "site:North")
        assert second.fails(f"New-CsPersistentChat{noun}", "site:North").id == "SiteUnknown"


def test_rooms_can_be_made_in_a_new_pool_which_then_stays(copy: Place) -> None:
    copy.prints("New-CsPool", SECOND)
    copy.prints("New-CsPersistentChatCategory", "-Name", "Far", "-PersistentChatPoolFqdn", SECOND)
    held = copy.fails("Remove-CsPool", SECOND)
    assert held.facts == ("PoolInUse", "InvalidOperation", SECOND)
    assert "categories" in held.message
    copy.prints("New-CsPersistentChatRoom", "-Name", "Away", "-Category", rf"{SECOND}\Far")
    assert "rooms" in copy.fails("Remove-CsPool", SECOND).message
    copy.prints("Remove-CsPersistentChatRoom", rf"{SECOND}\Away", "-Confirm:$false")
    copy.prints("Remove-CsPersistentChatCategory", rf"{SECOND}\Far", "-Confirm:$false")
    assert copy.prints("Remove-CsPool", SECOND) == ""


def test_an_endpoint_keeps_a_pool(second: Place) -> None:
    second.prints("New-CsPersistentChatEndpoint", "-SipAddress", f"sip:far@{SIP_DOMAIN}",
                  "-PersistentChatPoolFqdn", SECOND)
    assert f"sip:far@{SIP_DOMAIN}" in second.fails("Remove-CsPool", SECOND).message
    second.prints("Remove-CsPersistentChatEndpoint", f"sip:far@{SIP_DOMAIN}", "-Confirm:$false")


def test_a_site_keeps_its_spelling(second: Place) -> None:
    third = f"third.{SIP_DOMAIN}"
    second.prints("New-CsPool", third, "-Site", " NORTH ")
    assert second.objects(f"Get-CsPool {third}")[0]["Site"] == "Site:North"
    second.prints("shell", "-c", f"Get-CsPool {third} | Remove-CsPool")


def test_where_people_are_at_home_may_go_when_it_is_empty(copy: Place) -> None:
    copy.prints("New-CsPool", SECOND)
    copy.prints("shell", "-c", "Get-CsPersistentChatRoom | Remove-CsPersistentChatRoom -Confirm:$false; "
                "Get-CsPersistentChatCategory | Remove-CsPersistentChatCategory -Confirm:$false; "
                f"Remove-CsPersistentChatEndpoint sip:pce@{SIP_DOMAIN} -Confirm:$false")
    outcome = copy.run("Remove-CsPool", POOL)
    assert (outcome.status, outcome.out) == (0, "")
    assert "People were at home" in outcome.err
    assert copy.lines("Get-CsPool" + IDENTITIES) == [SECOND]


POOLS_REFUSED = {
    "there": (("New-CsPool", POOL.upper()), "PoolExists", 1),
    "no name": (("New-CsPool", "pool"), "FqdnInvalid", 1),
    "nothing": (("New-CsPool", ""), "ParameterValueInvalid", 2),
    "a scope": (("New-CsPool", SECOND, "-Site", "site:North"), "SettingInvalid", 1),
    "an empty site": (("New-CsPool", SECOND, "-Site", " "), "SettingInvalid", 1),
    "a long site": (("New-CsPool", SECOND, "-Site", "n" * 65), "SettingInvalid", 1),
    "the last": (("Remove-CsPool", POOL), "PoolInUse", 1),
    "absent": (("Remove-CsPool", SECOND), "PoolUnknown", 1),
}


@pytest.mark.parametrize(("words", "name", "status"), POOLS_REFUSED.values(), ids=POOLS_REFUSED.keys())
def test_pools_are_refused(running: Place, words: tuple[str, ...], name: str, status: int) -> None:
    assert running.fails(*words, status=status).id == name


def test_dry_runs_of_pools_change_nothing(second: Place) -> None:
    with second.unchanged():
        for words in (("New-CsPool", f"third.{SIP_DOMAIN}"), ("Remove-CsPool", SECOND)):
            assert second.prints(*words, "-WhatIf").startswith("What if: ")


# -- states and servers


def test_a_pool_is_normal_until_it_is_declared_failed_over(declared: Place) -> None:
    assert declared.objects(GET) == [{"Identity": IDENTITY, "PoolState": "Normal"}]
    outcome = declared.run(SET, "-Identity", IDENTITY, "-PoolState", "failedover")
    assert (outcome.status, outcome.out) == (0, "")
    assert "does not act on it" in outcome.err
    assert declared.objects(GET) == [{"Identity": IDENTITY, "PoolState": "FailedOver"}]
    assert declared.prints(SET, f"service:{IDENTITY}", "-PoolState", "Normal") == ""
    assert declared.objects(f"{GET} {IDENTITY.lower()}") == [{"Identity": IDENTITY, "PoolState": "Normal"}]


def test_states_go_through_pipelines(second: Place) -> None:
    second.shell(f"{GET} -Filter '*-002.*' | {SET} -PoolState FailedOver")
    assert second.objects(GET) == [{"Identity": IDENTITY, "PoolState": "Normal"},
                                   {"Identity": SECOND_IDENTITY, "PoolState": "FailedOver"}]
    with second.unchanged():
        second.prints("shell", "-c", f"{GET} | {SET}")  # each keeps what it has
    second.prints("shell", "-c", f"{GET} | {SET} -PoolState Normal")
    assert {state["PoolState"] for state in second.objects(GET)} == {"Normal"}


def test_servers_are_switched(declared: Place) -> None:
    assert servers(declared) == {POOL: ([POOL], [])}
    for words, active in (
        (("-Swap",), False), (("-Swap",), True), (("-ActiveServers", "$null"), False),
        (("-ActiveServers", f'@{{Add="{POOL.upper()}"}}'), True), (("-ActiveServers", f'@{{Remove="{POOL}"}}'), False),
        (("-ActiveServers", f'@{{Replace="{POOL}","{POOL}"}}'), True),
    ):
        outcome = declared.run(SERVERS, IDENTITY, *words)
        assert (outcome.status, outcome.out) == (0, ""), outcome
        assert ("no active server" in outcome.err) is not active
        assert servers(declared) == {POOL: ([POOL], []) if active else ([], [POOL])}


def test_a_pools_state_goes_with_it(second: Place) -> None:
    second.run(SERVERS, SECOND_IDENTITY, "-Swap")
    second.run(SET, SECOND_IDENTITY, "-PoolState", "FailedOver")
    assert servers(second)[SECOND] == ([], [SECOND])
    second.prints("shell", "-c", f"Remove-CsPool {SECOND}; New-CsPool {SECOND} | Out-Null")
    assert servers(second)[SECOND] == ([SECOND], [])


STATES_REFUSED = {
    "no state": ((SET, "-PoolState", "Broken"), "ParameterValueInvalid", 2),
    "no pool": ((SET, f"PersistentChatServer:{SECOND}", "-PoolState", "Normal"), "PoolUnknown", 1),
    "get no pool": ((GET, f"PersistentChatServer:{SECOND}"), "PoolUnknown", 1),
    "no service": ((GET, POOL), "ServiceIdentityInvalid", 1),
    "another service": ((GET, f"Registrar:{POOL}"), "ServiceIdentityInvalid", 1),
    "another scope": ((GET, "site:Default"), "ServiceIdentityInvalid", 1),
    "no domain name": ((GET, "PersistentChatServer:pool"), "FqdnInvalid", 1),
    "both": ((GET, "-Identity", IDENTITY, "-Filter", "*"), "ParameterSetUnresolved", 2),
    "another server": ((SERVERS, "-ActiveServers", SECOND), "ServerUnknown", 1),
    "remove another": ((SERVERS, "-ActiveServers", f'@{{Remove="{SECOND}"}}'), "ServerUnknown", 1),
    "no server": ((SERVERS, "-ActiveServers", "server"), "FqdnInvalid", 1),
    "both ways": ((SERVERS, "-Swap", "-ActiveServers", POOL), "ParameterSetUnresolved", 2),
    "servers of nothing": ((SERVERS, f"Registrar:{POOL}", "-Swap"), "ServiceIdentityInvalid", 1),
}


@pytest.mark.parametrize(("words", "name", "status"), STATES_REFUSED.values(), ids=STATES_REFUSED.keys())
def test_states_are_refused(running: Place, words: tuple[str, ...], name: str, status: int) -> None:
    assert running.fails(*words, status=status).id == name


def test_one_of_several_pools_must_be_named(second: Place) -> None:
    for words in ((SET, "-PoolState", "FailedOver"), (SERVERS, "-Swap")):
        assert second.fails(*words).id == "ParameterMissing"


def test_dry_runs_declare_nothing(running: Place) -> None:
    with running.unchanged():
        for words in ((SET, "-PoolState", "FailedOver"), (SERVERS, "-Swap")):
            assert running.prints(*words, "-WhatIf").startswith(f'What if: Performing the operation "{words[0]}"')


# -- services


def test_the_chat_service_has_its_properties(place: Place) -> None:
    (service,) = place.objects("Get-CsService -PersistentChatServer")
    filled = {name: value for name, value in service.items() if value is not None}
    assert filled == {
        "Identity": IDENTITY, "PoolFqdn": POOL, "DisplayName": "Persistent Chat Service", "ActiveServers": [POOL],
        "InactiveServers": [], "PersistentChatDatabase": "SQLite", "DependentServiceList": [],
        "ServiceId": "1-PersistentChatServer-1", "SiteId": "Site:Default", "Role": "PersistentChatServer"}
    assert set(service) - set(filled) == {
        "Registrar", "FileStore", "MtlsPort", "MirrorPersistentChatDatabase", "BackupPersistentChatDatabase",
        "BackupMirrorPersistentChatDatabase", "PersistentChatComplianceDatabase",
        "MirrorPersistentChatComplianceDatabase", "BackupPersistentChatComplianceDatabase",
        "BackupMirrorPersistentChatComplianceDatabase", "Version"}


DATABASE = f"PersistentChatDatabase:{POOL}"


@pytest.mark.parametrize(("words", "found"), [
    ((), [IDENTITY, DATABASE]),
    ((IDENTITY.upper(),), [IDENTITY]),
    (("-Identity", f"service:{DATABASE}"), [DATABASE]),
    (("-Filter", "*server:*"), [IDENTITY]),
    (("-PoolFqdn", POOL.upper()), [IDENTITY, DATABASE]),
    (("-PersistentChatDatabase", "-PoolFqdn", POOL), [DATABASE]),
    (("-PersistentChatServer:$false",), [IDENTITY, DATABASE]),
    (("-PersistentChatComplianceDatabase",), []),
    (("-Registrar",), []),
    (("-VideoInteropServer", "-PoolFqdn", POOL), []),
])
def test_services_are_found(running: Place, words: tuple[str, ...], found: list[str]) -> None:
    assert running.prints("Get-CsService", *words, "|", "Select-Object", "-ExpandProperty",
                          "Identity").splitlines() == found


@pytest.mark.parametrize(("words", "name", "status"), [
    (("-Registrar", "-PersistentChatServer"), "ParameterSetUnresolved", 2),
    (("-PersistentChatServer", "-Filter", "*"), "ParameterSetUnresolved", 2),
    (("-PersistentChatServer", "-Identity", IDENTITY), "ParameterSetUnresolved", 2),
    ((f"Registrar:{POOL}",), "ServiceNotFound", 1),
    (("-PoolFqdn", SECOND), "PoolUnknown", 1),
])
def test_services_are_refused(running: Place, words: tuple[str, ...], name: str, status: int) -> None:
    assert running.fails("Get-CsService", *words, status=status).id == name


# -- the default SIP domain


def test_another_domain_becomes_the_default(copy: Place) -> None:
    copy.prints("New-CsSipDomain", "fabrikam.com")
    assert copy.prints("Set-CsSipDomain", "-Identity", "FABRIKAM.com", "-IsDefault", "$true") == ""
    assert {one["Identity"]: one["IsDefault"] for one in copy.objects("Get-CsSipDomain")} == {
        "fabrikam.com": True, SIP_DOMAIN: False}
    copy.prints("New-CsPool", SECOND)
    assert "sip:gc-2-persistentchatservice-2@fabrikam.com" in copy.addresses()


@pytest.mark.parametrize(("words", "name"), [
    ((SIP_DOMAIN, "-IsDefault", "$false"), "SipDomainDefaultNeeded"),
    (("fabrikam.net", "-IsDefault", "$true"), "SipDomainNotFound"),
    (("-IsDefault", "$true"), "ParameterMissing"),
])
def test_default_domains_are_refused(running: Place, words: tuple[str, ...], name: str) -> None:
    assert running.fails("Set-CsSipDomain", *words).id == name


def test_a_domain_is_left_as_it_is(running: Place) -> None:
    with running.unchanged():
        assert running.prints("Set-CsSipDomain", SIP_DOMAIN) == ""
        assert running.prints("Set-CsSipDomain", SIP_DOMAIN, "-IsDefault", "$true", "-WhatIf").startswith("What if: ")


# -- roles


def test_roles(running: Place) -> None:
    cmdlets = {str(role["Identity"]): str(role["Cmdlets"]) for role in running.objects("Get-CsAdminRole")}

    def holders(name: str) -> set[str]:
        return {role.removeprefix("Cs") for role, names in cmdlets.items() if name in names}
    chat = {"Administrator", "ServerAdministrator", "PersistentChatAdministrator"}
    for name in (SET, SERVERS):
        assert holders(name) == chat
    for name in (GET, "Get-CsService"):
        assert holders(name) == chat | {"HelpDesk", "ViewOnlyAdministrator"}
    for name in ("New-CsPool", "Remove-CsPool", "Set-CsSipDomain"):
        assert holders(name) == {"Administrator"}
