"""Where the node listens, as cmdlets see it."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from parlour.admin.doors import OpenDoors, SipListener

NOWHERE = Path("certificate.pem")


def certificate(name: str) -> str:
    """Make a certificate, as PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    whose = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (x509.CertificateBuilder().subject_name(whose).issuer_name(whose).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256()))
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(("addresses", "listeners"), [
    ({}, ()),
    ({"web": "127.0.0.1:443"}, ()),
    ({"sip_tcp": "192.0.2.1:5060", "sip_tls": "192.0.2.1:5061"},
     (SipListener("192.0.2.1", 5061, secure=True), SipListener("192.0.2.1", 5060, secure=False))),
    ({"sip_tls": "0.0.0.0:5061"}, (SipListener("127.0.0.1", 5061, secure=True),)),
    ({"sip_tcp": ":::5060"}, (SipListener("::1", 5060, secure=False),)),
])
def test_listeners_are_noted_by_where_one_reaches_them(
    addresses: Mapping[str, str], listeners: tuple[SipListener, ...]
) -> None:
    doors = OpenDoors()
    doors.opened(addresses, NOWHERE)
    assert doors.listeners == listeners
    doors.closed()
    assert doors.listeners == ()


def test_only_the_nodes_own_certificate_is_trusted(tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    file.write_text("A note.\n" + certificate("own") + certificate("issuer"))
    doors = OpenDoors()
    doors.opened({}, file)
    context = doors.tls()
    assert context.cert_store_stats()["x509"] == 1
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, False)


@pytest.mark.parametrize("certificate_file", [None, Path("nowhere") / "certificate.pem"])
def test_without_a_certificate_there_is_no_trust(certificate_file: Path | None) -> None:
    with pytest.raises(FileNotFoundError):
        OpenDoors(certificate=certificate_file).tls()
