"""A deployment on disk: made whole or not at all, readable by its owner only, and held by one process at a time."""

import re
import ssl
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import create_engine, select

from parlour import deployment
from parlour.addresses import DistinguishedName, Fqdn
from parlour.config import Settings
from parlour.deployment import DataFolder, NewDeployment, make_deployment, read_identity
from parlour.errors import ParlourError
from parlour.storage.schema import categories, contacts, pools, sip_domains
from parlour.testing import FakeClock

NEW = NewDeployment(Fqdn.parse("litwareinc.com"), Fqdn.parse("atl-pcpool-001.litwareinc.com"))
STEPS = ["_write_secret", "_make_certificate", "upgrade", "open_engine", "_insert_first", "insert_pool"]


def make(path: Path, new: NewDeployment = NEW) -> DataFolder:
    folder = DataFolder(path)
    make_deployment(folder, new, FakeClock())
    return folder


def read(folder: DataFolder, query: Callable[[Any], Any], url: str | None = None) -> Any:  # noqa: ANN401
    engine = create_engine(url or folder.database)
    with engine.begin() as connection:
        result = query(connection)
    engine.dispose()
    return result


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_deployment_is_complete(tmp_path: Path) -> None:
    folder = make(tmp_path / "data")
    folder.check()
    assert len(folder.key.read_bytes()) == 32
    assert tomllib.loads(folder.settings.read_text()) == {}
    assert Settings.load(folder.path).database is None
    assert read(folder, lambda c: c.execute(select(sip_domains)).all()) == [("litwareinc.com", True)]
    assert read(folder, lambda c: c.execute(select(pools.c.fqdn)).scalars().all()) == [NEW.pool.name]
    assert read(folder, lambda c: c.execute(select(categories.c.name)).scalars().all()) == ["General"]
    assert read(folder, lambda c: c.execute(select(contacts.c.sip_address, contacts.c.automatic)).all()) == [
        ("sip:GC-1-PersistentChatService-1@litwareinc.com", True)]


def test_a_deployment_knows_what_it_is(tmp_path: Path) -> None:
    one, other = (read(make(tmp_path / name), read_identity) for name in ("one", "other"))
    assert one.forest == "DC=litwareinc,DC=com"
    assert str(DistinguishedName.parse(one.forest)) == one.forest
    assert re.fullmatch(r"S-1-5-21-\d+-\d+-\d+", one.domain_sid)
    assert one.guid != other.guid
    assert one.domain_sid != other.domain_sid


def test_only_the_owner_may_look_inside(tmp_path: Path) -> None:
    folder = make(tmp_path / "data")
    assert (mode(folder.path), mode(folder.certificate.parent)) == (0o700, 0o700)
    assert (mode(folder.key), mode(folder.certificate_key)) == (0o600, 0o600)


def test_an_empty_folder_may_be_used_and_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    assert mode(make(tmp_path / "data").path) == 0o700


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    make(tmp_path / "a" / "b" / "data").check()


@pytest.mark.parametrize("name", ["file.txt", ".hidden", "deployment.key"])
def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    with pytest.raises(ParlourError) as fault:
        make(tmp_path)
    assert fault.value.kind.name == "DeploymentExists"
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "precious")]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("precious")
    with pytest.raises(ParlourError) as fault:
        make(tmp_path / "data")
    assert fault.value.kind.name == "DeploymentExists"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, exists: bool
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt(step)
    if exists:
        (tmp_path / "data").mkdir()
    monkeypatch.setattr(deployment, step, fail)
    with pytest.raises(KeyboardInterrupt, match=step):
        make(tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == (["data"] if exists else [])
    monkeypatch.undo()
    make(tmp_path / "data").check()


@pytest.mark.parametrize("name", [
    "with blank", "what?x=1", "50%20off", "a#b", 'quo"te', "back\\slash", "ünï", "l" * 255,
])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / name)
    assert (tmp_path / name / "parlour.db").is_file()
    assert read(folder, read_identity).guid
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_current_folder_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "data")
    make(Path())
    DataFolder(tmp_path / "data").check()


