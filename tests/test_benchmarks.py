"""The benchmarks run, and keep figures that can be read; how fast they are is nothing that a test decides."""

import json
import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_the_big_room_is_measured(tmp_path: Path) -> None:
    results = tmp_path / "made" / "results.jsonl"
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, BENCHMARKS / "big_room.py", "--messages", "1200", "--small", "1000", "--runs", "1",
         "--results", results],
        capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")})
    assert (done.returncode, done.stderr) == (0, "")
    figures = [json.loads(line) for line in results.read_text().splitlines()]
    assert {figure["work"] for figure in figures} == {"big_room"}
    assert all(figure["value"] > 0 and figure["versions"]["sqlite"] for figure in figures)
    ratios = [figure["metric"] for figure in figures if figure["unit"] == "ratio"]
    assert len(ratios) == 13
    assert all(metric.removesuffix(": big to small") in done.stdout for metric in ratios)
    assert [figure["messages"] for figure in figures] == [[1000, 1200]] * len(figures)


def test_the_command_line_is_measured(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, BENCHMARKS / "administration.py", "--rooms", "1200"],
        capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")})
    assert (done.returncode, done.stderr) == (0, "")
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(figure["work"], figure["metric"]) for figure in figures] == [
        ("pipeline over 1200 rooms", "first object"), ("pipeline over 1200 rooms", "whole"), ("one cmdlet", "median"),
        ("--help", "median")]
    assert all(figure["value"] > 0 for figure in figures)


def test_the_browser_client_is_measured(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, BENCHMARKS / "browser.py", "--runs", "2", "--messages", "40"],
        capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")})
    assert (done.returncode, done.stderr) == (0, "")
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(figures) == 12
    assert all(figure["value"] >= 0 and figure["unit"] for figure in figures)
