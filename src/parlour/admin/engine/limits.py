"""How much of the language is taken at once."""

from typing import Final

from parlour.textfiles import LONGEST_SOURCE

MAX_SOURCE: Final = LONGEST_SOURCE
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

EVALUATION_SECONDS: Final = 0.5
"""Time for everything that is evaluated for one object: nobody else has his turn meanwhile."""

TURN_SECONDS: Final = 0.02
"""After which others in the process have their turn, between two objects."""

MAX_TEXT: Final = 1 << 20
"""Characters of a text that is made of others."""

MAX_NESTING: Final = 32
"""Levels of lists and tables inside each other in a variable."""

MAX_WEIGHT: Final = 4_000_000
"""Values in all variables together, also those inside lists and objects; a long text counts as several."""