def test_a_long_path_will_do(tmp_path: Path) -> None:
    folder = make(tmp_path.joinpath(*["deep" * 10] * 8))
    assert read(folder, read_identity).guid


@pytest.mark.parametrize("name", ["other.db", 'quo"te.db', "back\\slash.db"])
def test_the_database_may_lie_elsewhere_and_the_settings_say_where(tmp_path: Path, name: str) -> None:
    url = f"sqlite:///{tmp_path / name}"
    folder = make(tmp_path / "data", NewDeployment(NEW.sip_domain, NEW.pool, url))
    assert Settings.load(folder.path).database == url
    assert not (folder.path / "parlour.db").exists()
    assert read(folder, read_identity, url).guid


@pytest.mark.parametrize("url", ["postgresql://localhost/x", "nonsense", "mysql://x"])
def test_a_database_of_another_kind_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ParlourError) as fault:
        make(tmp_path / "data", NewDeployment(NEW.sip_domain, NEW.pool, url))
    assert fault.value.kind.name == "SettingInvalid"
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_in_use_is_refused_and_left_alone(tmp_path: Path) -> None:
    first = make(tmp_path / "first")
    before = read(first, read_identity)
    with pytest.raises(ParlourError):
        make(tmp_path / "second", NewDeployment(NEW.sip_domain, NEW.pool, first.database))
    assert read(first, read_identity) == before
    assert not (tmp_path / "second").exists()


# -- the certificate


def certificate(folder: DataFolder) -> x509.Certificate:
    return x509.load_pem_x509_certificate(folder.certificate.read_bytes())


def test_the_certificate_has_the_names_that_clients_ask_for(tmp_path: Path) -> None:
    made = certificate(make(tmp_path / "data"))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [
        "atl-pcpool-001.litwareinc.com", "sip.litwareinc.com", "litwareinc.com"]
    assert made.subject.rfc4514_string() == "CN=atl-pcpool-001.litwareinc.com"


def test_the_certificate_is_good_for_a_while(tmp_path: Path) -> None:
    made, now = certificate(make(tmp_path / "data")), FakeClock().now()
    assert made.not_valid_before_utc < now
    assert (made.not_valid_after_utc - now).days == 825


def test_the_certificate_and_its_key_belong_together(tmp_path: Path) -> None:
    folder = make(tmp_path / "data")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(folder.certificate, folder.certificate_key)


def test_a_pool_with_a_very_long_name_gets_its_certificate(tmp_path: Path) -> None:
    pool = Fqdn.parse(".".join(["a" * 60] * 3) + ".litwareinc.com")
    made = certificate(make(tmp_path / "data", NewDeployment(NEW.sip_domain, pool)))
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert pool.name in names.get_values_for_type(x509.DNSName)


# -- one process at a time


def test_where_there_is_no_deployment_the_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParlourError, match="There is no deployment"):
        DataFolder(tmp_path).check()


def test_a_deployment_is_held_once(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.locked():
        with pytest.raises(ParlourError, match="in use by another process"), folder.locked():
            pass
        assert mode(tmp_path / "node.lock") == 0o600
    with folder.locked():
        pass


def test_the_end_of_a_process_frees_what_it_held(tmp_path: Path) -> None:
    holder = ("import sys; from pathlib import Path; from parlour.deployment import DataFolder\n"
              "with DataFolder(Path(sys.argv[1])).locked(): print('held', flush=True); sys.stdin.read()")
    with subprocess.Popen([sys.executable, "-c", holder, str(tmp_path)], stdin=subprocess.PIPE,  # noqa: S603
                          stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(ParlourError, match="in use by another process"), DataFolder(tmp_path).locked():
            pass
        child.kill()
        child.wait()
    with DataFolder(tmp_path).locked():
        pass
