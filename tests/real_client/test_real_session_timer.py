"""The session timer: pidgin-sipe refreshes its chat dialog ten seconds before the time is up."""

from pathlib import Path

from tests.real_client.stage import Stage

from parlour.testing import Deployment

SETTINGS = "sip_session = 15\n"


async def test_update_is_answered_and_the_conversation_goes_on(tmp_path: Path) -> None:
    async with Deployment(tmp_path / "short", users=("alice",), rooms=("Engineering",), settings=SETTINGS) as short:
        stage = Stage(short, tmp_path)
        try:
            alice = await stage.sign_in("alice", "tls", None, "--sip-events")
            await alice.enter(room := short.rooms["Engineering"])
            for _ in range(2):
                await alice.wait("sip", dir="out", when=lambda event: event["text"].startswith("UPDATE "))
                await alice.wait("sip", dir="in", when=_is_update_ok)
            await alice.say(room, "still here")
            await alice.hears("still here")
        finally:
            await stage.clear()


def _is_update_ok(event: dict[str, str]) -> bool:
    return event["text"].startswith("SIP/2.0 200 ") and " UPDATE" in event["text"]
