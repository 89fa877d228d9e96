"""Encodings of text files, by the names that PowerShell has for them."""

import codecs
from enum import StrEnum
from typing import Final


class Encoding(StrEnum):
    """Encodings of text files."""

    UTF8 = "UTF8"
    UTF8_BOM = "UTF8BOM"
    UTF8_NO_BOM = "UTF8NoBOM"
    UNICODE = "Unicode"
    ASCII = "ASCII"

    @property
    def codec(self) -> str:
        """Python's name of it."""
        return {Encoding.UNICODE: "utf-16-le", Encoding.ASCII: "ascii"}.get(self, "utf-8")

    @property
    def mark(self) -> bytes:
        """What stands at the beginning of a file."""
        return {Encoding.UNICODE: codecs.BOM_UTF16_LE, Encoding.UTF8_BOM: codecs.BOM_UTF8}.get(self, b"")


_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decoded(content: bytes) -> str:
    """Return the text of a file: the mark at its beginning says the encoding, and UTF-8 is meant without one.

    Raises:
        ValueError: it is no text of that encoding.
    """
    mark, codec = next(((mark, codec) for mark, codec in _MARKS if content.startswith(mark)), (b"", "utf-8"))
    try:
        return content[len(mark):].decode(codec)
    except UnicodeDecodeError as fault:
        raise ValueError(f"it is no {codec.upper()} text (byte {fault.start + len(mark)})") from fault
