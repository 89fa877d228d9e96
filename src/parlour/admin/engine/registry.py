"""The cmdlets there are, and what a session sees of them."""

from collections.abc import Iterable

from parlour.admin.engine.characters import plain_dashes
from parlour.admin.engine.definition import Cmdlet
from parlour.admin.engine.session import Session
from parlour.errors import COMMAND_NOT_FOUND, FILES_UNAVAILABLE, ParlourError


class CmdletRegistry:
    """Cmdlets by name and alias, without case; with the utility cmdlets of the language unless told otherwise."""

    def __init__(self, cmdlets: Iterable[type[Cmdlet]] = (), utilities: bool = True) -> None:
        from parlour.admin.engine.utility import UTILITIES

        self._by_name: dict[str, type[Cmdlet]] = {}
        self._cmdlets: dict[str, type[Cmdlet]] = {}
        for cmdlet in (*(UTILITIES if utilities else ()), *cmdlets):
            self.add(cmdlet)

    def add(self, cmdlet: type[Cmdlet]) -> type[Cmdlet]:
        """Add a cmdlet; returns it, so that it serves as a decorator.

        Raises:
            ValueError: its name or an alias is taken.
        """
        names = [name.casefold() for name in (cmdlet.meta.name, *cmdlet.meta.aliases)]
        taken = [name for name in names if name in self._by_name]
        if taken:
            raise ValueError(f"a cmdlet named {taken[0]} is registered already")
        self._by_name.update(dict.fromkeys(names, cmdlet))
        self._cmdlets[cmdlet.meta.name] = cmdlet
        return cmdlet

    def find(self, session: Session, name: str) -> type[Cmdlet]:
        """Return the cmdlet of a name or alias, as far as the session may run it.

        Raises:
            ParlourError: COMMAND_NOT_FOUND, the same for what does not exist and what is not allowed;
                FILES_UNAVAILABLE for what works with files where there are none.
        """
        cmdlet = self.known(name)
        if cmdlet is None or not _may_run(session, cmdlet):
            raise ParlourError(COMMAND_NOT_FOUND, name, name=name)
        if cmdlet.meta.local and not session.surface.is_local:
            raise ParlourError(FILES_UNAVAILABLE, cmdlet.meta.name, command=cmdlet.meta.name)
        return cmdlet

    def known(self, name: str) -> type[Cmdlet] | None:
        """Return the cmdlet of a name or alias, whoever may run it; None if there is none."""
        return self._by_name.get(plain_dashes(name.rpartition("\\")[2]).casefold())

    def visible(self, session: Session) -> list[type[Cmdlet]]:
        """Return the cmdlets a session may run, by name."""
        here = [cmdlet for cmdlet in self._cmdlets.values() if session.surface.is_local or not cmdlet.meta.local]
        allowed = [cmdlet for cmdlet in here if _may_run(session, cmdlet)]
        return sorted(allowed, key=lambda cmdlet: cmdlet.meta.name)

    def all(self) -> list[type[Cmdlet]]:
        """Return all cmdlets, by name, for documents and role definitions."""
        return sorted(self._cmdlets.values(), key=lambda cmdlet: cmdlet.meta.name)


def _may_run(session: Session, cmdlet: type[Cmdlet]) -> bool:
    return cmdlet.meta.utility or session.allowed(cmdlet.meta.name)
