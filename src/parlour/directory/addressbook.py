"""SIP addresses are unique over people and contacts alike; everybody who gives one out does it here."""

from sqlalchemy import Connection, insert, select

from parlour.addresses import SipAddress
from parlour.errors import SIP_ADDRESS_TAKEN, SIP_DOMAIN_UNKNOWN, ParlourError
from parlour.storage.schema import contacts, people, sip_addresses, sip_domains


def refuse_unusable(connection: Connection, address: SipAddress) -> None:
    """Make sure that `address` lies in a SIP domain and belongs to nobody.

    Raises:
        ParlourError: SipDomainUnknown, SipAddressTaken (naming the owner).
    """
    domain = select(sip_domains.c.name).where(sip_domains.c.name == address.domain.lower())
    if connection.execute(domain).scalar() is None:
        raise ParlourError(SIP_DOMAIN_UNKNOWN, str(address), address=address)
    if owner := _owner(connection, address):
        raise ParlourError(SIP_ADDRESS_TAKEN, str(address), address=address, owner=owner)


def take_for_person(connection: Connection, address: SipAddress, person_id: int) -> None:
    """Note that `address` is this person's."""
    connection.execute(insert(sip_addresses), {"address_key": address.key, "person_id": person_id})


def take_for_contact(connection: Connection, address: SipAddress, contact_id: int) -> None:
    """Note that `address` is this contact's."""
    connection.execute(insert(sip_addresses), {"address_key": address.key, "contact_id": contact_id})


def _owner(connection: Connection, address: SipAddress) -> str | None:
    query = (
        select(people.c.display_name.label("person"), contacts.c.display_name.label("contact"))
        .select_from(sip_addresses)
        .join(people, people.c.id == sip_addresses.c.person_id, isouter=True)
        .join(contacts, contacts.c.id == sip_addresses.c.contact_id, isouter=True)
        .where(sip_addresses.c.address_key == address.key)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return f'the user "{row.person}"' if row.person is not None else f'the endpoint "{row.contact}"'
