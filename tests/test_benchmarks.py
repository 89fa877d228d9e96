"""The benchmarks run, and keep figures that can be read; how fast they are is nothing that a test decides."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import filling
from parlour.addresses import Fqdn, SipAddress
from parlour.chat.model import Content, Draft, NewRoom, Person, Room
from parlour.clock import SystemClock
from parlour.config import Settings
from parlour.deployment import FIRST_CATEGORY, DataFolder, NewDeployment, make_deployment
from parlour.directory.people import NewPerson
from parlour.node import open_node
from parlour.storage.messages import append_all

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


def test_rooms_are_filled_as_the_log_would_have_done_it(tmp_path: Path) -> None:
    kept = list[dict[str, list[tuple[Any, ...]]]]()
    for name in ("bulk", "log"):
        data = DataFolder(tmp_path / name)
        make_deployment(data, NewDeployment(Fqdn("litwareinc.com"), Fqdn("pool.litwareinc.com")), SystemClock())
        rooms, people = asyncio.run(_furnished(data))
        if name == "bulk":
            filling.fill(data.database, {room.id: 40 for room in rooms}, [person.id for person in people])
        else:
            asyncio.run(_posted(data, rooms, people, kept[0]["messages"]))
        kept.append(_kept(tmp_path / name / "parlour.db"))
    assert len(kept[0]["messages"]) == 80
    assert kept[0] == kept[1]


async def _furnished(data: DataFolder) -> tuple[list[Room], list[Person]]:
    async with open_node(data, Settings.load(data.path)) as node:
        people = [await node.people.add(NewPerson(SipAddress(name, "litwareinc.com"), "Secret1!"))
                  for name in ("alice", "bob")]
        return [await node.core.administration.create_room(NewRoom(name, FIRST_CATEGORY)) for name in "ab"], people


async def _posted(data: DataFolder, rooms: list[Room], people: list[Person], rows: list[tuple[Any, ...]]) -> None:
    """Have the log write the same."""
    by_number = {person.id: person for person in people}
    async with open_node(data, Settings.load(data.path)) as node:
        drafts = [Draft(room, by_number[author], filling.posted_at(number), Content(text))
                  for room, number, author, _, text, *_ in rows]
        await node.database.write(lambda connection: append_all(connection, drafts))


def _kept(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return messages, where their rooms stand, and what the indexes of texts have of them."""
    queries = {
        "messages": "SELECT * FROM messages ORDER BY room_id, number",
        "rooms": "SELECT id, last_number, message_count, last_posted_at FROM rooms ORDER BY id",
        "pieces": "SELECT * FROM pieces ORDER BY 1, 2, 3", "terms": "SELECT * FROM terms ORDER BY 1, 2"}
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE VIRTUAL TABLE temp.pieces USING fts5vocab(main, message_text, instance)")
        database.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, message_terms, instance)")
        return {name: database.execute(query).fetchall() for name, query in queries.items()}


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
