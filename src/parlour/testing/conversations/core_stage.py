"""The stage "core": the chat itself with its real storage and directory, and no wire."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from parlour.chat.finding import RoomQuery
from parlour.chat.following import Followed
from parlour.chat.history import Before
from parlour.chat.model import Content, NewRoom, Privacy, RoomChange, RoomType
from parlour.chat.principals import RoomRole
from parlour.testing.conversations.core_base import refusals
from parlour.testing.conversations.core_files import Filing
from parlour.testing.conversations.core_finding import Finding
from parlour.testing.conversations.node_stage import fresh_node
from parlour.testing.conversations.values import Endpoint, Principal, Quote, RoomPlan, ScriptError

_MENTIONS = 100  # on one page


class CoreStage(Finding, Filing):
    """The chat, called as a door calls it. This is the one place that knows its methods."""

    # -- taking part

    async def join(self, who: Endpoint, room: str) -> frozenset[str]:
        """Open a room; returns the others in it."""
        with refusals():
            joined = await self._core.chat.join(await self._session(who), self.administrator.room(room))
        return self._names(joined.people) - {who.person}

    async def leave(self, who: Endpoint, room: str) -> None:
        """Close a room."""
        with refusals():
            self._core.chat.part(await self._session(who), self.administrator.room(room))

    async def say(self, who: Endpoint, text: str, room: str) -> None:
        """Post a message."""
        await self._post(who, room, Content(text))

    async def alert(self, who: Endpoint, text: str, room: str) -> None:
        """Post a message of high importance."""
        await self._post(who, room, Content(text, alert=True))

    async def tell(self, who: Endpoint, text: str, room: str, name: str) -> None:
        """Post a story."""
        await self._post(who, room, Content(text, title=name))

    async def _post(self, who: Endpoint, room: str, content: Content) -> None:
        with refusals():
            await self._core.chat.post(await self._session(who), self.administrator.room(room), content)

    async def edit(self, who: Endpoint, before: str, text: str, room: str) -> None:
        """Change a message."""
        uri = self.administrator.room(room)
        with refusals():
            person = (await self._session(who)).person
            await self._core.chat.edit(person, uri, self._door.number(uri, before), Content(text))

    async def delete(self, who: Endpoint, before: str, room: str) -> None:
        """Delete a message."""
        uri = self.administrator.room(room)
        with refusals():
            await self._core.chat.delete((await self._session(who)).person, uri, self._door.number(uri, before))

    # -- reading

    async def look(self, who: Endpoint) -> frozenset[str]:
        """Return the names of all rooms that can be found."""
        return await self.look_for(who, "")

    async def look_for(self, who: Endpoint, part: str) -> frozenset[str]:
        """Return the names of the rooms that are found by a part of their name."""
        with refusals():
            found = await self._core.finder.find(await self._person(who), RoomQuery(part))
        return frozenset(summary.room.name for summary in found)

    async def read(self, who: Endpoint, count: int, room: str) -> tuple[Quote, ...]:
        """Return the newest messages of a room that are not deleted, oldest first."""
        with refusals():
            page = await self._core.history.page(
                await self._person(who), self.administrator.room(room), Before(), count)
        return self._quotes(page.messages)

    async def pin(self, who: Endpoint, before: str, room: str) -> None:
        """Pin a message."""
        uri = self.administrator.room(room)
        with refusals():
            await self._core.pins.pin(await self._person(who), uri, self._door.number(uri, before))

    async def unpin(self, who: Endpoint, before: str, room: str) -> None:
        """Take a pin away."""
        uri = self.administrator.room(room)
        with refusals():
            await self._core.pins.unpin(await self._person(who), uri, self._door.number(uri, before))

    async def pins(self, who: Endpoint, room: str) -> tuple[Quote, ...]:
        """Return what is pinned."""
        with refusals():
            return self._quotes(await self._core.pins.pinned(await self._person(who), self.administrator.room(room)))

    # -- following

    async def follow(self, who: Endpoint, room: str) -> None:
        """Follow a room."""
        with refusals():
            await self._core.following.follow(await self._person(who), self.administrator.room(room))

    async def unfollow(self, who: Endpoint, room: str) -> None:
        """Stop following a room."""
        with refusals():
            await self._core.following.unfollow(await self._person(who), self.administrator.room(room))

    async def followed(self, who: Endpoint) -> frozenset[str]:
        """Return the names of the rooms that somebody follows."""
        return frozenset(one.room.name for one in await self._followed(who))

    async def unread(self, who: Endpoint, room: str) -> int:
        """Return how many messages of a room somebody has not read."""
        return (await self._followed_room(who, room)).unread

    async def unread_mentions(self, who: Endpoint, room: str) -> int:
        """Return in how many of them he is named."""
        return (await self._followed_room(who, room)).mentions

    async def mark(self, who: Endpoint, room: str, before: str) -> None:
        """Note that a room is read up to a message."""
        uri = self.administrator.room(room)
        with refusals():
            await self._core.following.mark(await self._person(who), uri, self._door.number(uri, before))

    async def mentions(self, who: Endpoint) -> tuple[Quote, ...]:
        """Return the messages that name somebody, newest first."""
        with refusals():
            page = await self._core.following.mentions(await self._person(who), _MENTIONS)
        return self._quotes(mention.message for mention in page.found)

    async def _followed(self, who: Endpoint) -> list[Followed]:
        with refusals():
            return await self._core.following.followed(await self._person(who))

    async def _followed_room(self, who: Endpoint, room: str) -> Followed:
        uri = self.administrator.room(room)
        found = next((one for one in await self._followed(who) if one.room.uri == uri), None)
        if found is None:
            raise ScriptError(0, f'{who} does not follow "{room}", so nothing is counted')
        return found

    # -- membership

    async def ask(self, who: Endpoint, room: str) -> None:
        """Ask to become a member."""
        with refusals():
            await self._core.membership.ask(await self._person(who), self.administrator.room(room))

    async def withdraw(self, who: Endpoint, room: str) -> None:
        """Take that back."""
        with refusals():
            await self._core.membership.withdraw(await self._person(who), self.administrator.room(room))

    async def requests(self, who: Endpoint, room: str) -> frozenset[str]:
        """Return who asks to become a member."""
        with refusals():
            found = await self._core.membership.requests(await self._person(who), self.administrator.room(room))
        return self._names(request.person for request in found)

    async def approve(self, who: Endpoint, person: str, room: str) -> None:
        """Make somebody who asked a member."""
        with refusals():
            await self._core.membership.approve(
                await self._person(who), self.administrator.room(room), self.administrator.address(person))

    async def decline(self, who: Endpoint, person: str, room: str) -> None:
        """Refuse somebody who asked."""
        with refusals():
            await self._core.membership.deny(
                await self._person(who), self.administrator.room(room), self.administrator.address(person))

    async def resign(self, who: Endpoint, room: str) -> None:
        """Stop being a member."""
        with refusals():
            await self._core.membership.leave(await self._person(who), self.administrator.room(room))

    async def invitations(self, who: Endpoint) -> frozenset[str]:
        """Return the names of the rooms that somebody was invited to."""
        with refusals():
            found = await self._core.invitations.since(await self._person(who), 0)
        return frozenset(invitation.room.name for invitation in found.found)

    # -- managing

    async def create(self, who: Endpoint, room: str, category: str, room_plan: RoomPlan) -> None:
        """Make a room."""
        new = NewRoom(room, category, description=room_plan.description,
                      privacy=Privacy(room_plan.privacy or Privacy.CLOSED), type=RoomType(room_plan.type or "Normal"))
        with refusals():
            made = await self._core.management.create(await self._person(who), new)
        self.administrator.know_room(room, made.uri)

    async def manage_rename(self, who: Endpoint, room: str, name: str) -> None:
        """Give a room another name."""
        await self._manage(who, room, RoomChange(name=name))
        self.administrator.know_new_name(room, name)

    async def manage_turn(self, who: Endpoint, room: str, manner: str) -> None:
        """Make a room open, closed or secret; or normal, or an auditorium."""
        word = manner.rpartition(" ")[2].title()
        change = RoomChange(type=RoomType(word)) if word in tuple(RoomType) else RoomChange(privacy=Privacy(word))
        await self._manage(who, room, change)

    async def manage_disable(self, who: Endpoint, room: str) -> None:
        """Switch a room off."""
        await self._manage(who, room, RoomChange(disabled=True))

    async def manage_enable(self, who: Endpoint, room: str) -> None:
        """Switch a room on."""
        await self._manage(who, room, RoomChange(disabled=False))

    async def manage_add(self, who: Endpoint, principals: Sequence[Principal], list: str, room: str) -> None:  # noqa: A002
        """Put these into a list of a room."""
        role, before = await self._listed(who, list, room)
        added = [self.administrator.principal_name(one) for one in principals]
        await self._manage(who, room, RoomChange(lists={role: [*before, *added]}))

    async def manage_remove(
        self, who: Endpoint, principals: Sequence[Principal], list: str, room: str  # noqa: A002 - a slot's name
    ) -> None:
        """Take these out of a list of a room."""
        role, before = await self._listed(who, list, room)
        gone = {self.administrator.principal_name(one).lower() for one in principals}
        await self._manage(who, room, RoomChange(lists={role: [name for name in before if name.lower() not in gone]}))

    async def _listed(self, who: Endpoint, list_name: str, room: str) -> tuple[RoomRole, list[str]]:
        role = RoomRole(list_name.title())
        with refusals():
            lists = await self._core.management.lists(await self._person(who), self.administrator.room(room))
        return role, [principal.name for principal in lists[role]]

    async def _manage(self, who: Endpoint, room: str, change: RoomChange) -> None:
        with refusals():
            await self._core.management.change(await self._person(who), self.administrator.room(room), change)


@asynccontextmanager
async def core_stage(folder: Path) -> AsyncIterator[CoreStage]:
    """Make a deployment in `folder` and have its core as a stage."""
    async with fresh_node(folder) as node:
        yield CoreStage(node)
