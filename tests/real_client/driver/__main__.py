"""Command line of the driver: ``python -m tests.real_client.driver --help``, or by this file's path."""

import argparse
import faulthandler
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

if __package__ in (None, ""):  # started by path
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from tests.real_client import driver
from tests.real_client.driver.client import Client
from tests.real_client.driver.library import Library, prepare_environment
from tests.real_client.driver.runtime import EventStream, Runtime, leave

_ACCOUNT_KEYS = ("username", "login", "password", "server", "transport", "auth", "groupchat_user", "sso",
                 "auto_reconnect", "reconnect_delay")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.real_client.driver", description=driver.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    _account_options(parser)
    _process_options(parser)
    return parser


def _account_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--username", help='SIP address, e.g. "alice@litwareinc.com" (or "alice@litwareinc.com,LOGIN")')
    add("--login", help=r"optional login: user, DOMAIN\user or user@dom")
    add("--password")
    add("--server", help="host:port")
    add("--transport", choices=["auto", "tls", "tcp"])
    add("--auth", choices=["auto", "ntlm", "krb5", "tls-dsk"])
    add("--groupchat-user", dest="groupchat_user", help='the "Group Chat Proxy" of the account settings')
    add("--sso", action="store_true", default=None)
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="any other account option")
    add("--auto-reconnect", dest="auto_reconnect", action="store_true", default=None,
        help="reconnect after a network error, as Pidgin does")
    add("--reconnect-delay", dest="reconnect_delay", type=float, help="seconds; 2 unless given")
    add("--connect", action="store_true", help="sign on at once")


def _process_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--tls-verify", action="store_true", help="do real certificate verification (default: accept any)")
    add("--user-dir", help="libpurple user directory (default: a temporary one)")
    add("--plugin-dir", action="append", default=["/usr/lib/purple-2"])
    add("--log-file", help="append the full debug log to this file while running")
    add("--log-lines", type=int, default=200000, help="lines of debug log kept for dump_log")
    add("--sip-events", action="store_true", help="emit every SIP message as an event")
    add("--no-xml-workaround", action="store_true", help="do not repair SIPE's SAX handler table (see repairs.py)")
    add("--no-sendbuf-workaround", action="store_true", help="keep libpurple's broken send buffer (see repairs.py)")
    add("--verbose", action="store_true")


def _options() -> argparse.Namespace:
    options = _parser().parse_args()
    options.account = {key: value for key in _ACCOUNT_KEYS if (value := getattr(options, key)) is not None}
    if options.option:
        options.account["options"] = dict(pair.split("=", 1) for pair in options.option)
    return options


def _run(options: argparse.Namespace, scratch: Path) -> None:
    prepare_environment(scratch)
    client = Client(Runtime(options, Library(), EventStream()))
    client.start(Path(options.user_dir) if options.user_dir else scratch / "purple")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: client.finish())
    if options.connect:
        client.commands.execute(json.dumps({**options.account, "cmd": "connect", "id": "cmdline"}).encode())
    client.run()


def main() -> None:
    """Run one client until it is told to quit."""
    options = _options()
    faulthandler.enable()
    scratch = Path(tempfile.mkdtemp(prefix="purple-driver-"))
    _run(options, scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    leave(0)


if __name__ == "__main__":
    main()
