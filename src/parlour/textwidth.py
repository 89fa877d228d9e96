"""How much room a text takes on a terminal. Kept free of heavy imports: every surface shows text."""


def display_width(text: str) -> int:
    """Return the columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # here: most texts do without

    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)
