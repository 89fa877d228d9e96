"""Run the comparison: progress on stderr, the table on stdout, figures into `benchmarks/results`."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.comparison import generator
from benchmarks.comparison.packages import MissingError
from benchmarks.comparison.parlour import PREFIX, ParlourSip, ParlourSipTls, ParlourWebSocket
from benchmarks.comparison.peer import Peer
from benchmarks.comparison.processes import GENERATOR_CPU, put_on
from benchmarks.comparison.table import tables
from benchmarks.comparison.work import STORED, Plan, compare
from benchmarks.comparison.xmpp import Ejabberd, Prosody
from benchmarks.figures import RESULTS, Figure, record

SERVERS: Mapping[str, Sequence[type[Peer]]] = {
    "parlour": (ParlourWebSocket, ParlourSip, ParlourSipTls),
    "ejabberd": (Ejabberd,),
    "prosody": (Prosody,),
}
SMOKE = Plan(sizes=(10,), seconds=2.0, warm_up=0.5, stored=100, posts=False)


def numbers(text: str) -> list[int]:
    """Read numbers with commas between."""
    return [int(word) for word in text.split(",")]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparison", description=__doc__)
    parser.add_argument("--peers", default=",".join(SERVERS), help="servers, with commas between: %(default)s")
    parser.add_argument("--transports", default="", help="only these of their transports, e.g. websocket")
    parser.add_argument("--sizes", type=numbers, default=[10, 100, 1000, 2500], help="members of rooms: %(default)s")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement: %(default)s")
    parser.add_argument("--runs", type=int, default=1, help="runs, whose medians count: %(default)s")
    parser.add_argument("--stored", type=int, default=STORED,
                        help="messages in the room whose last page is asked for; 0: none: %(default)s")
    parser.add_argument("--no-posts", action="store_true", help="count no posts of one client")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help=f"where figures are recorded: {RESULTS}")
    parser.add_argument("--no-record", action="store_true", help="record no figures")
    parser.add_argument("--smoke", action="store_true",
                        help="see that Parlour's part works, within seconds; records nothing but in --results")
    parser.add_argument("--serve-with", metavar="COMMAND", default=os.environ.get(PREFIX, ""),
                        help=f"what Parlour runs under, e.g. a profiler (or {PREFIX} says it)")
    return parser.parse_args()


def main() -> None:
    """Compare."""
    given = arguments()
    for name in [name for name in os.environ if name.startswith("PARLOUR_")]:
        del os.environ[name]  # settings of somebody's own deployment
    os.environ[PREFIX] = given.serve_with
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that the servers end, too
    try:
        figures = compared(contenders(given), SMOKE if given.smoke else Plan(
            given.sizes, given.seconds, given.runs, stored=given.stored, posts=not given.no_posts))
    except MissingError as fault:
        sys.exit(str(fault))
    if given.results or not (given.smoke or given.no_record):
        record(figures, given.results or RESULTS)
    print(tables(figures))


def contenders(given: argparse.Namespace) -> list[type[Peer]]:
    """Return what is compared."""
    if given.smoke:
        return [ParlourWebSocket, ParlourSip]
    wanted = given.transports.split(",") if given.transports else None
    return [kind for name in given.peers.split(",") for kind in SERVERS[name]
            if wanted is None or kind.transport in wanted]


def compared(kinds: Sequence[type[Peer]], plan: Plan) -> list[Figure]:
    """Compare servers whose data lie in a temporary folder.

    Raises:
        MissingError: there is no compiler.
    """
    generator.program()
    put_on(GENERATOR_CPU)
    with tempfile.TemporaryDirectory(prefix="parlour-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as somebody else
        return compare([kind(made(Path(folder) / kind.__name__)) for kind in kinds], plan)


def made(folder: Path) -> Path:
    """Make a folder, and return it."""
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
