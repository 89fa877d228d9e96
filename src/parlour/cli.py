"""The command `parlour`: makes, serves and administers a deployment.

A word with a hyphen in the middle is a cmdlet, and everything behind it is the cmdlet's. Imports are made where they
are used, so that a command against a running node starts fast.
"""

import argparse
import gc
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeVar

from parlour.errors import BENCH_FAILED, FILE_FAILED, PASSWORD_INVALID, ParlourError
from parlour.operator import Console, Runner, connected, is_served

if TYPE_CHECKING:
    from parlour.completing import Ask, Parser

DONE, FAILED, USAGE = 0, 1, 2
DEFAULT_FOLDER = "parlour-data"
_CMDLET = re.compile("[A-Za-z]+[-\u2013\u2014\u2015][A-Za-z]+")
_INTERRUPTED = 130
_PATIENCE = 3  # seconds to wait for a node elsewhere while somebody waits for a completion

_OVERVIEW = """\
cmdlets:
  parlour VERB-NOUN ...   runs one, e.g.: parlour Get-CsPersistentChatEndpoint
                          parlour Get-Command lists them, parlour Get-Help NAME explains one
"""


@dataclass(frozen=True, slots=True)
class Target:
    """The deployment that is meant: that in a folder of this machine, or one that a node elsewhere serves.

    Attributes:
        folder: the data folder.
        server: address of the node, ``https://HOST[:PORT]``; None for the folder.
        user: SIP address to sign in with there.
        authority: file with the certificate to trust; None for those that the system trusts.
    """

    folder: Path
    server: str | None = None
    user: str | None = None
    authority: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 done, 1 failed, 2 wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["complete"]:
            from parlour.completing import offer

            return offer(words[1:], _asked, _parser())
        target, rest = _take_target(words)
        if rest and _CMDLET.fullmatch(rest[0]):
            return _run(target, rest)
        options = _parser().parse_args(rest)
        action: Callable[[Target, argparse.Namespace], int] = options.action
        return action(target, options)
    except ParlourError as refusal:
        print(f"parlour: {refusal}", file=sys.stderr)  # noqa: T201 - this is the terminal's door
        return FAILED
    except BrokenPipeError:  # whoever read the output is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except ConnectionError as fault:
        print(f"parlour: {fault}", file=sys.stderr)  # noqa: T201 - as above
        return FAILED
    except OSError as fault:  # a folder that may not be written, a disk that is full
        print(f"parlour: {fault.strerror}: {fault.filename}", file=sys.stderr)  # noqa: T201 - as above
        return FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED


# Options of all commands, wherever they stand, and the variables that stand in for them.
_TARGET_OPTIONS = {"--data": "PARLOUR_DATA", "--server": "PARLOUR_SERVER", "--user": "PARLOUR_USER",
                   "--ca": "PARLOUR_CA"}


def _take_target(words: Sequence[str]) -> tuple[Target, list[str]]:
    """Take the options that say which deployment is meant out of the words, wherever they stand."""
    found = {option: os.environ.get(variable) or None for option, variable in _TARGET_OPTIONS.items()}
    rest, pending = list[str](), list(words)
    while pending:
        word = pending.pop(0)
        option, equals, value = word.partition("=")
        if option not in found or not (equals or pending):
            rest.append(word)
        else:
            found[option] = value if equals else pending.pop(0)
    folder = Path(found["--data"] or DEFAULT_FOLDER).expanduser().absolute()
    return Target(folder, found["--server"], found["--user"], found["--ca"]), rest


@contextmanager
def _connected(target: Target, console: Console | None = None, seconds: float = 60) -> Iterator[Runner]:
    """Reach the deployment that is meant; one elsewhere must be there within some seconds."""
    console = console or Console()
    if target.server is None:
        with _ending_orderly(), connected(target.folder, console) as connection:
            yield connection
        return
    from parlour.remote import reached

    with _ending_orderly(), reached(target.server, target.user, target.authority, console, seconds) as remote:
        yield remote


@contextmanager
def _ending_orderly() -> Iterator[None]:
    """Have whoever ends this process, or closes its terminal, end it as a command ends: nothing half done stays."""
    ours = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _run(target: Target, source: str | Sequence[str], trial: bool = False) -> int:
    with _connected(target) as connection:
        return connection.run(source, trial)


# -- the commands


