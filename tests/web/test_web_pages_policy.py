"""What a page may show of elsewhere: the registered add-ins, and nothing that is no origin."""

import pytest

from parlour.chat.model import Addin
from parlour.web.pages import _policy


@pytest.mark.parametrize(("url", "origin"), [
    ("https://ticker.example/a?b", "https://ticker.example"), ("http://t:8080/", "http://t:8080"),
    ("https://[::1]:9/", "https://[::1]:9"), ("https://bücher.example/", "https://xn--bcher-kva.example"),
    ("https://" + "ü" * 70 + ".example/", "'none'"), ("https://a;script-src *.example/", "'none'"),
    ("https://x.example:99999/", "'none'"), ("javascript:alert(1)", "'none'"), ("https://", "'none'")])
def test_the_policy_lets_add_ins_in_by_their_origins(url: str, origin: str) -> None:
    assert f"frame-src {origin}" in _policy([Addin(1, "guid", "pool", "Ticker", url)])
