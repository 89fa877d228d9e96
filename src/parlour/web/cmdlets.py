"""REST for administration: each cmdlet as ``POST /api/admin/v1/cmdlets/NAME``, from its own definition.

The body is an object of parameters (``GET`` of the same address gives its JSON Schema); the answer is a stream of
events, one JSON object a line (`parlour.web.streams`). ``POST /api/admin/v1/run`` takes a line of the shell's language
and streams the text that a terminal would show: it is what ``parlour --server`` speaks. Whoever asks says who he is in
any of the ways of `parlour.web.callers`, and sees only what his roles allow.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from parlour.admin.catalog import registry
from parlour.admin.engine import Cmdlet, PsObject, Session, Status, complete, execute, synopsis
from parlour.admin.engine.execution import execute_statements
from parlour.admin.engine.limits import MAX_DEPTH
from parlour.admin.engine.objects import HASHTABLE, Value
from parlour.admin.engine.schema import json_schema
from parlour.admin.engine.syntax import Call, NameToken, Statement
from parlour.admin.engine.variables import Variables
from parlour.admin.texthost import TextHost
from parlour.chat.model import Person
from parlour.errors import BODY_INVALID, NO_ROLE, REGISTRY, ParlourError
from parlour.web.body import json_body
from parlour.web.callers import Callers, Scope, peer_of
from parlour.web.problems import problem
from parlour.web.streams import Event, EventHost, EventTerminal, Runs

PREFIX: Final = "/api/admin/v1"
_NDJSON: Final = "application/x-ndjson"
_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_NARROWEST, _WIDEST, _WIDTH = 40, 1000, 120


@dataclass(frozen=True, slots=True)
class AdminServices:
    """What the routes need.

    Attributes:
        callers: says who asks.
        session: makes the session of a person at a network address.
        runs: the runs under way.
    """

    callers: Callers
    session: Callable[[Person, str], Awaitable[Session]]
    runs: Runs


def admin_routes(services: AdminServices) -> APIRouter:
    """Return the routes of administration."""
    router = APIRouter(prefix=PREFIX)

    @router.get("/cmdlets")
    async def cmdlets(request: Request) -> list[dict[str, str]]:
        """List the cmdlets that whoever asks may run."""
        session = await _session(services, request)
        return [_listed(cmdlet) for cmdlet in registry().visible(session) if not cmdlet.meta.utility]

    @router.get("/cmdlets/{name}")
    async def schema(name: str, request: Request) -> dict[str, Any]:
        """Return the JSON Schema of a cmdlet's parameters."""
        return json_schema(registry().find(await _session(services, request), name))

    @router.post("/cmdlets/{name}")
    async def run_cmdlet(name: str, request: Request) -> Response:
        """Run a cmdlet."""
        session = await _session(services, request)
        given = await json_body(request)
        tokens = tuple(NameToken(key, _raw(value)) for key, value in given.items())
        host, statement = EventHost(), Statement((Call(name, tokens),))
        return await _stream(services.runs.events(
            host, lambda: execute_statements(registry(), session, host, [statement])))

    @router.post("/run")
    async def run_line(request: Request) -> Response:
        """Run a line of the shell's language, or a list of words, and show what a terminal would."""
        session = await _session(services, request)
        given = await json_body(request)
        events = EventHost()
        terminal = EventTerminal(events, shows_progress=given.get("progress") is True)
        text = TextHost(terminal, _width(given.get("width")), clock=session.clock)
        events.when_abandoned(text.stop)
        source = _source(given.get("source"))
        variables = Variables(trial=given.get("trial") is True)

        async def run() -> Any:  # noqa: ANN401 - what execute returns
            result = await execute(registry(), session, text, source, variables=variables)
            await text.finish()
            return result
        return await _stream(services.runs.events(events, run), problems=False)

    @router.post("/complete")
    async def completions(request: Request) -> list[str]:
        """Return what the last word of a line, or the last of some words, can become."""
        session = await _session(services, request)
        return await complete(registry(), session, _source((await json_body(request)).get("text"), "text"))

    return router


def _listed(cmdlet: type[Cmdlet]) -> dict[str, str]:
    return {"name": cmdlet.meta.name, "synopsis": synopsis(cmdlet), "href": f"{PREFIX}/cmdlets/{cmdlet.meta.name}"}


async def _session(services: AdminServices, request: Request) -> Session:
    """Return the session of whoever asks; somebody without a role has nothing to do here.

    Raises:
        ParlourError: as `Callers.identify`; ScopeMissing, NoRole.
    """
    caller = await services.callers.of(request)
    caller.require(Scope.ADMIN)
    session = await services.session(caller.person, peer_of(request))
    if not session.roles:
        bare = caller.person.address.bare
        raise ParlourError(NO_ROLE, bare, person=bare)
    return session


def _raw(value: Any, depth: int = 0) -> Value:  # noqa: ANN401 - whatever JSON holds
    """Return a JSON value as the shell's language would have given it.

    Raises:
        ParlourError: RequestBodyInvalid, if it is nested too deep.
    """
    if depth > MAX_DEPTH:
        raise ParlourError(BODY_INVALID, reason=f"it is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return PsObject((HASHTABLE,), {str(name): _raw(inner, depth + 1) for name, inner in value.items()})
    if isinstance(value, list):
        return [_raw(element, depth + 1) for element in value]
    return value  # type: ignore[no-any-return]  # text, a number, a truth or null


def _source(given: object, name: str = "source") -> str | list[str]:
    if isinstance(given, str):
        return given
    if isinstance(given, list) and all(isinstance(word, str) for word in given):
        return given
    raise ParlourError(BODY_INVALID, reason=f'"{name}" is neither a text nor a list of words')


def _width(given: object) -> int:
    return max(_NARROWEST, min(given, _WIDEST)) if isinstance(given, int) else _WIDTH


async def _stream(
    opened: AbstractAsyncContextManager[AsyncIterator[Event]], *, problems: bool = True
) -> Response:
    """Answer with the events of a run, or with a problem if it never began because of an error."""
    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(opened)
        first = [event async for event in _until(events, 2)] if problems else []
        if first and (refused := _refusal(first)) is not None:
            return refused
        kept = stack.pop_all()
    return StreamingResponse(_lines(kept, first, events), media_type=_NDJSON, headers=_HEADERS)


async def _until(events: AsyncIterator[Event], most: int) -> AsyncIterator[Event]:
    """Return the first events, as many as it takes to know whether the run was refused."""
    async for event in events:
        yield event
        most -= 1
        if most == 0 or "error" not in event:
            return


def _refusal(first: list[Event]) -> Response | None:
    """Return the problem that kept the run from beginning, if one did."""
    end = first[-1].get("end")
    if end is None or end["status"] != Status.USAGE or "error" not in first[0]:
        return None
    error = first[0]["error"]
    return problem(REGISTRY[error["id"]], error["message"], {"target": error["target"]})


async def _lines(kept: AsyncExitStack, first: list[Event], events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    async with kept:
        for event in first:
            yield _line(event)
        if not first or "end" not in first[-1]:
            async for event in events:
                yield _line(event)


def _line(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
