"""Endpoints: contact objects that give pools their SIP addresses."""

import pytest
from tests.directory.directory_kit import OWN, POOL, Desk, new_endpoint, new_person

from parlour.addresses import DistinguishedName, Fqdn, SipAddress
from parlour.directory.contacts import NewEndpoint, insert_endpoint
from parlour.errors import ParlourError

PCE = "sip:Pce@litwareinc.com"
CONTAINER = ("CN=Application Contacts,CN=RTC Service,CN=Services,CN=Configuration,DC=litwareinc,DC=com")


async def test_an_endpoint_comes_back_as_it_was_made(desk: Desk) -> None:
    made = await desk.contacts.add(new_endpoint(PCE, "Endpoint 1"))
    assert (str(made.address), made.display_name, made.pool, made.automatic) == (PCE, "Endpoint 1", POOL.name, False)
    assert (made.created_at, made.changed_at) == (desk.clock.now(), desk.clock.now())
    assert [str(one.address) for one in await desk.contacts.all()] == [OWN, PCE]


async def test_an_endpoint_has_a_distinguished_name(desk: Desk) -> None:
    made = await desk.contacts.add(new_endpoint(PCE))
    assert str(desk.contacts.distinguished_name(made)) == f"CN={{{made.guid}}},{CONTAINER}"
    assert desk.contacts.distinguished_name(made).is_within(DistinguishedName.parse("DC=litwareinc,DC=com"))


async def test_without_a_display_name_the_address_serves(desk: Desk) -> None:
    assert (await desk.contacts.add(new_endpoint(PCE))).display_name == "Pce@litwareinc.com"
    long = await desk.contacts.add(new_endpoint(f"sip:{'x' * 400}@litwareinc.com"))
    assert long.display_name == "x" * 256


@pytest.mark.parametrize("identity", [
    PCE, "sip:pce@litwareinc.com", "SIP:PCE@LITWAREINC.COM", "Endpoint 1", "ENDPOINT 1",
    f"CN={{contact-1}},{CONTAINER}", f"cn={{CONTACT-1}},{CONTAINER.lower()}",
    f"CN={{contact-1}}, {CONTAINER.replace(',', ' , ')}",
])
async def test_an_endpoint_is_found_by_address_name_or_distinguished_name(desk: Desk, identity: str) -> None:
    made = await desk.contacts.add(new_endpoint(PCE, "Endpoint 1"))
    await desk.contacts.add(new_endpoint("sip:other@litwareinc.com", "Endpoint 2"))
    assert await desk.contacts.find(identity) == made


@pytest.mark.parametrize("identity", [
    "", "Endpoint", "Endpoint 1 ", "contact-1", "{contact-1}", f"CN=contact-1,{CONTAINER}", "sip:pc@litwareinc.com",
    "%", "sip:alice@litwareinc.com", f"CN={{contact-1}},{CONTAINER},DC=org",
])
async def test_no_other_is_found(desk: Desk, identity: str) -> None:
    await desk.contacts.add(new_endpoint(PCE, "Endpoint 1"))
    await desk.people.add(new_person("sip:alice@litwareinc.com"))
    with pytest.raises(ParlourError) as fault:
        await desk.contacts.find(identity)
    assert fault.value.kind.name == "PersistentChatEndpointNotFound"


async def test_a_display_name_of_two_is_ambiguous_and_their_addresses_are_not(desk: Desk) -> None:
    made = [await desk.contacts.add(new_endpoint(f"sip:{user}@litwareinc.com", name))
            for user, name in (("one", "Same"), ("two", "same"))]
    with pytest.raises(ParlourError) as fault:
        await desk.contacts.find("SAME")
    assert fault.value.kind.name == "PersistentChatEndpointAmbiguous"
    assert [await desk.contacts.find(str(one.address)) for one in made] == made


async def test_a_display_name_cannot_hide_the_one_whose_address_it_is(desk: Desk) -> None:
    made = await desk.contacts.add(new_endpoint(PCE))
    await desk.contacts.add(new_endpoint("sip:other@litwareinc.com", PCE))
    assert await desk.contacts.find(PCE) == made