def _init(target: Target, options: argparse.Namespace) -> int:
    from parlour.addresses import Fqdn, SipAddress
    from parlour.clock import SystemClock
    from parlour.deployment import DataFolder, NewDeployment, make_deployment
    from parlour.directory.secrets import checked_password
    from parlour.storage.database import absolute_url

    os.umask(0o077)
    given = options.database or os.environ.get("PARLOUR_DATABASE")
    database = absolute_url(given, Path.cwd()) if given else None
    new = NewDeployment(Fqdn.parse(options.sip_domain), Fqdn.parse(options.pool), database)
    admin = SipAddress.parse(f"sip:{options.admin}@{new.sip_domain}") if options.admin else None
    password = checked_password(_password("PARLOUR_ADMIN_PASSWORD", f"Password for {admin.bare}")) if admin else None
    make_deployment(DataFolder(target.folder), new, SystemClock())
    if admin and password is not None:
        status = _add_administrator(target, str(admin), password)
        if status != DONE:
            return status
    print(f"Made a deployment in {target.folder}.\n"  # noqa: T201 - this is the terminal's door
          f"  add people:  parlour user add NAME@{new.sip_domain}\n"
          f"  serve it:    parlour serve")
    return DONE


def _add_administrator(target: Target, address: str, password: str) -> int:
    status = _run(target, ["New-CsUser", "-SipAddress", address, f"-Password:{password}", "|", "Out-Null"])
    if status != DONE:
        return status
    return _run(target, ["Set-CsGroup", "-Identity", "CsAdministrator", "-Members", f'@{{Add="{address}"}}'])


def _serve(target: Target, options: argparse.Namespace) -> int:
    gc.disable()  # until it serves: what is imported is no garbage, and to look for some takes a tenth of the start
    import asyncio

    from parlour.config import Settings
    from parlour.deployment import DataFolder
    from parlour.garbage import look_at_all_when_quiet, look_at_new
    from parlour.logs import set_up_logs
    from parlour.node import open_node, serve
    from parlour.turns import make_loop

    os.umask(0o077)  # what is said in confidence is nobody else's to read
    set_up_logs()
    data = DataFolder(target.folder)
    data.check()
    settings = Settings.load(target.folder, sip_tls=options.sip_tls, sip_tcp=options.sip_tcp, web=options.web,
                             database=options.database, node=options.node)

    async def run() -> None:
        async with open_node(data, settings) as node:
            looking = asyncio.create_task(look_at_all_when_quiet(node.clock))
            await serve(node, lambda _: look_at_new())
            looking.cancel()
    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(run())
    return DONE


def _shell(target: Target, options: argparse.Namespace) -> int:
    if options.command is not None:
        return _run(target, options.command, options.what_if)
    if options.file is not None:
        return _run(target, _script(Path(options.file)), options.what_if)
    if not sys.stdin.isatty():
        return _run(target, sys.stdin.read(), options.what_if)
    from parlour.pager import PagingConsole
    from parlour.shell import converse

    with _connected(target, PagingConsole()) as connection:
        return converse(connection, _history(target), options.what_if)


def _script(path: Path) -> str:
    """Return the text of a script, in any encoding that PowerShell writes."""
    from parlour.textfiles import LONGEST_MARK, LONGEST_SOURCE, decoded

    most = 2 * LONGEST_SOURCE + LONGEST_MARK  # UTF-16 takes two bytes for one
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
        text = decoded(content) if len(content) <= most else None
    except ValueError as fault:
        raise ParlourError(FILE_FAILED, str(path), path=path, reason=fault) from fault
    if text is None or len(text.encode()) > LONGEST_SOURCE:
        raise ParlourError(
            FILE_FAILED, str(path), path=path, reason=f"a script is not longer than {LONGEST_SOURCE >> 10} KB")
    return text


def _history(target: Target) -> Path:
    """Return where the lines typed are kept: beside what they are about, or in the home of who signs in elsewhere."""
    if target.server is None:
        return target.folder / "shell-history"
    folder = Path.home() / ".local" / "state" / "parlour"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "shell-history"


def _completion(_: Target, options: argparse.Namespace) -> int:
    from parlour.completing import completion_file

    print(completion_file(options.shell), end="")  # noqa: T201 - this is the terminal's door
    return DONE


def _asked(words: Sequence[str]) -> "tuple[Ask, list[str]]":
    """Take the target out of words to complete; return who knows of cmdlets there, and the other words."""
    target, rest = _take_target(words)
    return lambda asked: _complete(target, asked), rest


