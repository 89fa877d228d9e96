"""Bots, their access tokens, and hooks of rooms. Parlour's own, in the style of the original."""

from parlour.admin.engine import ActsOn, Cmdlet, Example, Meta, Pipeline, PsObject, Value, parameter
from parlour.admin.guard import changeable
from parlour.admin.poolreach import reached_by
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.admin.values import Values
from parlour.bots.model import Bot, Hook, HookKind, NewBot, NewHook
from parlour.bots.service import Hooks
from parlour.chat.core import Core
from parlour.chat.model import Person
from parlour.directory.bearers import Bearer, Bearers, Kind, Scope
from parlour.directory.bots import Bots
from parlour.directory.people import People
from parlour.errors import HOOK_AMBIGUOUS, HOOK_NOT_FOUND, PARAMETER_MISSING, ParlourError

BOT = "Parlour.ChatBot"
TOKEN = "Parlour.ChatBotToken"  # noqa: S105 - a type name
HOOK = "Parlour.ChatHook"
_BOT_HELP = "The bot: its SIP address, with or without sip:."
_HOOK_HELP = "The hook: its identifier or, where that is clear, its name."
_ROOM_HELP = "The room: its name, or pool, backslash and name."
_READERS = (*CHAT_ADMINISTRATORS, *READERS)


def shown_bot(bot: Bot) -> PsObject:
    """Return a bot as administrators see it."""
    address = str(bot.person.address)
    return PsObject((BOT,), {
        "Identity": address, "DisplayName": bot.person.display_name, "Description": bot.description,
        "Owner": None if bot.owner is None else str(bot.owner.address), "Enabled": bot.person.enabled,
        "WhenCreated": bot.created_at}, text=address)


def shown_token(bot: Bot, token: Bearer, secret: str | None = None) -> PsObject:
    """Return an access token as administrators see it; with its secret, if it was just made."""
    values: dict[str, Value] = {
        "Identity": token.id, "Bot": str(bot.person.address), "Name": token.name, "Scopes": sorted(token.scopes),
        "WhenCreated": token.created_at, "WhenUsed": token.used_at, "WhenExpires": token.expires_at}
    return PsObject((TOKEN,), values if secret is None else values | {"Token": secret}, text=token.id)


def shown_hook(hook: Hook, secret: str | None = None) -> PsObject:
    """Return a hook as administrators see it; with its secret, if it was just made."""
    values: dict[str, Value] = {
        "Identity": hook.guid, "Kind": hook.kind.value.title(), "Name": hook.name, "Room": hook.room_name,
        "Bot": str(hook.bot.address), "Url": hook.url or None, "Description": hook.description,
        "Creator": hook.creator or None, "Enabled": hook.enabled, "FailingSince": hook.failing_since,
        "Fault": hook.fault or None, "WhenCreated": hook.created_at}
    return PsObject((HOOK,), values if secret is None else values | {"Secret": secret}, text=hook.guid)


async def _owner(cmdlet: Cmdlet, identity: str | None) -> Person | None:
    return await cmdlet.service(People).called(identity) if identity else None


# -- bots


class NewCsPersistentChatBot(Cmdlet):
    """Makes a bot: a program that stands in lists of rooms as people do, has access tokens, and no password.

    It lies in the container OU=Bots of the directory, so that categories can allow or deny all bots at once.
    """

    meta = Meta("New-CsPersistentChatBot", should_process=True, outputs=(BOT,), roles=CHAT_ADMINISTRATORS, examples=(
        Example('New-CsPersistentChatBot -DisplayName "Build server" -SipAddress "sip:builds@litwareinc.com" -WhatIf',
                "Says what would be made."),))
    display_name: str = parameter(position=1, mandatory=True, help="The name that others see.")
    sip_address: str | None = parameter(help="SIP address; without it, one is made of the name.")
    description: str = parameter(default="", help="What it is for, up to 256 characters.")
    owner: str | None = parameter(
        values=Values.PERSON, help="Whoever may use it for hooks and make its tokens, besides administrators.")

    async def process(self) -> None:
        """Make it."""
        bots = self.service(Bots)
        new = NewBot(self.display_name, self.sip_address or "", self.description, await _owner(self, self.owner))
        await bots.check_new(new)
        if await self.should_process(self.sip_address or self.display_name):
            await self.write(shown_bot(await bots.add(new)))


