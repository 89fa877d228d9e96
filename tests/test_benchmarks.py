"""The benchmarks run, and keep figures that can be read; how fast they are is nothing that a test decides."""

import json
import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_the_big_room_is_measured(tmp_path: Path) -> None:
    done = _module("big_room", "--messages", "1200", "--small", "1000", "--runs", "1", "--results", tmp_path)
    figures = [json.loads(line) for line in (tmp_path / "latest.jsonl").read_text().splitlines()]
    assert {figure["work"] for figure in figures} == {"a room of 1,200 messages"}
    assert all(figure["value"] > 0 and figure["versions"]["sqlite"] for figure in figures)
    growths = [figure["metric"] for figure in figures if figure["unit"] == "ratio"]
    assert len(growths) == 14
    assert all(metric.removesuffix(", growth") in done for metric in growths)


def test_the_start_of_a_node_is_measured(tmp_path: Path) -> None:
    _module("start", "--rooms", "10", "--messages", "100", "--people", "20", "--runs", "1", "--results", tmp_path)
    figures = [json.loads(line) for line in (tmp_path / "latest.jsonl").read_text().splitlines()]
    assert {figure["metric"] for figure in figures} == {
        "until it serves", "processor time until then", "memory then"}
    assert all(figure["value"] > 0 for figure in figures)


def _module(name: str, *arguments: str | Path) -> str:
    """Run a benchmark of the package; return what it said."""
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-m", f"benchmarks.{name}", *arguments],
        capture_output=True, text=True, timeout=100, check=False, cwd=BENCHMARKS.parent,
        env={name: value for name, value in os.environ.items() if not name.startswith("PARLOUR_")})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


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
