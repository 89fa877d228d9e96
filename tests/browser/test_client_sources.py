"""The client's own unit tests and the check of its types, run by the Node that builds it."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "scripts" / "build_client.py"


@pytest.mark.parametrize("script", ["check", "test"])
def test_the_sources_pass(script: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, PROGRAM, "--run", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False)
    assert done.returncode == 0, done.stdout
