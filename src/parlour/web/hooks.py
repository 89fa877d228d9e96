"""Hooks over HTTP: what other systems post, and what managers of rooms do with the hooks of theirs.

``POST /hooks/SECRET`` is what systems call that were made for Slack's incoming webhooks: it takes their bodies and
answers in their words. Everything else is part of the API.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, NotRequired, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from typing_extensions import TypedDict

from parlour.bots.model import Bot, Hook, HookKind, Made, NewHook
from parlour.bots.service import Hooks
from parlour.bots.slack import SlackError, read_post
from parlour.directory.bearers import Bearers, Kind
from parlour.directory.bots import Bots
from parlour.errors import (
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
from parlour.forms import Moment, NewTokenForm, PersonForm, TokensForm
from parlour.web.api.serving import PREFIX, Body, BoundedRoute, Manager, Reader, TheRoom, Writer
from parlour.web.body import bounded_body
from parlour.web.callers import Caller, Scope, peer_of
from parlour.web.shapes import moment, token_shape

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
_ROOM: Final = "/rooms/{domain}/{guid}"

router = APIRouter(prefix=PREFIX, tags=["hooks"], route_class=BoundedRoute)
incoming = APIRouter()


@dataclass(frozen=True, slots=True)
class HookServices:
    """What the routes need.

    Attributes:
        hooks: the hooks.
        bots: the bots.
        bearers: their tokens.
        base: returns where others reach this listener.
    """

    hooks: Hooks
    bots: Bots
    bearers: Bearers
    base: Callable[[], str]


def add_hooks(app: FastAPI, services: HookServices) -> None:
    """Add the routes."""
    app.state.hooks = services
    app.include_router(router)
    app.include_router(incoming)


async def _services(request: Request) -> HookServices:
    return cast("HookServices", request.app.state.hooks)


Services = Annotated[HookServices, Depends(_services)]


# -- what other systems call


@incoming.post("/hooks/{secret}", response_class=PlainTextResponse)
async def take(secret: str, request: Request, services: Services) -> Response:
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


def _refused(refusal: ParlourError) -> Response:
    status, word = _SLACK.get(refusal.kind, _OTHERWISE)
    response = _word(status, word)
    if refusal.kind is HOOKS_TOO_OFTEN:
        response.headers["Retry-After"] = str(refusal.details["seconds"])
    return response


def _word(status: int, word: str) -> Response:
    return PlainTextResponse(word, status, {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"})


# -- the hooks of a room

KindName = Literal["incoming", "outgoing", "command"]


class HookForm(TypedDict):
    """A hook; `secret` and `href` only in the answer that made it, `failing` and `fault` while something is wrong."""

    id: str
    kind: KindName
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


class NewHookBody(Body):
    """A hook as it shall be; without a `bot`, one is made for it."""

    kind: KindName
    name: str
    description: str = ""
    url: str = ""
    bot: str = ""


class SwitchBody(Body):
    """Whether a hook works."""

    enabled: bool


@router.get(f"{_ROOM}/hooks")
async def hooks_of_room(services: Services, caller: Reader, room: TheRoom) -> HooksForm:
    """List the hooks of a room that one manages."""
    found = await services.hooks.managed(caller.person, room)
    return {"hooks": [_hook(hook) for hook in await services.hooks.of_room(found)]}


@router.post(f"{_ROOM}/hooks", status_code=201)
async def make_hook(services: Services, caller: Manager, room: TheRoom, body: NewHookBody) -> HookForm:
    """Make a hook; its secret is shown this once. An access token does not do: the hook would outlive it."""
    caller.require_himself()
    found = await services.hooks.managed(caller.person, room)
    new = NewHook(HookKind(body.kind), body.name, body.description, body.url, body.bot)
    return _made(await services.hooks.create(found, new, caller.person), services.base())


@router.patch(f"{_ROOM}/hooks/{{hook_id}}")
async def switch_hook(
    services: Services, caller: Manager, room: TheRoom, hook_id: str, body: SwitchBody
) -> HookForm:
    """Switch a hook on or off; one that is switched on tries at once what failed."""
    found = await services.hooks.managed(caller.person, room)
    await services.hooks.switch(await services.hooks.find(hook_id, found), enabled=body.enabled)
    return _hook(await services.hooks.find(hook_id, found))


@router.delete(f"{_ROOM}/hooks/{{hook_id}}", status_code=204)
async def remove_hook(services: Services, caller: Manager, room: TheRoom, hook_id: str) -> None:
    """Remove a hook; its bot stays."""
    found = await services.hooks.managed(caller.person, room)
    await services.hooks.remove(await services.hooks.find(hook_id, found))


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


# -- commands


class CommandForm(TypedDict):
    """A command that may be typed in a room."""

    name: str
    description: str
    bot: PersonForm


class CommandsForm(TypedDict):
    """Commands by name."""

    commands: list[CommandForm]


class CommandBody(Body):
    """What was typed."""

    text: str


class CommandAnswerForm(TypedDict):
    """What whoever typed a command is told, and nobody else."""

    ephemeral: str | None


@router.get(f"{_ROOM}/commands")
async def commands(services: Services, caller: Reader, room: TheRoom) -> CommandsForm:
    """List the commands that one may type in a room."""
    found = await services.hooks.commands(caller.person, room)
    return {"commands": [{"name": hook.name, "description": hook.description, "bot": _person(hook)} for hook in found]}


@router.post(f"{_ROOM}/commands")
async def run_command(services: Services, caller: Writer, room: TheRoom, body: CommandBody) -> CommandAnswerForm:
    """Run what was typed, e.g. ``/deploy now``."""
    return {"ephemeral": await services.hooks.command(caller.person, room, body.text)}


# -- bots


class BotForm(TypedDict):
    """A bot; `own` if whoever asks owns it."""

    address: str
    name: str
    description: str
    own: bool


class BotsForm(TypedDict):
    """Bots by address."""

    bots: list[BotForm]


class NewTokenBody(Body):
    """An access token as it shall be; without `days`, it is good until it is ended. Others are for administrators."""

    name: str
    scopes: list[Literal["read", "write", "manage"]]
    days: int | None = None


@router.get("/bots")
async def bots(services: Services, caller: Reader) -> BotsForm:
    """List all bots, so that clients can show them as what they are."""
    return {"bots": [_bot(bot, caller) for bot in await services.bots.all()]}


@router.delete("/bots/{address}", status_code=204)
async def remove_bot(services: Services, caller: Manager, address: str) -> None:
    """Remove a bot of one's own, with its hooks and access tokens; what it wrote stays."""
    bot = await _own(services, caller, address)
    await services.hooks.remove_all_of(bot.person)
    await services.bots.remove(bot)