def _complete(target: Target, words: Sequence[str]) -> Sequence[str]:
    """Return what the last word can become; without a deployment to ask, at least names. Nobody is asked anything."""
    if target.server is not None:
        if "PARLOUR_PASSWORD" not in os.environ:
            return []
    elif not is_served(target.folder):
        from parlour.admin.catalog import complete_names

        return complete_names(words)
    with _connected(target, seconds=_PATIENCE) as connection:
        return connection.complete(words)


def _why(target: Target, options: argparse.Namespace) -> int:
    return _run(target, ["Get-CsPersistentChatAccess", f"-Identity:{options.address}", f"-Room:{options.room}",
                         "|", "Format-List"])


def _bench(target: Target, options: argparse.Namespace) -> int:
    from parlour.bench import command  # with what it imports, it takes a while
    from parlour.bench.temporary import Cmdlets, Quiet

    if target.server is None and not is_served(target.folder):
        raise ParlourError(BENCH_FAILED, str(target.folder), reason=f"no node serves the deployment in {target.folder};"
                           " parlour serve --web HOST:PORT starts one")
    console = Quiet()
    with _connected(target, console) as connection:
        cmdlets = Cmdlets(connection, console)
        if options.clean_up:
            command.clean_up(cmdlets)
            return DONE
        place = (command.place_here(cmdlets, target.folder, options.transport) if target.server is None
                 else command.place_elsewhere(target.server, target.authority, options.transport))
        command.measure(cmdlets, place, command.Options(options.members, options.rate, options.seconds))
    return DONE


def _user_add(target: Target, options: argparse.Namespace) -> int:
    password = _password("PARLOUR_USER_PASSWORD", f"Password for {options.address}")
    words = ["New-CsUser", f"-SipAddress:{options.address}", f"-Password:{password}"]
    if options.display_name is not None:
        words.append(f"-DisplayName:{options.display_name}")
    return _run(target, [*words, *(["-DisableNtlm"] if options.no_ntlm else []), "|", "Out-Null"])


def _user_passwd(target: Target, options: argparse.Namespace) -> int:
    password = _password("PARLOUR_USER_PASSWORD", f"New password for {options.address}")
    return _run(target, ["Set-CsUserPassword", f"-Identity:{options.address}", f"-Password:{password}"])


def _user_switch(cmdlet: str) -> Callable[[Target, argparse.Namespace], int]:
    return lambda target, options: _run(target, [cmdlet, f"-Identity:{options.address}"])


def _user_list(target: Target, _: argparse.Namespace) -> int:
    return _run(target, ["Get-CsUser", "|", "Format-Table", "SipAddress,DisplayName,Enabled"])


def _password(variable: str, prompt: str) -> str:
    given = os.environ.get(variable)
    password = _typed_password(prompt) if given is None else given
    if not password:
        raise ParlourError(PASSWORD_INVALID, reason="it is empty")
    return password


def _typed_password(prompt: str) -> str:
    """Ask for a password, twice; through a pipe, read one line and ask nothing."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    try:
        first = getpass(f"{prompt}: ")
        differs = first and getpass("Again: ") != first
    except EOFError:
        return ""
    if differs:
        print("parlour: the passwords differ", file=sys.stderr)  # noqa: T201 - this is the terminal's door
        raise SystemExit(FAILED)
    return first


# -- what can be typed


def _parser() -> "Parser":
    from parlour.completing import Parser

    parser = Parser(
        prog="parlour", description="Persistent group chat for organisations.", epilog=_OVERVIEW,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", metavar="DIR", help="data folder of the deployment (PARLOUR_DATA; ./parlour-data)")
    parser.add_argument("--server", metavar="URL",
                        help="administer a node elsewhere, https://HOST:PORT (PARLOUR_SERVER)")
    parser.add_argument("--user", metavar="NAME@DOMAIN",
                        help="who signs in there (PARLOUR_USER), password from $PARLOUR_PASSWORD or asked; "
                             "without, an access token in $PARLOUR_TOKEN says it")
    parser.add_argument("--ca", metavar="FILE", help="certificate to trust there (PARLOUR_CA; else the system's)")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_init(commands)
    _add_serve(commands)
    _add_shell(commands)
    _add_user(commands)
    _add_why(commands)
    _add_bench(commands)
    _add_completion(commands)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from importlib.metadata import version

        print(f"parlour {version('parlour')}")  # noqa: T201 - this is the terminal's door
        parser.exit(DONE)


class _Commands(Protocol):
    """The part of argparse's sub-commands that is used here; argparse names their type only privately."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own word
        """Add a sub-command."""
        ...


