"""The people of the built-in directory."""

import asyncio

import pytest
from sqlalchemy import Connection, delete, insert
from tests.directory.directory_kit import OWN, PASSWORD, POOL, Desk, new_endpoint, new_person

from parlour.addresses import SipAddress
from parlour.chat.model import Person
from parlour.directory.secrets import ha1, nt_hash
from parlour.errors import ParlourError
from parlour.storage.schema import categories, messages, rooms

ALICE = "sip:Alice@litwareinc.com"


async def test_a_person_comes_back_as_he_was_added(desk: Desk) -> None:
    alice = await desk.people.add(new_person(ALICE, "Alice Ångström"))
    assert (str(alice.address), alice.display_name, alice.enabled) == (ALICE, "Alice Ångström", True)
    for identity in (ALICE, "sip:alice@LITWAREINC.com", "alice@litwareinc.com", "SIP:ALICE@litwareinc.com"):
        assert await desk.people.find(identity) == alice
    assert await desk.people.all() == [alice]


async def test_without_a_display_name_the_user_part_serves(desk: Desk) -> None:
    assert (await desk.people.add(new_person(ALICE))).display_name == "Alice"


@pytest.mark.parametrize("identity", ["bob@litwareinc.com", "", "alice", "sip:", "Alice Ångström", OWN])
async def test_nobody_else_is_found(desk: Desk, identity: str) -> None:
    await desk.people.add(new_person(ALICE, "Alice Ångström"))
    with pytest.raises(ParlourError) as fault:
        await desk.people.find(identity)
    assert fault.value.kind.name == "UserNotFound"
    assert fault.value.target == identity


async def test_when_the_store_is_down_nobody_is_said_to_be_missing(desk: Desk) -> None:
    await desk.database.write(lambda connection: connection.exec_driver_sql("DROP TABLE sip_addresses"))
    with pytest.raises(ParlourError) as fault:
        await desk.people.find(ALICE)
    assert fault.value.kind.name == "StorageUnavailable"


@pytest.mark.parametrize(("address", "name", "password", "error"), [
    ("sip:ALICE@litwareinc.com", None, PASSWORD, "SipAddressTaken"),
    (OWN.upper(), None, PASSWORD, "SipAddressTaken"),
    ("sip:bob@contoso.com", None, PASSWORD, "SipDomainUnknown"),
    ("sip:bob@sub.litwareinc.com", None, PASSWORD, "SipDomainUnknown"),
    ("sip:bob@litwareinc.com", "", PASSWORD, "DisplayNameInvalid"),
    ("sip:bob@litwareinc.com", "a\nb", PASSWORD, "DisplayNameInvalid"),
    ("sip:bob@litwareinc.com", "n" * 257, PASSWORD, "DisplayNameInvalid"),
    ("sip:bob@litwareinc.com", None, "", "PasswordInvalid"),
])
async def test_bad_people_are_refused_and_not_added(
    desk: Desk, address: str, name: str | None, password: str, error: str
) -> None:
    alice = await desk.people.add(new_person(ALICE))
    with pytest.raises(ParlourError) as fault:
        await desk.people.add(new_person(address, name, password=password))
    assert fault.value.kind.name == error
    assert await desk.people.all() == [alice]


@pytest.mark.parametrize(("address", "name", "error"), [
    (ALICE.upper().replace("SIP", "sip"), None, "SipAddressTaken"), ("sip:b@contoso.com", None, "SipDomainUnknown"),
    ("sip:b@litwareinc.com", " ", "DisplayNameInvalid"),
])
async def test_checking_says_what_adding_would(desk: Desk, address: str, name: str | None, error: str) -> None:
    await desk.people.add(new_person(ALICE))
    with pytest.raises(ParlourError) as fault:
        await desk.people.check_new(new_person(address, name))
    assert fault.value.kind.name == error
    await desk.people.check_new(new_person("sip:carol@litwareinc.com", "Carol"))
    assert len(await desk.people.all()) == 1


