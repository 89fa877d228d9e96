"""Hooks over HTTP: what other systems post, and what managers of rooms do with the hooks of theirs.

``POST /hooks/SECRET`` is what systems call that were made for Slack's incoming webhooks: it takes their bodies and
answers in their words. Everything else is part of the API.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NotRequired

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from typing_extensions import TypedDict

from parlour.addresses import RoomUri
from parlour.bots.model import Bot, Hook, HookKind, Made, NewHook
from parlour.bots.service import Hooks
from parlour.bots.slack import SlackError, read_post
from parlour.chat.model import Room
from parlour.directory.bearers import Bearer, Bearers, Kind
from parlour.directory.bots import Bots
from parlour.errors import (
    BODY_INVALID,
    BODY_TOO_LARGE,
    BOT_FOREIGN,
    HOOK_NOT_FOUND,
    HOOK_OFF,
    HOOKS_TOO_OFTEN,
    KEY_USED,
    MESSAGE_INVALID,
    MESSAGE_TOO_LONG,
    ROOM_DISABLED,
    ROOM_GONE,
    ROOM_NOT_FOUND,
    STORAGE_UNAVAILABLE,
    ErrorKind,
    ParlourError,
)
from parlour.forms import Moment, PersonForm
from parlour.web.body import bounded_body, json_body
from parlour.web.callers import Caller, Callers, Scope, peer_of
from parlour.web.shapes import moment, person_shape

MOST_BODY: Final = 262_144  # bytes of a post from another system
_MOST_KEY: Final = 200
_SLACK: Final[dict[ErrorKind, tuple[int, str]]] = {
    HOOK_NOT_FOUND: (404, "no_service"),
    HOOK_OFF: (404, "no_active_hooks"),
    ROOM_NOT_FOUND: (404, "channel_not_found"),
    ROOM_GONE: (404, "channel_not_found"),
    ROOM_DISABLED: (410, "channel_is_archived"),
    MESSAGE_INVALID: (400, "invalid_payload"),
    MESSAGE_TOO_LONG: (400, "msg_too_long"),
    BODY_TOO_LARGE: (413, "msg_too_long"),
    HOOKS_TOO_OFTEN: (429, "rate_limited"),
    KEY_USED: (400, "invalid_payload"),
    STORAGE_UNAVAILABLE: (503, "rollup_error"),
}
_OTHERWISE: Final = (403, "action_prohibited")


class HookForm(TypedDict):
    """A hook; `secret` and `href` only in the answer that made it, `failing` and `fault` while something is wrong."""

    id: str
    kind: Literal["incoming", "outgoing", "command"]
    name: str
    description: str
    url: str
    bot: PersonForm
    creator: str
    since: Moment
    enabled: bool
    failing: NotRequired[Moment]
    fault: NotRequired[str]
    secret: NotRequired[str]
    href: NotRequired[str]


class HooksForm(TypedDict):
    """The hooks of a room, by name."""

    hooks: list[HookForm]


class CommandForm(TypedDict):
    """A command that may be typed in a room."""

    name: str
    description: str
    bot: PersonForm


class CommandsForm(TypedDict):
    """Commands by name."""

    commands: list[CommandForm]


class CommandAnswerForm(TypedDict):
    """What whoever typed a command is told, and nobody else."""

    ephemeral: str | None


class BotForm(TypedDict):
    """A bot; `own` if whoever asks owns it."""

    address: str
    name: str
    description: str
    own: bool


class BotsForm(TypedDict):
    """Bots by address."""

    bots: list[BotForm]


class TokenForm(TypedDict):
    """An access token; `token` only in the answer that made it."""

    id: str
    name: str
    scopes: list[str]
    since: Moment
    used: Moment | None
    expires: Moment | None
    token: NotRequired[str]


class TokensForm(TypedDict):
    """Access tokens, the newest first."""

    tokens: list[TokenForm]


@dataclass(frozen=True, slots=True)
class HookServices:
    """What the routes need.

    Attributes:
        hooks: the hooks.
        bots: the bots.
        bearers: their tokens.
        callers: says who asks.
        base: returns where others reach this listener.
    """

    hooks: Hooks
    bots: Bots
    bearers: Bearers
    callers: Callers
    base: Callable[[], str]


def hook_routes(services: HookServices) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    router.include_router(_incoming_routes(services))
    router.include_router(_room_routes(services))
    router.include_router(_bot_routes(services))
    return router


# -- what other systems call


def _incoming_routes(services: HookServices) -> APIRouter:
    router = APIRouter()

    @router.post("/hooks/{secret}", response_class=PlainTextResponse)
    async def take(secret: str, request: Request) -> Response:
        """Post to a room, as to an incoming webhook of Slack."""
        try:
            hook = await services.hooks.behind(secret)
            body = await bounded_body(request, MOST_BODY)
            post = read_post(request.headers.get("Content-Type", ""), body)
            await services.hooks.take(hook, post, request.headers.get("Idempotency-Key", "")[:_MOST_KEY])
        except SlackError as refusal:
            return _word(400, str(refusal))
        except ParlourError as refusal:
            return _refused(refusal)
        return _word(200, "ok")

    return router


def _refused(refusal: ParlourError) -> Response:
    status, word = _SLACK.get(refusal.kind, _OTHERWISE)
    response = _word(status, word)
    if refusal.kind is HOOKS_TOO_OFTEN:
        response.headers["Retry-After"] = str(refusal.details["seconds"])
    return response


def _word(status: int, word: str) -> Response:
    return PlainTextResponse(word, status, {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"})


# -- rooms


def _room_routes(services: HookServices) -> APIRouter:
    router = APIRouter(prefix="/api/v1/rooms/{domain}/{guid}")
    hooks = services.hooks

    async def managed(domain: str, guid: str, request: Request, scope: Scope) -> tuple[Caller, Room]:
        caller = await services.callers.of(request)
        caller.require(scope)
        return caller, await hooks.managed(caller.person, RoomUri(domain, guid))

    @router.get("/hooks")
    async def of_room(domain: str, guid: str, request: Request) -> HooksForm:
        """List the hooks of a room that whoever asks manages."""
        _, room = await managed(domain, guid, request, Scope.READ)
        return {"hooks": [_hook(hook) for hook in await hooks.of_room(room)]}

    @router.post("/hooks", status_code=201)
    async def make(domain: str, guid: str, request: Request) -> HookForm:
        """Make a hook; its secret is shown this once."""
        caller, room = await managed(domain, guid, request, Scope.MANAGE)
        made = await hooks.create(room, _new_hook(await json_body(request)), caller.person)
        return _made(made, services.base())

    @router.patch("/hooks/{hook_id}")
    async def switch(domain: str, guid: str, hook_id: str, request: Request) -> HookForm:
        """Switch a hook on or off; one that is on tries again at once what failed."""
        _, room = await managed(domain, guid, request, Scope.MANAGE)
        enabled = (await json_body(request)).get("enabled")
        if not isinstance(enabled, bool):
            raise ParlourError(BODY_INVALID, reason='"enabled" is neither true nor false')
        await hooks.switch(await hooks.find(hook_id, room), enabled=enabled)
        return _hook(await hooks.find(hook_id, room))

    @router.delete("/hooks/{hook_id}", status_code=204)
    async def remove(domain: str, guid: str, hook_id: str, request: Request) -> None:
        """Remove a hook; its bot stays."""
        _, room = await managed(domain, guid, request, Scope.MANAGE)
        await hooks.remove(await hooks.find(hook_id, room))

    @router.get("/commands")
    async def commands(domain: str, guid: str, request: Request) -> CommandsForm:
        """List the commands that whoever asks may type in a room."""
        caller = await services.callers.of(request)
        caller.require(Scope.READ)
        found = await hooks.commands(caller.person, RoomUri(domain, guid))
        return {"commands": [{"name": hook.name, "description": hook.description, "bot": _person(hook)}
                             for hook in found]}

    @router.post("/commands")
    async def run(domain: str, guid: str, request: Request) -> CommandAnswerForm:
        """Run what was typed, e.g. ``/deploy now``."""
        caller = await services.callers.of(request)
        caller.require(Scope.WRITE)
        typed = _text(await json_body(request), "text")
        return {"ephemeral": await hooks.command(caller.person, RoomUri(domain, guid), typed)}

    return router


def _new_hook(given: dict[str, Any]) -> NewHook:
    kind = _text(given, "kind")
    if kind not in HookKind.__members__.values():
        raise ParlourError(BODY_INVALID, reason='"kind" is none of incoming, outgoing and command')
    return NewHook(HookKind(kind), _text(given, "name"), *(
        _text(given, name) if given.get(name) is not None else "" for name in ("description", "url", "bot")))


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise ParlourError(BODY_INVALID, reason=f'"{name}" is no text')
    return value


def _hook(hook: Hook) -> HookForm:
    form: HookForm = {
        "id": hook.guid, "kind": hook.kind.value, "name": hook.name, "description": hook.description, "url": hook.url,
        "bot": _person(hook), "creator": hook.creator.removeprefix("sip:"), "since": moment(hook.created_at),
        "enabled": hook.enabled and hook.bot.enabled}
    if hook.failing_since is not None:
        form["failing"] = moment(hook.failing_since)
    if hook.fault:
        form["fault"] = hook.fault
    return form


def _made(made: Made, base: str) -> HookForm:
    form = _hook(made.hook)
    form["secret"] = made.secret
    if made.hook.kind is HookKind.INCOMING:
        form["href"] = f"{base}/hooks/{made.secret}"
    return form


def _person(hook: Hook) -> PersonForm:
    return {"address": hook.bot.address.bare, "name": hook.bot.display_name}


# -- bots


def _bot_routes(services: HookServices) -> APIRouter:
    router = APIRouter(prefix="/api/v1/bots")

    async def own(address: str, caller: Caller) -> Bot:
        """Return a bot of whoever asks."""
        bot = await services.bots.find(address)
        if bot.owner is None or bot.owner.id != caller.person.id:
            raise ParlourError(BOT_FOREIGN, address, bot=bot.person.address.bare)
        return bot

    @router.get("")
    async def bots(request: Request) -> BotsForm:
        """List all bots, so that clients can show them as what they are."""
        caller = await services.callers.of(request)
        caller.require(Scope.READ)
        return {"bots": [_bot(bot, caller) for bot in await services.bots.all()]}

    @router.get("/{address}/tokens")
    async def tokens(address: str, request: Request) -> TokensForm:
        """List the access tokens of a bot of one's own."""
        caller = await services.callers.of(request)
        caller.require(Scope.READ)
        bot = await own(address, caller)
        return {"tokens": [_token(one) for one in await services.bearers.of(bot.person, Kind.TOKEN)]}

    @router.post("/{address}/tokens", status_code=201)
    async def make_token(address: str, request: Request) -> TokenForm:
        """Make an access token for a bot of one's own; it is shown this once."""
        caller = await services.callers.of(request)
        caller.require(Scope.MANAGE)
        bot, given = await own(address, caller), await json_body(request)
        made = await services.bearers.make_token(
            bot.person, _text(given, "name"), _scopes(given.get("scopes"), caller), _days(given.get("days")),
            request.headers.get("User-Agent", ""), peer_of(request))
        return {**_token(made.bearer), "token": made.secret}

    @router.delete("/{address}/tokens/{token_id}", status_code=204)
    async def end_token(address: str, token_id: str, request: Request) -> None:
        """End an access token of a bot of one's own."""
        caller = await services.callers.of(request)
        caller.require(Scope.MANAGE)
        await services.bearers.end((await own(address, caller)).person, Kind.TOKEN, token_id)

    return router


def _bot(bot: Bot, caller: Caller) -> BotForm:
    shape = person_shape(bot.person)
    return {"address": shape["address"], "name": shape["name"], "description": bot.description,
            "own": bot.owner is not None and bot.owner.id == caller.person.id}


def _scopes(given: object, caller: Caller) -> list[Scope]:
    """Return the scopes that were asked for; nobody gives away more than he came with."""
    if not isinstance(given, list) or not all(one in [scope.value for scope in Scope] for one in given):
        raise ParlourError(BODY_INVALID, reason='"scopes" is no list of read, write, manage and admin')
    wanted = [Scope(one) for one in given]
    for scope in wanted:
        caller.require(scope)
    return wanted


def _days(given: object) -> int | None:
    if given is None or (isinstance(given, int) and not isinstance(given, bool)):
        return given
    raise ParlourError(BODY_INVALID, reason='"days" is no number')


def _token(bearer: Bearer) -> TokenForm:
    return {"id": bearer.id, "name": bearer.name, "scopes": sorted(bearer.scopes), "since": moment(bearer.created_at),
            "used": None if bearer.used_at is None else moment(bearer.used_at),
            "expires": None if bearer.expires_at is None else moment(bearer.expires_at)}
