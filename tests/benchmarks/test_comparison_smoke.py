"""The comparison's own part of `make bench` still works: Parlour under the load generator, over both transports."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 100


@pytest.mark.skipif(which("gcc") is None, reason="the load generator is in C, and there is no gcc")
def test_everybody_gets_every_message_once_and_in_order(tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "benchmarks.comparison", "--smoke", "--results", str(tmp_path)], cwd=ROOT, check=True,
        timeout=SECONDS)
    rows = [json.loads(line) for line in (tmp_path / "latest.jsonl").read_text().splitlines()]
    for transport in ("websocket", "sip"):
        for work in ("saturation", "rate"):
            found = figures(rows, work, transport)
            assert found["deliveries"] > 0
            assert (found["lost"], found["doubled"], found["out of order"]) == (0, 0, 0)
        assert figures(rows, "history", transport)["messages"] == 100


def figures(rows: list[dict[str, Any]], work: str, transport: str) -> Mapping[str, float]:
    return {row["metric"]: row["value"] for row in rows if (row["work"], row["transport"]) == (work, transport)}