def _add_init(commands: _Commands) -> None:
    command = commands.add_parser("init", help="make a deployment")
    add = command.add_argument
    add("--sip-domain", required=True, metavar="DOMAIN", help="what addresses end in, e.g. litwareinc.com")
    add("--pool", required=True, metavar="FQDN", help="name of the pool: a host name of this server")
    add("--admin", metavar="NAME",
        help="also add this person, as CsAdministrator; password from $PARLOUR_ADMIN_PASSWORD or asked")
    add("--database", metavar="URL", help="sqlite:/// URL of another place for the database")
    command.set_defaults(action=_init)


def _add_serve(commands: _Commands) -> None:
    command = commands.add_parser("serve", help="serve a deployment until SIGTERM or Ctrl+C")
    add = command.add_argument
    add("--sip-tls", metavar="HOST:PORT", help="SIP over TLS (0.0.0.0:5061)")
    add("--sip-tcp", metavar="HOST:PORT", help="SIP over TCP, unencrypted (none)")
    add("--web", metavar="HOST:PORT", help="HTTPS, for files (none)")
    add("--database", metavar="URL", help="sqlite:/// URL of another place for the database")
    add("--node", metavar="NAME", help="name of this node, for logs (node1)")
    command.set_defaults(action=_serve)


def _add_shell(commands: _Commands) -> None:
    command = commands.add_parser("shell", help="run cmdlets one by one, or those of a file or a pipe")
    command.add_argument("file", nargs="?", metavar="FILE.ps1", help="run the commands of this file and exit")
    command.add_argument("-c", dest="command", metavar="LINE", help="run this line and exit")
    command.add_argument("--what-if", "-WhatIf", action="store_true", help="say what would be done, and do nothing")
    command.set_defaults(action=_shell)


def _add_completion(commands: _Commands) -> None:
    command = commands.add_parser("completion", help="print the file that makes another shell complete this command")
    command.add_argument("shell", choices=("bash", "zsh", "fish"))
    command.set_defaults(action=_completion)


def _add_why(commands: _Commands) -> None:
    command = commands.add_parser("why", help="explain what a person may do in a room, and by which rule")
    command.add_argument("address", metavar="NAME@DOMAIN")
    command.add_argument("room", metavar="ROOM")
    command.set_defaults(action=_why)


def _add_bench(commands: _Commands) -> None:
    command = commands.add_parser("bench", help="measure how fast the node is, in a room made for that")
    add = command.add_argument
    add("--members", type=_between(1, 1000, int), default=50, metavar="N", help="how many take part (50)")
    add("--rate", type=_between(0.1, 10_000, float), default=20, metavar="N",
        help="messages a second, before as many as go (20)")
    add("--seconds", type=_between(1, 3600, float), default=10, metavar="N", help="how long each of both takes (10)")
    add("--transport", choices=("websocket", "sip"), default="websocket", help="how they connect (websocket)")
    add("--clean-up", action="store_true", help="only remove what a benchmark left behind that was killed")
    command.set_defaults(action=_bench)


N = TypeVar("N", int, float)


def _between(least: float, most: float, kind: Callable[[str], N]) -> Callable[[str], N]:
    """Return what reads a number within these bounds."""
    def read(text: str) -> N:
        number = kind(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text} is not from {least:g} to {most:g}")
        return number
    read.__name__ = "number"  # argparse says "invalid number value"
    return read


def _add_user(commands: _Commands) -> None:
    actions = commands.add_parser("user", help="add, change and list people").add_subparsers(
        title="actions", metavar="ACTION", required=True)
    add = _add_address(actions, "add", "add a person; password from $PARLOUR_USER_PASSWORD or asked", _user_add)
    add.add_argument("--display-name", metavar="NAME", help="the name others see")
    add.add_argument("--no-ntlm", action="store_true", help="keep no NTLM secret: sign-in by Digest over TLS only")
    _add_address(actions, "passwd", "set a password; from $PARLOUR_USER_PASSWORD or asked", _user_passwd)
    _add_address(actions, "disable", "keep a person from signing in", _user_switch("Disable-CsUser"))
    _add_address(actions, "enable", "let a person sign in again", _user_switch("Enable-CsUser"))
    actions.add_parser("list", help="list everybody").set_defaults(action=_user_list)


def _add_address(
    actions: _Commands, name: str, text: str, action: Callable[[Target, argparse.Namespace], int]
) -> argparse.ArgumentParser:
    command = actions.add_parser(name, help=text)
    command.add_argument("address", metavar="NAME@DOMAIN")
    command.set_defaults(action=action)
    return command
