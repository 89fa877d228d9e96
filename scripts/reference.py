#!/usr/bin/env python3
"""Writes the generated pages of docs/reference from the code; with --check, only says which are not current."""

import json
import sys
from pathlib import Path

from parlour.admin.catalog import registry
from parlour.admin.engine import Cmdlet
from parlour.admin.engine.helptext import help_lines
from parlour.admin.roles import ALL_ROLES, standard_roles
from parlour.config import Settings
from parlour.errors import REGISTRY
from parlour.web.live.description import describe as live_connection

ROOT = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTE = "<!-- Written by scripts/reference.py from the code; do not edit. -->\n\n"


def errors() -> str:
    """The error registry as a table."""
    rows = [f"| `{kind.name}` | {kind.text} {kind.remedy} | {kind.category} | {kind.sip} | {kind.xccos} | {kind.http} |"
            for kind in sorted(REGISTRY.values(), key=lambda kind: kind.name)]
    about = "Names are stable; texts may change. Codes of XCCOS other than 200 are Parlour's own."
    return (f"# Errors\n\n{NOTE}{about}\n\n"
            "| name | text | category | SIP | XCCOS | HTTP |\n|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n")


def settings() -> str:
    """The settings as a table."""
    rows = [f"| `{name}` | `PARLOUR_{name.upper()}` | `{field.default!r}` | {field.description} |"
            for name, field in Settings.model_fields.items()]
    about = "In `parlour.toml` in the data folder, or in the environment; the command line beats both."
    return (f"# Settings\n\n{NOTE}{about}\n\n"
            "| setting | variable | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n")


def roles() -> str:
    """Which role may run which cmdlet."""
    known = standard_roles(registry().all(), "S-1-5-21-…")
    names = known[0].cmdlets
    head = "| cmdlet | " + " | ".join(name.removeprefix("Cs") for name in ALL_ROLES) + " |"
    rows = [f"| `{cmdlet}` | " + " | ".join("●" if cmdlet in role.cmdlets else "" for role in known) + " |"
            for cmdlet in names]
    about = "The eleven standard roles. The original published no such table; this one is Parlour's own."
    return (f"# Roles\n\n{NOTE}{about}\n\n"
            + "\n".join([head, "|---" * (len(known) + 1) + "|", *rows]) + "\n")


def cmdlet_page(cmdlet: type[Cmdlet]) -> str:
    """One cmdlet's help."""
    text = "\n".join(help_lines(cmdlet)).strip("\n")
    return f"# {cmdlet.meta.name}\n\n{NOTE}```text\n{text}\n```\n"


def pages() -> dict[Path, str]:
    """Every generated page."""
    made = {ROOT / "errors.md": errors(), ROOT / "settings.md": settings(), ROOT / "roles.md": roles(),
            ROOT / "asyncapi.json": json.dumps(live_connection(), indent=1) + "\n"}
    for cmdlet in registry().all():
        if not cmdlet.meta.utility:
            made[ROOT / "cmdlets" / f"{cmdlet.meta.name}.md"] = cmdlet_page(cmdlet)
    return made


def main() -> int:
    """Write or check all pages."""
    made = pages()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    stale += [path for path in (ROOT / "cmdlets").glob("*.md") if path not in made]
    for path in stale:
        if "--check" in sys.argv:
            print(f"not current: docs/reference/{path.relative_to(ROOT)}; run scripts/reference.py", file=sys.stderr)
        elif path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path])
        else:
            path.unlink()
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