@pytest.mark.parametrize(("address", "name", "pool", "error"), [
    (OWN.lower(), None, POOL, "SipAddressTaken"),
    ("sip:ALICE@litwareinc.com", None, POOL, "SipAddressTaken"),
    ("sip:x@contoso.com", None, POOL, "SipDomainUnknown"),
    ("sip:x@litwareinc.com", None, Fqdn.parse("nowhere.litwareinc.com"), "PoolUnknown"),
    ("sip:x@litwareinc.com", " ", POOL, "DisplayNameInvalid"),
    ("sip:x@litwareinc.com", "x\x00", POOL, "DisplayNameInvalid"),
])
async def test_bad_endpoints_are_refused_and_not_made(
    desk: Desk, address: str, name: str | None, pool: Fqdn, error: str
) -> None:
    await desk.people.add(new_person("sip:alice@litwareinc.com"))
    new = new_endpoint(address, name, pool)
    for call in (desk.contacts.check_new, desk.contacts.add):
        with pytest.raises(ParlourError) as fault:
            await call(new)
        assert fault.value.kind.name == error
    assert [str(one.address) for one in await desk.contacts.all()] == [OWN]


async def pool_at(desk: Desk, address: str | SipAddress) -> str | None:
    found = await desk.contacts.service_at(SipAddress.parse(address) if isinstance(address, str) else address)
    assert found is None or found.automatic
    return None if found is None else found.pool


async def another_pool(desk: Desk) -> Fqdn:
    """Give the second pool what every pool has: its own endpoint."""
    pool = Fqdn.parse("another.litwareinc.com")
    own = NewEndpoint(SipAddress.parse("sip:own-of-another@litwareinc.com"), pool, "Another", automatic=True)
    await desk.database.write(lambda connection: insert_endpoint(connection, own, "another", desk.clock.now()))
    return pool


async def test_an_address_leads_to_its_pool_until_it_is_removed(desk: Desk) -> None:
    made = await desk.contacts.add(new_endpoint(PCE, pool=await another_pool(desk)))
    assert await pool_at(desk, PCE.lower()) == "another.litwareinc.com"
    await desk.contacts.remove(made)
    assert await pool_at(desk, made.address) is None
    assert (await desk.contacts.add(new_endpoint(PCE))).address == made.address


async def test_a_pools_own_endpoint_stays(desk: Desk) -> None:
    own = await desk.contacts.automatic(POOL.name)
    assert str(own.address) == OWN
    with pytest.raises(ParlourError) as fault:
        await desk.contacts.remove(own)
    assert fault.value.kind.name == "PersistentChatEndpointAutomatic"
    assert await pool_at(desk, own.address) == POOL.name


async def test_the_own_endpoints_of_pools_come_in_the_order_of_the_pools(desk: Desk) -> None:
    await desk.contacts.add(new_endpoint(PCE))
    another = await another_pool(desk)
    assert [one.pool for one in await desk.contacts.own_of_pools()] == [POOL.name, another.name]


async def test_ocschat_leads_to_the_first_pool_in_every_sip_domain(desk: Desk) -> None:
    await desk.topology.add_domain("contoso.com")
    for address in ("sip:ocschat@litwareinc.com", "sip:OcsChat@Contoso.com"):
        assert await pool_at(desk, address) == POOL.name


@pytest.mark.parametrize("address", [
    "sip:ocschat@elsewhere.com", "sip:ocschat2@litwareinc.com", "sip:nobody@litwareinc.com", "sip:o@litwareinc.com"])
async def test_other_addresses_lead_nowhere(desk: Desk, address: str) -> None:
    assert await pool_at(desk, address) is None


async def test_ocschat_is_whose_who_took_it(desk: Desk) -> None:
    another = await another_pool(desk)
    taken = await desk.contacts.add(new_endpoint("sip:OCSChat@litwareinc.com", pool=another))
    assert await pool_at(desk, "sip:ocschat@litwareinc.com") == another.name
    await desk.contacts.remove(taken)
    await desk.people.add(new_person("sip:ocschat@litwareinc.com"))
    assert await pool_at(desk, "sip:ocschat@litwareinc.com") is None
