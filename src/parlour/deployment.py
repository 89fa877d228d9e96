"""A deployment on disk: what `parlour init` makes, and what belongs where in the data folder."""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from sqlalchemy import URL, Connection, insert, select

from parlour.addresses import Fqdn
from parlour.chat.names import name_key
from parlour.chat.principals import CategoryRole, PrincipalKind
from parlour.clock import Clock
from parlour.config import SETTINGS_FILE
from parlour.directory.principals import add_principal
from parlour.directory.rolebook import make_role_groups
from parlour.directory.secrets import KEY_BYTES, Vault
from parlour.directory.standardroles import STANDARD_ROLES
from parlour.directory.topology import FIRST_SITE, insert_pool
from parlour.errors import (
    DEPLOYMENT_BUSY,
    DEPLOYMENT_EXISTS,
    DEPLOYMENT_KEY_WRONG,
    DEPLOYMENT_NOT_FOUND,
    ParlourError,
)
from parlour.storage.database import open_engine
from parlour.storage.lists import write_lists
from parlour.storage.migrate import upgrade
from parlour.storage.schema import categories, settings, sip_domains

FIRST_CATEGORY = "General"
_CERTIFICATE_DAYS = 825
_KEY_CHECK = b"parlour"

_SETTINGS_TEXT = """\
# Settings of this deployment's nodes; docs/reference/settings.md lists them all.
# The command line and PARLOUR_* variables override what is written here.
"""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where each thing of a deployment lies."""

    path: Path

    @property
    def database(self) -> str:
        """URL of the embedded database."""
        return URL.create("sqlite", database=str(self.path / "parlour.db")).render_as_string()

    @property
    def key(self) -> Path:
        """The deployment's key: opens sealed secrets."""
        return self.path / "deployment.key"

    @property
    def files(self) -> Path:
        """Where the bytes of uploaded files lie."""
        return self.path / "files"

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.path / SETTINGS_FILE

    @property
    def certificate(self) -> Path:
        """The certificate that init made."""
        return self.path / "tls" / "certificate.pem"

    @property
    def certificate_key(self) -> Path:
        """The certificate's private key."""
        return self.path / "tls" / "key.pem"

    @property
    def socket(self) -> Path:
        """Where a running node takes commands from the local operator."""
        return self.path / "control.sock"

    def check(self) -> None:
        """Make sure that there is a deployment.

        Raises:
            ParlourError: DeploymentNotFound.
        """
        if not self.key.is_file():
            raise ParlourError(DEPLOYMENT_NOT_FOUND, str(self.path), folder=self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the deployment for this process alone.

        Raises:
            ParlourError: DeploymentBusy.
        """
        descriptor = os.open(self.path / "node.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ParlourError(DEPLOYMENT_BUSY, str(self.path), folder=self.path) from None
            yield
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class NewDeployment:
    """What is given to make a deployment."""

    sip_domain: Fqdn
    pool: Fqdn
    database: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What a deployment knows itself by.

    Attributes:
        guid: its GUID.
        forest: root of its directory, e.g. ``DC=litwareinc,DC=com``.
        domain_sid: its security identifier; those of its groups begin with it.
        key_check: something known, sealed with its key.
    """

    guid: str
    forest: str
    domain_sid: str
    key_check: bytes


def make_deployment(folder: DataFolder, new: NewDeployment, clock: Clock) -> None:
    """Make a deployment: whole, or not at all.

    Raises:
        ParlourError: DeploymentExists if the folder exists and is not empty, or the database has a deployment in it;
            SettingInvalid for a database that is not supported; StorageUnavailable.
    """
    path = folder.path.resolve()
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise ParlourError(DEPLOYMENT_EXISTS, str(folder.path), folder=folder.path)
    draft = path.with_name(f".parlour-{secrets.token_hex(4)}")
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.mkdir(mode=0o700)
    try:
        _fill(DataFolder(draft), new, clock)
        if path.exists():
            path.rmdir()
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _fill(folder: DataFolder, new: NewDeployment, clock: Clock) -> None:
    key = secrets.token_bytes(KEY_BYTES)
    _write_secret(folder.key, key)
    _make_certificate(folder, new, clock.now())
    # what JSON makes of a URL is a TOML string, too
    extra = f"database = {json.dumps(new.database, ensure_ascii=False)}\n" if new.database else ""
    folder.settings.write_text(_SETTINGS_TEXT + extra, encoding="utf-8")
    url = new.database or folder.database
    upgrade(url)
    engine = open_engine(url, "BEGIN IMMEDIATE")
    try:
        with engine.begin() as connection:
            _refuse_deployment(connection, url)
            _insert_first(connection, new, Vault(key), clock.now())
    finally:
        engine.dispose()


def _refuse_deployment(connection: Connection, url: str) -> None:
    """Make sure that a database that was given has no deployment in it yet."""
    if connection.execute(select(settings.c.name)).first() is not None:
        raise ParlourError(DEPLOYMENT_EXISTS, url, folder=url)


def _write_secret(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _insert_first(connection: Connection, new: NewDeployment, vault: Vault, now: datetime) -> None:
    domain, pool = new.sip_domain.name, new.pool.name
    forest = ",".join(f"DC={label}" for label in domain.split("."))
    sid = "-".join(str(secrets.randbits(32)) for _ in range(3))
    connection.execute(insert(settings), [
        {"name": "guid", "value": str(uuid4())},
        {"name": "forest", "value": forest},
        {"name": "domain_sid", "value": f"S-1-5-21-{sid}"},
        {"name": "key_check", "value": vault.seal(_KEY_CHECK, "check", "deployment").hex()},
    ])
    connection.execute(insert(sip_domains), {"name": domain, "is_default": True})
    insert_pool(connection, new.pool, FIRST_SITE, str(uuid4()), now)
    category = connection.execute(insert(categories).returning(categories.c.id), {
        "guid": str(uuid4()), "pool_fqdn": pool, "domain": domain, "name": FIRST_CATEGORY,
        "name_key": name_key(FIRST_CATEGORY), "description": "", "invitations": True, "file_upload": False,
        "chat_history": True}).scalar_one()
    everybody = add_principal(connection, PrincipalKind.DOMAIN, forest, forest)
    write_lists(connection, category, {CategoryRole.ALLOWED: [everybody.id]})
    make_role_groups(connection, STANDARD_ROLES, forest)


def read_identity(connection: Connection) -> Identity:
    """Read what the deployment knows itself by."""
    rows = connection.execute(select(settings.c.name, settings.c.value)).all()
    values = {row.name: row.value for row in rows}
    return Identity(values["guid"], values["forest"], values["domain_sid"], bytes.fromhex(values["key_check"]))


def open_vault(folder: DataFolder, identity: Identity) -> Vault:
    """Open the sealed secrets with the key in the folder.

    Raises:
        ParlourError: DeploymentKeyWrong if it is another deployment's key.
    """
    try:
        vault = Vault(folder.key.read_bytes())
        vault.open(identity.key_check, "check", "deployment")
    except (InvalidTag, ValueError) as fault:
        raise ParlourError(DEPLOYMENT_KEY_WRONG, str(folder.path), folder=folder.path) from fault
    return vault


def _make_certificate(folder: DataFolder, new: NewDeployment, now: datetime) -> None:
    """Make a self-signed certificate for the pool and its SIP domain."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, new.pool.name[:64])])
    names = [x509.DNSName(text) for text in (new.pool.name, f"sip.{new.sip_domain}", new.sip_domain.name)]
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=_CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.certificate.parent.mkdir(mode=0o700)
    folder.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_secret(folder.certificate_key, key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
