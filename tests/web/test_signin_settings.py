"""Settings of signing in that do not go together, and those that do."""

from pathlib import Path

import pytest

from parlour.config import Settings
from parlour.errors import SETTING_INVALID, ParlourError

OIDC = 'oidc_issuer = "https://id.example.com"\noidc_client = "parlour"\nweb_address = "https://chat.example.com"\n'


def load(folder: Path, text: str) -> Settings:
    (folder / "parlour.toml").write_text(text)
    return Settings.load(folder)


@pytest.mark.parametrize(("text", "reason"), [
    ('web_plain = true\nweb = "0.0.0.0:80"', "web_plain needs a loopback address"),
    ('web_plain = true\nweb = "192.0.2.1:80"', "web_plain needs a loopback address"),
    ('web_trusted_proxies = ["10.0.0.1/8"]', "has host bits set"),
    ('web_trusted_proxies = ["proxy.example.com"]', "web_trusted_proxies"),
    ('web_proxy_header = "x-real-ip"', "web_proxy_header"),
    ("web_session_idle = 1", "web_session_idle"),
    ("sign_in_tries = -1", "sign_in_tries"),
    ('oidc_issuer = "https://id.example.com"', "oidc_issuer needs oidc_client, and web_address"),
    (OIDC.replace("https://id", "http://id"), "needs https"),
    (OIDC.replace("id.example.com", "id.example.com?x"), "oidc_issuer"),
    (OIDC + 'oidc_secret = "x"\noidc_secret_file = "y"', "exclude each other"),
    (OIDC + 'oidc_scopes = ["email"]', 'needs "openid"'),
])
def test_settings_that_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ParlourError) as refused:
        load(tmp_path, text)
    assert refused.value.kind is SETTING_INVALID
    assert reason in str(refused.value)


@pytest.mark.parametrize("text", [
    'web_plain = true\nweb = "127.0.0.1:8080"', 'web_plain = true\nweb = "[::1]:8080"', "web_plain = true",
    'web_trusted_proxies = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]', OIDC, OIDC + 'oidc_secret = "x"',
    OIDC.replace("https://id.example.com", "http://127.0.0.1:9400"), "sign_in_tries = 0"])
def test_settings_that_are_taken(tmp_path: Path, text: str) -> None:
    settings = load(tmp_path, text)
    assert "oidc_secret='x'" not in repr(settings)