async def test_of_several_at_once_one_gets_the_address(desk: Desk) -> None:
    adding = [desk.people.add(new_person(address)) for address in (ALICE, ALICE.lower())]
    results = await asyncio.gather(*adding, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["ParlourError", "Person"]
    assert len(await desk.people.all()) == 1


async def test_a_taken_address_names_its_owner(desk: Desk) -> None:
    await desk.people.add(new_person(ALICE, "Alice"))
    with pytest.raises(ParlourError, match='already belongs to the user "Alice"'):
        await desk.people.add(new_person(ALICE))
    with pytest.raises(ParlourError, match='already belongs to the endpoint "Persistent Chat Service"'):
        await desk.people.add(new_person(OWN))


async def test_people_and_endpoints_share_one_name_space(desk: Desk) -> None:
    await desk.people.add(new_person(ALICE))
    with pytest.raises(ParlourError, match="already belongs to the user"):
        await desk.contacts.add(new_endpoint("sip:alice@litwareinc.com"))


async def test_signing_in_gets_what_it_needs(desk: Desk) -> None:
    alice = await desk.people.add(new_person(ALICE))
    record = await desk.people.sign_in_record(SipAddress.parse("sip:alice@LitwareInc.com"))
    assert record is not None
    assert record.person == alice
    assert record.sealed_ntlm is not None
    assert desk.vault.ntlm_secret(record.sealed_ntlm, alice.guid) == nt_hash(PASSWORD)
    assert await desk.people.sign_in_record(SipAddress.parse("sip:bob@litwareinc.com")) is None
    assert await desk.people.sign_in_record(SipAddress.parse(OWN)) is None


@pytest.mark.parametrize("ntlm", [True, False])
async def test_a_new_password_replaces_everything_and_ends_sessions(desk: Desk, ntlm: bool) -> None:
    ended: list[Person] = []
    desk.people.on_disabled(ended.append)
    alice = await desk.people.add(new_person(ALICE, ntlm=ntlm))
    before = await desk.people.sign_in_record(alice.address)
    await desk.people.set_password(alice, "Circle of Life")
    after = await desk.people.sign_in_record(alice.address)
    assert before is not None
    assert after is not None
    assert (after.sealed_ntlm is not None) == ntlm
    assert after.sealed_digest != before.sealed_digest
    assert desk.vault.digest_secret(after.sealed_digest, alice.guid, alice.address, "Alice") == ha1(
        "Alice", "Circle of Life")
    assert ended == [alice]


async def test_a_bad_new_password_changes_nothing(desk: Desk) -> None:
    ended: list[Person] = []
    desk.people.on_disabled(ended.append)
    alice = await desk.people.add(new_person(ALICE))
    before = await desk.people.sign_in_record(alice.address)
    with pytest.raises(ParlourError, match="The password is not usable"):
        await desk.people.set_password(alice, "")
    assert await desk.people.sign_in_record(alice.address) == before
    assert ended == []


async def test_disabling_ends_sessions_and_enabling_does_not(desk: Desk) -> None:
    ended: list[Person] = []
    desk.people.on_disabled(ended.append)
    alice, bob = [await desk.people.add(new_person(f"sip:{name}@litwareinc.com")) for name in ("alice", "bob")]
    await desk.people.set_enabled(alice, enabled=False)
    assert ([one.enabled for one in await desk.people.all()], ended) == ([False, True], [alice])
    await desk.people.set_enabled(alice, enabled=True)
    assert (await desk.people.all(), ended) == ([alice, bob], [alice])


async def test_the_files_hold_no_password_and_nothing_as_good_as_one(desk: Desk) -> None:
    await desk.people.add(new_person(ALICE, password="Circle of Life"))
    await desk.people.set_password(await desk.people.find(ALICE), PASSWORD)
    await desk.database.close()
    kept = b"".join(path.read_bytes() for path in desk.path.parent.iterdir())
    assert b"$argon2id$" in kept
    for password in ("Circle of Life", PASSWORD):
        secrets = (password.encode(), password.encode("utf-16-le"), nt_hash(password),
                   ha1("Alice", password), ha1("Alice@litwareinc.com", password))
        for secret in secrets:
            assert secret not in kept
            assert secret.hex().encode() not in kept.lower()




async def test_who_wrote_something_cannot_be_removed(desk: Desk) -> None:
    alice, bob = [await desk.people.add(new_person(address)) for address in (ALICE, "sip:bob@litwareinc.com")]
    ended: list[Person] = []
    desk.people.on_disabled(ended.append)
    now = desk.clock.now()
    place = {"id": 1, "guid": "g", "pool_fqdn": POOL.name, "domain": "litwareinc.com", "name": "x", "name_key": "x",
             "description": ""}

    def write(connection: Connection) -> None:
        connection.execute(insert(categories), {**place, "invitations": False, "file_upload": False,
                                                "chat_history": True})
        connection.execute(insert(rooms), {
            **place, "category_id": 1, "privacy": "Open", "type": "Normal", "invitations": "Inherit",
            "disabled": False, "last_number": 1, "created_at": now})
        connection.execute(insert(messages), {
            "room_id": 1, "number": 1, "author_id": alice.id, "posted_at": now, "text": "hello", "kind": 0,
            "ordinal": 1, "alert": False, "deleted": False})
    await desk.database.write(write)
    with pytest.raises(ParlourError) as fault:
        await desk.people.remove(alice)
    assert fault.value.kind.name == "UserWroteSomething"
    await desk.people.remove(bob)
    assert ([person.id for person in await desk.people.all()], ended) == ([alice.id], [bob])
    await desk.database.write(lambda connection: connection.execute(delete(messages)))
    await desk.people.remove(alice)
    assert await desk.people.add(new_person(ALICE)) != alice
