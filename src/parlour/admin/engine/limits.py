"""How much of the language is taken at once."""

from typing import Final

MAX_SOURCE: Final = 64 * 1024
"""Bytes of one source text."""

MAX_DEPTH: Final = 60
"""Nesting of expressions."""

MAX_BLOCKS: Final = 8
"""Script blocks with commands inside each other."""

MAX_COMMANDS: Final = 60
"""Commands in one pipeline."""

MAX_COLLECTED: Final = 250_000
"""Objects a command such as Sort-Object may hold at once."""

MATCH_SECONDS: Final = 0.25
"""Time for matching one pattern against one value."""
