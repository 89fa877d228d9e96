"""Debian packages of the peers: installed as root, named otherwise."""

import os
import subprocess
from collections.abc import Mapping, Sequence

_MINUTES = 20  # that an installation may take


class MissingError(Exception):
    """Packages are not there; the text says what to do."""


def installed(packages: Sequence[str]) -> dict[str, str]:
    """Return the versions of those packages that are installed."""
    asked = subprocess.run(  # noqa: S603 - Debian's own
        ["dpkg-query", "-W", "-f=${Package} ${Version} ${Status}\n", *packages],  # noqa: S607 - found by PATH
        capture_output=True, text=True, check=False)
    rows = [line.split(" ", 2) for line in asked.stdout.splitlines()]
    return {name: version for name, version, status in rows if status.endswith("ok installed")}


def need(packages: Sequence[str]) -> Mapping[str, str]:
    """See that packages are there; return their versions.

    Raises:
        MissingError: they are not, and this process may not install them.
    """
    missing = [package for package in packages if package not in installed(packages)]
    if missing and os.geteuid() == 0:
        _install(missing)
    elif missing:
        raise MissingError(f"the comparison needs these Debian packages: {' '.join(missing)}. "
                           f"Install them with: sudo apt-get install {' '.join(missing)}")
    return installed(packages)


def _install(packages: Sequence[str]) -> None:
    """Install packages whose services are not to be started: the comparison starts its own."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *packages)):
        subprocess.run(["apt-get", *words], check=True, env=environment,  # noqa: S603, S607 - Debian's own
                       stdout=subprocess.DEVNULL, timeout=60 * _MINUTES)
