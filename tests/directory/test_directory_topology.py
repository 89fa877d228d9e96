"""SIP domains and pools."""

import pytest
from tests.directory.directory_kit import Desk, new_person

from parlour.directory.topology import Pool, SipDomain
from parlour.errors import ParlourError

FIRST = SipDomain("litwareinc.com", is_default=True)


async def test_the_default_domain_comes_first(desk: Desk) -> None:
    assert await desk.topology.domains() == [FIRST]
    added = await desk.topology.add_domain("Contoso.COM")
    assert added == SipDomain("contoso.com", is_default=False)
    assert await desk.topology.domains() == [FIRST, added]


async def test_a_new_default_takes_the_place_of_the_former_one(desk: Desk) -> None:
    added = await desk.topology.add_domain("contoso.com", default=True)
    assert await desk.topology.domains() == [added, SipDomain("litwareinc.com", is_default=False)]


@pytest.mark.parametrize(("name", "error"), [
    ("LITWAREINC.com", "SipDomainExists"), ("contoso", "FqdnInvalid"), ("", "FqdnInvalid"),
])
async def test_bad_domains_are_refused_and_not_added(desk: Desk, name: str, error: str) -> None:
    for call in (desk.topology.check_new_domain, desk.topology.add_domain):
        with pytest.raises(ParlourError) as fault:
            await call(name)
        assert fault.value.kind.name == error
    assert await desk.topology.domains() == [FIRST]


async def test_a_domain_that_nobody_uses_can_be_removed(desk: Desk) -> None:
    await desk.topology.check_new_domain("contoso.com")
    await desk.topology.add_domain("contoso.com")
    await desk.topology.check_removable("CONTOSO.com")
    await desk.topology.remove_domain("CONTOSO.com")
    assert await desk.topology.domains() == [FIRST]


@pytest.mark.parametrize(("name", "error"), [
    ("litwareinc.com", "SipDomainInUse"), ("elsewhere.com", "SipDomainNotFound"), ("", "SipDomainNotFound"),
    ("contoso.com", "SipDomainInUse"),
])
async def test_a_domain_in_use_stays(desk: Desk, name: str, error: str) -> None:
    await desk.topology.add_domain("contoso.com")
    await desk.people.add(new_person("sip:Bob@Contoso.com"))
    for call in (desk.topology.check_removable, desk.topology.remove_domain):
        with pytest.raises(ParlourError) as fault:
            await call(name)
        assert fault.value.kind.name == error
    assert len(await desk.topology.domains()) == 2


async def test_a_domain_is_not_in_use_by_addresses_that_only_end_like_it(desk: Desk) -> None:
    await desk.topology.add_domain("oso.com")
    await desk.topology.add_domain("contoso.com")
    await desk.people.add(new_person("sip:bob@contoso.com"))
    await desk.topology.remove_domain("oso.com")
    with pytest.raises(ParlourError, match=r'"sip:bob@contoso\.com" has it'):
        await desk.topology.remove_domain("contoso.com")


async def test_pools_are_listed_as_they_were_made_the_home_of_people_first(desk: Desk) -> None:
    assert await desk.topology.pools() == [
        Pool("pool.litwareinc.com", "Default", 1), Pool("another.litwareinc.com", "Default", 2)]
