"""Text files: their encodings, by the names that PowerShell has for them, and how much is handled at once.

Kept free of heavy imports: both ends of a conversation about files use it.
"""

import codecs
from enum import StrEnum
from typing import Final

PIECE: Final = 256 * 1024
"""Bytes of a file that are read or written at once."""

LONGEST_SOURCE: Final = 64 * 1024
"""Bytes of one text of commands, in UTF-8."""


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
        return {Encoding.UNICODE: "utf-16-le", Encoding.ASCII: "ascii"}.get(self, UTF8)

    @property
    def mark(self) -> bytes:
        """What stands at the beginning of a file."""
        return {Encoding.UNICODE: codecs.BOM_UTF16_LE, Encoding.UTF8_BOM: codecs.BOM_UTF8}.get(self, b"")

    def fits(self, codec: str) -> bool:
        """Say whether what is written in it may follow text of a codec."""
        return codec in (self.codec, UTF8 if self is Encoding.ASCII else self.codec)


UTF8: Final = "utf-8"
_MARKS: Final = ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
LONGEST_MARK: Final = 3
"""Bytes at the beginning of a file that are enough to know its encoding."""


def marked(beginning: bytes) -> tuple[int, str]:
    """Return the length of the mark at the beginning of a file, and the codec it stands for; UTF-8 without one."""
    mark, codec = next(((mark, codec) for mark, codec in _MARKS if beginning.startswith(mark)), (b"", UTF8))
    return len(mark), codec


class Decoder:
    """Makes text of a file that comes in pieces: the mark at its beginning says the encoding."""

    def __init__(self) -> None:
        self._held = b""
        self._given = 0
        self._decoder: codecs.IncrementalDecoder | None = None
        self._codec = UTF8

    def decode(self, piece: bytes, final: bool = False) -> str:
        """Return the text of a piece, as far as its characters are whole.

        Raises:
            ValueError: it is no text of that encoding.
        """
        if self._decoder is None:
            self._held += piece
            if len(self._held) < LONGEST_MARK and not final:
                return ""
            skipped, self._codec = marked(self._held)
            self._decoder = codecs.getincrementaldecoder(self._codec)()
            piece, self._given = self._held[skipped:], skipped
        kept = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(piece, final)
        except UnicodeDecodeError as fault:
            place = self._given - kept + fault.start
            raise ValueError(f"it is no {self._codec.upper()} text (byte {place})") from fault
        self._given += len(piece)
        return text


def decoded(content: bytes) -> str:
    """Return the text of a file: the mark at its beginning says the encoding, and UTF-8 is meant without one.

    Raises:
        ValueError: it is no text of that encoding.
    """
    return Decoder().decode(content, final=True)
