"""What the responses of the general checks say (which status, test_sip_torture shows)."""

from tests.sip.samples import request

from parlour.errors import SIP_BODY_TOO_LARGE, ParlourError
from parlour.sip import check_body, check_request, media_type, refuse


def test_a_good_request_passes() -> None:
    assert check_request(request(), methods=["INFO"]) is None


def test_refused_methods_are_told_which_are_allowed() -> None:
    for method, status in (("INVITE", 405), ("DANCE", 501)):
        response = check_request(request(method), methods=["MESSAGE", "INFO"], to_tag="t")
        assert response
        assert response.status == status
        assert response.headers.get("Allow") == "INFO, MESSAGE"
        assert response.headers.get("To") == "<sip:pce@litwareinc.com>;tag=t"


def test_every_unknown_extension_is_named() -> None:
    wanted = request(extra=(("Require", "a, b"), ("Proxy-Require", "ms-benotify, c, d")))
    response = check_request(wanted, methods=["INFO"], extensions=["b"], proxy_extensions=["ms-benotify", "d"])
    assert response
    assert response.headers.get("Unsupported") == "a, c"


def test_nothing_is_required_by_ack_and_cancel() -> None:
    for method in ("ACK", "CANCEL"):
        assert check_request(request(method, extra=(("Require", "a"),)), methods=[method]) is None


def test_bodies() -> None:
    good = request(body=b"x", extra=(("Content-Type", "Text/Plain ;charset=UTF-8"),))
    assert check_body(good, ["text/plain"]) is None
    assert check_body(request(), []) is None
    refused = check_body(good, ["application/sdp", "a/b"])
    assert refused
    assert refused.status == 415
    assert refused.headers.get("Accept") == "a/b, application/sdp"
    assert check_body(request(body=b"x"), ["text/plain"])
    assert media_type("A/B;c=d") == "a/b"


def test_an_error_is_its_status() -> None:
    assert refuse(request(), ParlourError(SIP_BODY_TOO_LARGE, size=2, limit=1)).status == 413
