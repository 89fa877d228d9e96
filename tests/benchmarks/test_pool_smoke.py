"""The load model of a whole pool still works, with a handful of people; how fast it is, no test decides."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NONE = ("lost", "doubled", "out of order", "refused")


@pytest.mark.parametrize("transport", ["sip", "sip-tls", "websocket"])
def test_a_handful_of_people_get_every_message_once(transport: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-m", "benchmarks.pool", "--smoke", "--transport", transport],
        capture_output=True, text=True, timeout=100, check=False, cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")})
    assert (done.returncode, done.stderr) == (0, "")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if line[:1] == "|"]
    values = {metric: float(value.split()[0].replace(",", "")) for _, _, metric, value, _ in rows[2:]}
    assert values["deliveries"] > 0
    assert {metric: values[metric] for metric in NONE} == dict.fromkeys(NONE, 0), done.stdout
