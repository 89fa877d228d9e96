"""How fast the command line is: a pipeline over many rooms, a single cmdlet, and help; process start included.

    python benchmarks/administration.py [--rooms 33000]

Prints one JSON object a figure. A node serves a deployment on loopback, as administrators use it.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

PARLOUR = (sys.executable, "-m", "parlour")
POOL, DOMAIN = "pool.litwareinc.com", "litwareinc.com"
RUNS = 20


def make(data: Path, rooms: int) -> None:
    """Make a deployment with many rooms, each with two members."""
    run(data, "init", "--sip-domain", DOMAIN, "--pool", POOL)
    run(data, "New-CsUser", f"alice@{DOMAIN}", "-Password", "correct horse", "|", "Out-Null")
    run(data, "New-CsPersistentChatRoom", "-Name", "Pattern", "-Category", "General", "|", "Out-Null")
    run(data, "Set-CsPersistentChatRoom", "Pattern", "-Members", f"sip:alice@{DOMAIN}")
    with closing(sqlite3.connect(data / "parlour.db")) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(rooms)")]
        own = {"id": "NULL", "guid": ":guid", "name": ":name", "name_key": ":key"}
        shape = ", ".join(own.get(column, column) for column in columns)
        # the names of columns come from the database itself
        database.executemany(
            f"INSERT INTO rooms SELECT {shape} FROM rooms WHERE name = 'Pattern'",  # noqa: S608
            ({"guid": str(uuid.uuid4()), "name": f"Room {number:05}", "key": f"room {number:05}"}
             for number in range(rooms - 1)))
        database.execute("INSERT INTO room_principals SELECT rooms.id, role, principal_id FROM rooms, room_principals "
                         "WHERE rooms.name != 'Pattern'")


def run(data: Path, *words: str) -> None:
    """Run a command to its end."""
    subprocess.run([*PARLOUR, "--data", str(data), *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def seconds(work: Callable[[], None]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def first_and_last(data: Path, line: str) -> tuple[float, float, int]:
    """Return when a line of the shell printed something, when it had ended, and how many lines it printed."""
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
            [*PARLOUR, "--data", str(data), "shell", "-c", line], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        process.stdout.read(1)
        first = time.perf_counter() - began
        lines = process.stdout.read().count(b"\n")
    return first, time.perf_counter() - began, lines


def show(work: str, metric: str, value: float, target: float) -> None:
    """Print a figure."""
    print(json.dumps({"work": work, "metric": metric, "unit": "s", "value": round(value, 3), "target": target}))


def measure(data: Path, rooms: int) -> None:
    """Measure everything against a running node."""
    line = 'Get-CsPersistentChatRoom | Where-Object {$_.Name -like "Room *"} | Select-Object -ExpandProperty Name'
    found = [first_and_last(data, line) for _ in range(3)]
    if {lines for _, _, lines in found} != {rooms - 1}:
        raise SystemExit(f"the pipeline gave {found}")
    show(f"pipeline over {rooms} rooms", "first object", statistics.median(first for first, _, _ in found), 0.5)
    show(f"pipeline over {rooms} rooms", "whole", statistics.median(last for _, last, _ in found), 5.0)
    single = [seconds(lambda: run(data, "Get-CsPool")) for _ in range(RUNS)]
    show("one cmdlet", "median", statistics.median(single), 0.4)
    overview = [seconds(lambda: run(data, "--help")) for _ in range(RUNS)]
    show("--help", "median", statistics.median(overview), 0.2)


def main() -> None:
    """Make, serve and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rooms", type=int, default=33_000)
    rooms = parser.parse_args().rooms
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        make(data, rooms)
        log = Path(folder) / "log"
        with log.open("wb") as written, subprocess.Popen(  # noqa: S603
                [*PARLOUR, "--data", str(data), "serve", "--sip-tls", "127.0.0.1:0"], stderr=written,
                stdout=written, env=dict(os.environ)) as node:
            try:
                while b"node.serving" not in log.read_bytes():
                    time.sleep(0.05)
                measure(data, rooms)
            finally:
                node.terminate()


if __name__ == "__main__":
    main()