class GetCsPersistentChatBot(Cmdlet):
    """Lists bots."""

    meta = Meta("Get-CsPersistentChatBot", outputs=(BOT,), roles=_READERS, examples=(
        Example("Get-CsPersistentChatBot", "Lists all bots."),))
    identity: str | None = parameter(
        values=Values.BOT, position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_BOT_HELP)

    async def process(self) -> None:
        """List them."""
        bots = self.service(Bots)
        found = await bots.all() if self.identity is None else [await bots.find(self.identity)]
        await self.write_all(map(shown_bot, found))


class _OneBot(Cmdlet):
    """What cmdlets for one existing bot have in common."""

    identity: str = parameter(
        values=Values.BOT, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_BOT_HELP)

    async def bot(self) -> Bot:
        """Return the bot that is meant; one with an administrative role is for CsAdministrators only."""
        bot = await self.service(Bots).find(self.identity)
        await changeable(self, str(bot.person.address))
        return bot


class SetCsPersistentChatBot(_OneBot):
    """Changes a bot."""

    meta = Meta("Set-CsPersistentChatBot", should_process=True, roles=CHAT_ADMINISTRATORS, examples=(
        Example('Set-CsPersistentChatBot -Identity "sip:builds@litwareinc.com" -Owner "sip:bob@litwareinc.com" -WhatIf',
                "Says what would be changed."),))
    display_name: str | None = parameter(help="The name that others see.")
    description: str | None = parameter(help="What it is for, up to 256 characters.")
    owner: str | None = parameter(
        values=Values.PERSON, nullable=True,
        help="Whoever may use it for hooks and make its tokens, besides administrators; $null for nobody.")

    async def process(self) -> None:
        """Change it."""
        bots, bot = self.service(Bots), await self.bot()
        if not self.bound & {"DisplayName", "Description", "Owner"}:
            raise ParlourError(PARAMETER_MISSING, self.meta.name, names="-DisplayName; or -Description; or -Owner")
        owner = await _owner(self, self.owner)
        if not await self.should_process(str(bot.person.address)):
            return
        if self.display_name is not None:
            await bots.rename(bot, self.display_name)
        if self.description is not None:
            await bots.describe(bot, self.description)
        if "Owner" in self.bound:
            await bots.give(bot, owner)


class RemoveCsPersistentChatBot(_OneBot):
    """Removes bots, with their hooks and access tokens.

    What a bot wrote stays under its name; so its address stays taken, and its account disabled. One that never wrote
    anything is gone.
    """

    meta = Meta("Remove-CsPersistentChatBot", should_process=True, roles=CHAT_ADMINISTRATORS, examples=(
        Example('Remove-CsPersistentChatBot -Identity "sip:builds@litwareinc.com" -WhatIf',
                "Says what would be removed."),))

    async def process(self) -> None:
        """Remove one."""
        bot = await self.bot()
        if await self.should_process(str(bot.person.address)):
            await self.service(Hooks).remove_all_of(bot.person)
            await self.service(Bots).remove(bot)


# -- their tokens


class NewCsPersistentChatBotToken(_OneBot):
    """Makes an access token for a bot: the property Token, which is shown this once, is what the program sends."""

    meta = Meta("New-CsPersistentChatBotToken", should_process=True, outputs=(TOKEN,), roles=CHAT_ADMINISTRATORS,
                examples=(Example('New-CsPersistentChatBotToken -Identity "sip:builds@litwareinc.com" -Name "runner 1" '
                                  "-Scopes read,write -Days 90 -WhatIf", "Says what would be made."),))
    name: str = parameter(mandatory=True, help="What it is called.")
    scopes: list[Scope] | None = parameter(
        help="What it is good for: read, write, manage, admin. Without it, read and write.")
    days: int | None = parameter(help="How many days it is good for; without it, until it is removed.")

    async def process(self) -> None:
        """Make one."""
        bot = await self.bot()
        scopes = self.scopes or [Scope.READ, Scope.WRITE]
        if await self.should_process(str(bot.person.address)):
            made = await self.service(Bearers).make_token(bot.person, self.name, scopes, self.days)
            await self.write(shown_token(bot, made.bearer, made.secret))


