"""The tables and the stages fit together, and refusals are told apart by what a wire says of them."""

import inspect
import re
from pathlib import Path

import pytest

from parlour.errors import REGISTRY, ErrorKind, ParlourError
from parlour.sip import Headers, Response, quote
from parlour.testing import ChatEvent, RefusedError
from parlour.testing.chat_events import read_envelope
from parlour.testing.conversations import CoreStage, Endpoint, core_stage, parse, play, xccos_stage
from parlour.testing.conversations.administrator import Administrator
from parlour.testing.conversations.grammar import SIGHTS, VERBS, Verb
from parlour.testing.conversations.kinds import KINDS
from parlour.testing.conversations.xccos_stage import errors_behind


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: f"{verb.name}: {verb.form.template}")
def test_every_verb_has_its_method(verb: Verb) -> None:
    method = getattr(CoreStage, verb.name, None) or getattr(Administrator, verb.name)
    assert set(inspect.signature(method).parameters) - {"self"} == set(verb.form.slots)
    assert inspect.iscoroutinefunction(method)


def test_every_slot_has_its_kind() -> None:
    forms = [*(verb.form for verb in VERBS), *(verb.answer for verb in VERBS if verb.answer), *SIGHTS.values()]
    assert {slot for form in forms for slot in form.slots} <= set(KINDS)


# --- refusals --------------------------------------------------------------------------------------------------------
def refusal_of(kind: ErrorKind) -> ParlourError:
    """Make an error with some text in every placeholder."""
    names = re.findall(r"\{(\w+)(?:![rs])?\}", kind.text)
    return ParlourError(kind, None, **{name: f'some "{name}", and more.' for name in names})


def alike(kind: ErrorKind) -> set[str]:
    """Return the errors that have the very same words and codes: nobody on a wire tells them apart."""
    return {other.name for other in REGISTRY.values()
            if (other.text, other.remedy, other.sip, other.xccos) == (kind.text, kind.remedy, kind.sip, kind.xccos)}


def replied(error: ParlourError) -> ChatEvent:
    """Make the reply that refuses a command."""
    text = str(error).replace("&", "&amp;").replace("<", "&lt;")
    (event,) = read_envelope(
        f'<xccos xmlns="urn:parlano:xml:ns:xccos"><rpl id="rpl:x"><resp code="{error.kind.xccos}">{text}</resp></rpl>'
        "</xccos>".encode())
    return event


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.name)
def test_a_refused_command_tells_its_error(kind: ErrorKind) -> None:
    reply = replied(refusal_of(kind))
    assert errors_behind(RefusedError("cmd:x", reply.code, reply.reason, reply)) == alike(kind)


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.name)
def test_a_refused_message_tells_its_error(kind: ErrorKind) -> None:
    diagnostics = f"20007;reason={quote(str(refusal_of(kind)))};source=x"
    response = Response(kind.sip, "No", Headers((("ms-diagnostics", diagnostics),)), b"")
    assert errors_behind(RefusedError("post", response.status, response.reason, response)) == alike(kind)


def test_a_refusal_without_words_is_no_error_of_the_registry() -> None:
    response = Response(403, "Forbidden", Headers(()), b"")
    assert errors_behind(RefusedError("post", 403, "Forbidden", response)) == frozenset()


# --- what is shown ---------------------------------------------------------------------------------------------------
async def test_a_server_that_shows_something_new_is_noticed(tmp_path: Path) -> None:
    scene = parse('people: alice\nroom "Hall" in "General": open\nalice joins "Hall"')
    async with xccos_stage(tmp_path) as stage:
        await play(scene, stage)
        client = stage.player(Endpoint("alice"))
        client._read(b'<xccos xmlns="urn:parlano:xml:ns:xccos"><ntc id="ntc:new"/></xccos>')  # noqa: SLF001 - a server
        (sight,) = await stage.sights(Endpoint("alice"))
        assert sight.verb == "?ntc:new"


async def test_stages_have_the_same_people_in_the_same_order(tmp_path: Path) -> None:
    scene = parse('people: bob, alice\npeople at "fabrikam.com": frank\n'
                  "alice on her phone looks for rooms and finds nothing")
    wanted = (Endpoint("alice"), Endpoint("bob"), Endpoint("frank"), Endpoint("alice", "phone"))
    async with core_stage(tmp_path / "core") as core, xccos_stage(tmp_path / "xccos") as xccos:
        for stage in (core, xccos):
            await play(scene, stage)
            assert tuple(stage.endpoints) == wanted
