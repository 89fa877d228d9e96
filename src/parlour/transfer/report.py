"""What an export or import came to: collected while it runs, and written as an HTML page."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape

MOST_LINES = 200_000  # kept of one run, and so many errors besides; more are only counted
_LONGEST = 1000  # characters of what is said of one thing


class Severity(StrEnum):
    """How much a finding matters."""

    DONE = "Done"
    WARNING = "Warning"
    ERROR = "Error"


@dataclass(frozen=True, slots=True)
class Finding:
    r"""One line of a report.

    Attributes:
        severity: how much it matters.
        subject: what it is about, e.g. ``Room pool.example.com\\Engineering``.
        text: what was or would be done, or why it was not.
    """

    severity: Severity
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}"


@dataclass(slots=True)
class Log:
    """The findings of one run."""

    counts: Counter[Severity] = field(default_factory=Counter)
    _errors: list[Finding] = field(default_factory=list)
    _others: list[Finding] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """Those that are kept: the errors, then the others, each in their order."""
        return [*self._errors, *self._others]

    def add(self, severity: Severity, subject: str, text: str) -> None:
        """Note a finding."""
        self.counts[severity] += 1
        kept = self._errors if severity is Severity.ERROR else self._others
        if len(kept) < MOST_LINES:
            kept.append(Finding(severity, subject[:_LONGEST], text[:_LONGEST]))

    def done(self, subject: str, text: str) -> None:
        """Note what was or would be done."""
        self.add(Severity.DONE, subject, text)

    def warning(self, subject: str, text: str) -> None:
        """Note what is otherwise than in the file."""
        self.add(Severity.WARNING, subject, text)

    def error(self, subject: str, text: str) -> None:
        """Note what is left out."""
        self.add(Severity.ERROR, subject, text)


_STYLE = ("body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #999;"
          "padding:.3em .6em;text-align:left;vertical-align:top}.Warning{background:#fff3cd}.Error{background:#f8d7da}")


def html(title: str, facts: Mapping[str, str], log: Log) -> Iterator[str]:
    """Yield the report piece by piece: no scripts, nothing from elsewhere, every text escaped.

    Args:
        title: its heading.
        facts: what run it is of, by name.
        log: what the run came to.
    """
    yield ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
           '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">'
           f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>\n<h1>{_text(title)}</h1>\n")
    counts = {str(severity): str(log.counts[severity]) for severity in Severity}
    rows = "".join(f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>\n"
                   for name, value in {**facts, **counts}.items())
    yield f"<table>\n{rows}</table>\n<h2>Findings</h2>\n<table>\n"
    yield "<tr><th>Severity</th><th>What</th><th>Finding</th></tr>\n"
    findings = log.findings
    for finding in findings:
        yield (f'<tr class="{finding.severity}"><td>{finding.severity}</td><td>{_text(finding.subject)}</td>'
               f"<td>{_text(finding.text)}</td></tr>\n")
    yield "</table>\n"
    left_out = log.counts.total() - len(findings)
    yield f"<p>{left_out} more.</p>\n</body></html>\n" if left_out else "</body></html>\n"


def _text(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode())
