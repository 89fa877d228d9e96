"""Signing people in with what is kept of their passwords."""

import pytest
from tests.directory.directory_kit import Desk

from parlour.addresses import SipAddress
from parlour.directory.people import NewPerson
from parlour.directory.secrets import REALM
from parlour.directory.trusted import KeptSecrets, TrustedSignIn
from parlour.errors import ParlourError
from parlour.sipclient import Password

ALICE, DORA = (SipAddress.parse(f"sip:{name}@litwareinc.com") for name in ("Alice", "Dora"))


async def secrets_of(desk: Desk, address: SipAddress, *, ntlm: bool = True) -> KeptSecrets:
    await desk.people.add(NewPerson(address, "correct horse", ntlm=ntlm))
    return await TrustedSignIn(desk.people, desk.vault).secrets_of(SipAddress.parse(str(address).lower()))


async def test_what_is_kept_answers_as_the_password_would(desk: Desk) -> None:
    kept, password = await secrets_of(desk, ALICE), Password(ALICE.bare, "correct horse")
    assert (kept.login, kept.nt_hash, kept.ha1(REALM)) == (ALICE.bare, password.nt_hash, password.ha1(REALM))
    assert kept.ha1("another realm") is None


async def test_who_has_no_ntlm_secret_has_the_other(desk: Desk) -> None:
    kept = await secrets_of(desk, DORA, ntlm=False)
    assert kept.nt_hash is None
    assert kept.ha1(REALM) == Password(DORA.bare, "correct horse").ha1(REALM)


async def test_it_shows_nowhere(desk: Desk) -> None:
    assert repr(await secrets_of(desk, ALICE)) == f"KeptSecrets(login='{ALICE.bare}')"


async def test_nobody_has_none(desk: Desk) -> None:
    with pytest.raises(ParlourError) as caught:
        await TrustedSignIn(desk.people, desk.vault).secrets_of(ALICE)
    assert caught.value.kind.name == "UserNotFound"