@router.get("/bots/{address}/tokens")
async def bot_tokens(services: Services, caller: Reader, address: str) -> TokensForm:
    """List the access tokens of a bot of one's own."""
    bot = await _own(services, caller, address)
    return {"tokens": [token_shape(one) for one in await services.bearers.of(bot.person, Kind.TOKEN)]}


@router.post("/bots/{address}/tokens", status_code=201)
async def make_bot_token(
    services: Services, caller: Manager, address: str, body: NewTokenBody, request: Request
) -> NewTokenForm:
    """Make an access token for a bot of one's own; it is shown this once. An access token does not do."""
    bot = await _own(services, caller, address)
    made = await services.bearers.make_token(bot.person, body.name, map(Scope, body.scopes), body.days,
                                             request.headers.get("User-Agent", ""), peer_of(request))
    return {**token_shape(made.bearer), "token": made.secret}


@router.delete("/bots/{address}/tokens/{token_id}", status_code=204)
async def end_bot_token(services: Services, caller: Manager, address: str, token_id: str) -> None:
    """End an access token of a bot of one's own."""
    await services.bearers.end((await _own(services, caller, address)).person, Kind.TOKEN, token_id)


async def _own(services: HookServices, caller: Caller, address: str) -> Bot:
    """Return a bot of whoever asks; an access token does not do, since nobody shall make more of one that he found.

    Raises:
        ParlourError: TokenNotEnough, BotNotFound, BotForeign.
    """
    caller.require_himself()
    bot = await services.bots.find(address)
    if bot.owner is None or bot.owner.id != caller.person.id:
        raise ParlourError(BOT_FOREIGN, address[:100], bot=bot.person.address.bare)
    return bot


def _bot(bot: Bot, caller: Caller) -> BotForm:
    own = bot.owner is not None and bot.owner.id == caller.person.id
    return {"address": bot.person.address.bare, "name": bot.person.display_name,
            "description": bot.description if own else "", "own": own}

