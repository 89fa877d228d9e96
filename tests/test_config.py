"""Settings: where they come from, which source wins, and what is refused."""

from pathlib import Path

import pytest

from parlour.config import SETTINGS_FILE, Settings, parse_listener
from parlour.errors import ParlourError


def refusal(folder: Path, **given: object) -> ParlourError:
    with pytest.raises(ParlourError) as fault:
        Settings.load(folder, **given)
    assert fault.value.kind.name == "SettingInvalid"
    return fault.value


def test_an_empty_folder_means_defaults(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path)
    assert (settings.sip_tls, settings.sip_tcp, settings.database) == ("0.0.0.0:5061", None, None)
    assert settings.sip_authentication == ["ntlm", "digest"]


def test_the_command_line_beats_the_environment_beats_the_file_beats_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.load(tmp_path).node == "node1"
    (tmp_path / SETTINGS_FILE).write_text('node = "from-file"\n')
    assert Settings.load(tmp_path).node == "from-file"
    monkeypatch.setenv("PARLOUR_NODE", "from-environment")
    assert Settings.load(tmp_path).node == "from-environment"
    assert Settings.load(tmp_path, node="from-command-line").node == "from-command-line"
    assert Settings.load(tmp_path, node=None).node == "from-environment"


def test_an_empty_listener_means_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load(tmp_path, sip_tls="").sip_tls is None
    monkeypatch.setenv("PARLOUR_SIP_TLS", "")
    assert Settings.load(tmp_path).sip_tls is None


def test_variables_that_are_no_settings_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLOUR_ADMIN_PASSWORD", "Pa$$w0rd")
    monkeypatch.setenv("PARLOUR_DATA", "somewhere")
    assert Settings.load(tmp_path).node == "node1"


def test_two_folders_have_settings_of_their_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / SETTINGS_FILE).write_text(f'node = "{name}"\n')
    assert [Settings.load(tmp_path / name).node for name in ("one", "two")] == ["one", "two"]


@pytest.mark.parametrize(("name", "value"), [
    ("sip_tls", "5061"), ("sip_tls", "host:"), ("sip_tls", ":5061"), ("sip_tcp", "host:65536"),
    ("sip_tcp", "host:-1"), ("sip_tcp", "host:٥"), ("sip_tcp", f"host:{'9' * 5000}"),
    ("node", ""), ("node", "a b"), ("node", "ok/../no"), ("node", "n" * 65), ("node", "line\n"),
    ("sip_authentication", []), ("sip_authentication", ["kerberos"]),
    ("sip_registration", 59), ("sip_registration", 86_401), ("sip_session", 14), ("sip_keep_alive", 29),
    ("sip_max_outbound", 1), ("message_limit", 0), ("message_limit", 1_000_001),
    ("history_limit", 0), ("history_limit", 501), ("search_limit", "many"),
])
def test_bad_values_are_refused_by_the_name_of_their_setting(tmp_path: Path, name: str, value: object) -> None:
    fault = refusal(tmp_path, **{name: value})
    assert str(fault.target).startswith(name)
    assert name in str(fault)


@pytest.mark.parametrize(("text", "named"), [
    ("sip_tsl = 'x:1'", "sip_tsl"),
    ("node = 5", "node"),
    ("node = ", SETTINGS_FILE),
    ("[", SETTINGS_FILE),
    ("\xff", SETTINGS_FILE),
])
def test_bad_files_are_refused(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(text.encode("latin-1"))
    assert named in str(refusal(tmp_path))


def test_a_bad_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLOUR_SIP_AUTHENTICATION", "ntlm")
    assert "sip_authentication" in str(refusal(tmp_path))


@pytest.mark.parametrize(("text", "listener"), [
    ("127.0.0.1:5061", ("127.0.0.1", 5061)), ("[::1]:5061", ("::1", 5061)), ("localhost:0", ("localhost", 0)),
    ("*:65535", ("*", 65_535)),
])
def test_listeners_are_read(text: str, listener: tuple[str, int]) -> None:
    assert parse_listener(text) == listener
