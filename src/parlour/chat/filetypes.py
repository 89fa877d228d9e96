"""What kind of file something is, told by its first bytes alone: names and senders may lie."""

import codecs

UNKNOWN = "application/octet-stream"
_TEXT = "text/plain"
# Where these bytes stand at these places, it is that. What is not here is not worth more than being downloaded.
_SIGNATURES: tuple[tuple[str, tuple[tuple[int, bytes], ...]], ...] = (
    ("image/png", ((0, b"\x89PNG\r\n\x1a\n"),)),
    ("image/jpeg", ((0, b"\xff\xd8\xff"),)),
    ("image/gif", ((0, b"GIF87a"),)),
    ("image/gif", ((0, b"GIF89a"),)),
    ("image/webp", ((0, b"RIFF"), (8, b"WEBP"))),
    ("application/pdf", ((0, b"%PDF-"),)),
    ("application/zip", ((0, b"PK\x03\x04"),)),
    ("application/gzip", ((0, b"\x1f\x8b\x08"),)),
    ("audio/mpeg", ((0, b"ID3"),)),
    ("audio/ogg", ((0, b"OggS"),)),
    ("video/mp4", ((4, b"ftyp"),)),
)


def media_type(head: bytes) -> str:
    """Return the media type of a file that begins with `head` (RFC 6838); never one that a browser would execute.

    HTML, SVG, scripts and the like are text: that is how they are shown, if at all.
    """
    for kind, marks in _SIGNATURES:
        if all(head.startswith(mark, place) for place, mark in marks):
            return kind
    return _TEXT if _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    """Say whether this is the beginning of a text in UTF-8; its last character may be cut."""
    if b"\0" in head:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
