"""Signing people in without their password: with what is kept of it. For this very node's own doors alone."""

from dataclasses import dataclass, field

from parlour.addresses import SipAddress
from parlour.directory.people import People
from parlour.directory.secrets import REALM, Vault
from parlour.errors import PERSON_NOT_FOUND, ParlourError


@dataclass(frozen=True, slots=True)
class KeptSecrets:
    """What is kept of somebody's password, opened. As good as the password: whoever sees an answer may guess at it.

    Attributes:
        login: user name.
        nt_hash: NTOWFv1, 16 bytes; None for people who may not sign in by NTLM.
    """

    login: str
    nt_hash: bytes | None = field(repr=False)
    _ha1: bytes | None = field(repr=False)

    def ha1(self, realm: str) -> bytes | None:
        """Return HA1, 16 bytes; None in any realm but our own."""
        return self._ha1 if realm == REALM else None


class TrustedSignIn:
    """Opens what is kept of people's passwords, so that this node can sign them in at its own doors.

    Nothing that it gives may be used on a connection to anything else: a challenge could come from anybody there.

    Args:
        people: who they are.
        vault: opens their secrets.
    """

    def __init__(self, people: People, vault: Vault) -> None:
        self._people = people
        self._vault = vault

    async def secrets_of(self, address: SipAddress) -> KeptSecrets:
        """Return what signs somebody in.

        Raises:
            ParlourError: UserNotFound.
        """
        record = await self._people.sign_in_record(address)
        if record is None:
            raise ParlourError(PERSON_NOT_FOUND, str(address), identity=address)
        person, login = record.person, record.person.address.bare
        sealed = record.sealed_ntlm
        return KeptSecrets(
            login, None if sealed is None else self._vault.ntlm_secret(sealed, person.guid),
            self._vault.digest_secret(record.sealed_digest, person.guid, person.address, login))
