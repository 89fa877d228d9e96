"""Steps of the synthetic transaction: what is kept of each, and faults in plain words."""

import socket
import ssl

import pytest

from parlour.errors import SIP_NOT_UTF8, ParlourError
from parlour.sip import Headers, Response
from parlour.sipclient import ChallengeError, LostError, RefusedError, ViolationError
from parlour.sipclient.transaction import Step, StepError, Steps, explained
from parlour.testing import FakeClock

DIAGNOSTICS = r'1003;reason="He said \"no\"; twice";source="pool.example";component="GroupChat"'


def refused(*headers: tuple[str, str]) -> RefusedError:
    return RefusedError("INVITE", 403, "Forbidden", Response(403, "Forbidden", Headers(headers), b""))


def untrusted() -> ssl.SSLCertVerificationError:
    fault = ssl.SSLCertVerificationError(1, "certificate verify failed")
    fault.verify_message = "certificate has expired"
    return fault


@pytest.mark.parametrize(("fault", "error", "advised"), [
    (TimeoutError(), "There was no answer in time.", True),
    (refused(), "The server refused it: 403 Forbidden", True),
    (refused(("ms-diagnostics", DIAGNOSTICS)), 'The server refused it: 403 He said "no"; twice', True),
    (refused(("ms-diagnostics", "1003;source=x")), "The server refused it: 403 Forbidden", True),
    (LostError("reset by peer"), "The connection ended: reset by peer.", True),
    (ConnectionRefusedError(111, "Connection refused"), "No connection: Connection refused.", True),
    (OSError("odd"), "No connection: odd.", True),
    (socket.gaierror(-2, "unknown"), "There is no host of that name.", False),
    (untrusted(), "The server's certificate is not trusted: certificate has expired.", False),
    (ViolationError("unsigned: BYE"), "The server did it wrongly: unsigned: BYE.", False),
    (ChallengeError("no target information"), "The server did it wrongly: no target information.", False),
    (ValueError("no number"), "The answer cannot be read: no number.", False),
    (ParlourError(SIP_NOT_UTF8), "The answer cannot be read: The headers of the SIP message are not UTF-8.", False),
    (StepError("known", "advice"), "known", True),
])
def test_a_fault_is_told_in_plain_words(fault: Exception, error: str, advised: bool) -> None:
    told = explained(fault, "advice")
    assert (told.error, told.diagnosis == "advice") == (error, advised)
    assert told.diagnosis


async def test_steps_are_timed_kept_and_told() -> None:
    clock, told = FakeClock(), list[Step]()

    async def report(step: Step) -> None:
        told.append(step)

    async def work(seconds: float) -> str:
        clock.advance(seconds)
        return "done"

    async def wrong() -> None:
        clock.advance(4)
        raise LookupError("nothing")

    steps = Steps(clock.monotonic, report)
    assert await steps.take("first", work(1.5), "") == "done"
    with pytest.raises(StepError) as caught:
        await steps.take("second", wrong(), "")
    assert steps.taken == told == [Step("first", 1.5), Step("second", 4, caught.value)]
    assert steps.seconds == 5.5


async def test_a_step_during_which_the_server_did_wrong_failed() -> None:
    async def report(step: Step) -> None:
        assert step.fault is not None

    async def work() -> None:
        violations.append("unsigned: BYE")

    violations: list[str] = []
    with pytest.raises(StepError, match="unsigned: BYE"):
        await Steps(FakeClock().monotonic, report).take("it", work(), "", violations)