class GetCsPersistentChatBotToken(Cmdlet):
    """Lists the access tokens of a bot; what they are is not kept, and nobody can read it again."""

    meta = Meta("Get-CsPersistentChatBotToken", outputs=(TOKEN,), roles=_READERS, examples=(
        Example('Get-CsPersistentChatBotToken -Identity "sip:builds@litwareinc.com"', "Lists those of a bot."),))
    identity: str = parameter(
        values=Values.BOT, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_BOT_HELP)

    async def process(self) -> None:
        """List them."""
        bot = await self.service(Bots).find(self.identity)
        tokens = await self.service(Bearers).of(bot.person, Kind.TOKEN)
        await self.write_all(shown_token(bot, token) for token in tokens)


class RemoveCsPersistentChatBotToken(_OneBot):
    """Ends an access token of a bot at once."""

    meta = Meta("Remove-CsPersistentChatBotToken", should_process=True, roles=CHAT_ADMINISTRATORS, examples=(
        Example('Remove-CsPersistentChatBotToken -Identity "sip:builds@litwareinc.com" -TokenId '
                '"0123456789abcdef0123456789abcdef" -WhatIf', "Says what would be removed."),))
    token_id: str = parameter(mandatory=True, help="Its identity, as Get-CsPersistentChatBotToken shows it.")

    async def process(self) -> None:
        """End it."""
        bot = await self.bot()
        if await self.should_process(self.token_id):
            await self.service(Bearers).end(bot.person, Kind.TOKEN, self.token_id)


# -- hooks


class NewCsPersistentChatHook(Cmdlet):
    """Makes a hook of a room, and has its bot take part there.

    The property Secret is shown this once. Of an Incoming hook it is the last part of the address that other systems
    post to: https://HOST/hooks/SECRET. The calls of Outgoing and Command hooks are signed with it.
    """

    meta = Meta("New-CsPersistentChatHook", should_process=True, outputs=(HOOK,), roles=CHAT_ADMINISTRATORS,
                acts_on=ActsOn.POOLS, examples=(
        Example('New-CsPersistentChatHook -Room "Engineering" -Kind Incoming -Name "Build server" -WhatIf',
                "Says what would be made."),
        Example('New-CsPersistentChatHook -Room "Engineering" -Kind Command -Name "deploy" '
                '-Url "https://deploy.litwareinc.com/parlour" -WhatIf', "The same for a command."),))
    room: str = parameter(values=Values.ROOM, mandatory=True, help=_ROOM_HELP)
    kind: HookKind = parameter(mandatory=True, help="Incoming, Outgoing or Command.")
    name: str = parameter(mandatory=True, help="What it is called; of a command, the word after the slash.")
    description: str = parameter(default="", help="What it is for, up to 256 characters.")
    url: str = parameter(default="", help="Whom it calls: https; not for an Incoming one.")
    bot: str = parameter(
        values=Values.BOT, default="", help="SIP address of its bot; without one, a bot is made for it.")

    async def process(self) -> None:
        """Make it."""
        hooks, pools = self.service(Hooks), await reached_by(self)
        room = await self.service(Core).administration.room_named(self.room, pools.covers)
        new = NewHook(self.kind, self.name, self.description, self.url, self.bot)
        hooks.check_new(new)
        if self.bot:
            await self.service(Bots).find(self.bot)
        if await self.should_process(f"{self.name} in {room.identity}"):
            made = await hooks.create(room, new, None)
            await self.write(shown_hook(made.hook, made.secret))


class GetCsPersistentChatHook(Cmdlet):
    """Lists hooks of rooms: whom they call, and whether that works."""

    meta = Meta("Get-CsPersistentChatHook", outputs=(HOOK,), roles=_READERS, acts_on=ActsOn.POOLS, examples=(
        Example("Get-CsPersistentChatHook", "Lists all hooks."),
        Example("Get-CsPersistentChatHook | Where-Object {$_.Fault}", "Lists those that something is wrong with."),))
    identity: str | None = parameter(
        values=Values.HOOK, position=1, pipeline=Pipeline.PROPERTY, help=_HOOK_HELP)
    room: str | None = parameter(values=Values.ROOM, help=f"Only those of this room. {_ROOM_HELP}")

    async def process(self) -> None:
        """List them."""
        found = await _reached_hooks(self)
        if self.identity is not None:
            found = [_the_one(found, self.identity)]
        if self.room is not None:
            covers = (await reached_by(self)).covers
            room = await self.service(Core).administration.room_named(self.room, covers)
            found = [hook for hook in found if hook.room == room.uri]
        await self.write_all(map(shown_hook, found))


async def _reached_hooks(cmdlet: Cmdlet) -> list[Hook]:
    """Return the hooks of rooms in pools that are reached."""
    pools, hooks = await reached_by(cmdlet), await cmdlet.service(Hooks).all()
    return [hook for hook in hooks if pools.covers(hook.pool)]


def _the_one(found: list[Hook], identity: str) -> Hook:
    wanted = identity.strip().casefold()
    named = [hook for hook in found if hook.guid == wanted] or [
        hook for hook in found if hook.name.casefold() == wanted]
    if len(named) != 1:
        raise ParlourError(HOOK_AMBIGUOUS if named else HOOK_NOT_FOUND, identity[:100], hook=identity[:100])
    return named[0]


class _OneHook(Cmdlet):
    """What cmdlets for one existing hook have in common."""

    identity: str = parameter(
        values=Values.HOOK, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_HOOK_HELP)

    async def hook(self) -> Hook:
        """Return the hook that is meant."""
        return _the_one(await _reached_hooks(self), self.identity)


class SetCsPersistentChatHook(_OneHook):
    """Switches hooks on or off; an Outgoing one goes on from where it stopped."""

    meta = Meta("Set-CsPersistentChatHook", should_process=True, roles=CHAT_ADMINISTRATORS, acts_on=ActsOn.POOLS,
                examples=(Example("Get-CsPersistentChatHook | Where-Object {$_.Fault} | Set-CsPersistentChatHook "
                                  "-Enabled $true", "Tries again whatever failed."),))
    enabled: bool = parameter(boolean=True, mandatory=True, help="Whether it works.")

    async def process(self) -> None:
        """Switch one."""
        hook = await self.hook()
        if await self.should_process(f"{hook.name} in {hook.room_name}"):
            await self.service(Hooks).switch(hook, enabled=self.enabled)


class RemoveCsPersistentChatHook(_OneHook):
    """Removes hooks; their bots stay."""

    meta = Meta("Remove-CsPersistentChatHook", should_process=True, roles=CHAT_ADMINISTRATORS, acts_on=ActsOn.POOLS,
                examples=(Example('Get-CsPersistentChatHook -Room "Engineering" | Remove-CsPersistentChatHook -WhatIf',
                                  "Says what would be removed."),))

    async def process(self) -> None:
        """Remove one."""
        hook = await self.hook()
        if await self.should_process(f"{hook.name} in {hook.room_name}"):
            await self.service(Hooks).remove(hook)


CMDLETS = (
    NewCsPersistentChatBot, GetCsPersistentChatBot, SetCsPersistentChatBot, RemoveCsPersistentChatBot,
    NewCsPersistentChatBotToken, GetCsPersistentChatBotToken, RemoveCsPersistentChatBotToken,
    NewCsPersistentChatHook, GetCsPersistentChatHook, SetCsPersistentChatHook, RemoveCsPersistentChatHook)
