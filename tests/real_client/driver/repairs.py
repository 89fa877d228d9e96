"""Two defects of Debian 12's packages, repaired in this process's own memory only.

1. SIPE 1.25.0 registers a SAX *1* handler (startElement/endElement) but marks it with XML_SAX2_MAGIC. Older libxml2
   accepted that mix; Debian 12's 2.9.14+dfsg-1.3~deb12u2 and later (fix for CVE-2023-39615) takes the magic word as
   "this is a SAX2 handler" and then never calls startElement: SIPE silently gets an empty document from EVERY XML
   body and group chat cannot work with any server. Cure: clear the magic word in the plugin's handler table.
2. libpurple 2.14's PurpleCircBuffer (SIPE's outgoing data, growing in steps of 256 bytes) loses its place when it was
   filled exactly to its end and drained, and the next append has to grow it: that message is written to the socket
   ROTATED, tail first. It happens when the first message measures a multiple of 256 bytes, e.g. in most NTLM
   sign-ins of a four-letter user at litwareinc.com from 127.0.0.1. Cure: redirect SIPE's import of
   purple_circ_buffer_new() to a wrapper that asks for 64 KiB steps.
"""

import ctypes
import os
import struct
from ctypes import CFUNCTYPE, byref, c_char_p, c_int, c_size_t, c_uint, c_void_p, cast, string_at
from dataclasses import dataclass
from pathlib import Path

from tests.real_client.driver.abi import Pointer

SAX_MAGIC = 0xDEEDBEAF
CIRC_BUFFER_NEW = CFUNCTYPE(c_void_p, c_size_t)
GROW_STEP = 65536

_PLUGIN = "libsipe.so"
_SHT_RELA, _SHT_DYNSYM = 4, 11
_CALL_RELOCATIONS = {6, 7, 1025, 1026}  # GLOB_DAT and JUMP_SLOT of x86-64 and aarch64
_START_ELEMENT = CFUNCTYPE(None, c_void_p, c_char_p, c_void_p)


@dataclass(frozen=True)
class Mapping:
    """One line of /proc/self/maps that belongs to a file."""

    low: int
    high: int
    rights: str
    offset: int
    path: str


def _mappings(name: str) -> list[Mapping]:
    found = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        parts = line.split()
        if len(parts) >= 6 and parts[5].endswith("/" + name):
            low, high = (int(end, 16) for end in parts[0].split("-"))
            found.append(Mapping(low, high, parts[1], int(parts[2], 16), parts[5]))
    return found


class _SaxHandler(ctypes.Structure):
    """xmlSAXHandler, with the callback that is tried."""

    _fields_ = (
        *((f"before{i}", c_void_p) for i in range(14)), ("start", _START_ELEMENT), ("end", c_void_p),
        *((f"after{i}", c_void_p) for i in range(11)), ("initialized", c_uint),
        *((f"sax2_{i}", c_void_p) for i in range(4)))


def sax1_callbacks_broken() -> bool:
    """Parse one element with a handler like SIPE's and say whether it was NOT delivered."""
    try:
        xml = ctypes.CDLL("libxml2.so.2")
    except OSError:
        return False
    hits: list[bytes] = []
    handler = _SaxHandler(start=_START_ELEMENT(lambda _user, name, _attributes: hits.append(name)))
    handler.initialized = SAX_MAGIC
    xml.xmlSAXUserParseMemory.argtypes = [c_void_p, c_void_p, c_char_p, c_int]
    xml.xmlSAXUserParseMemory(byref(handler), ctypes.create_string_buffer(8), b"<a/>", 4)
    return not hits


def patch_sax_handler() -> int:
    """Clear the magic word wherever it stands in the plugin's writable data; return how often."""
    return sum(_clear_magic(area) for area in _mappings(_PLUGIN) if "rw" in area.rights)


def _clear_magic(area: Mapping) -> int:
    data, word, count = string_at(area.low, area.high - area.low), SAX_MAGIC.to_bytes(4, "little"), 0
    at = data.find(word)
    while at >= 0:
        if at % 4 == 0:
            c_uint.from_address(area.low + at).value = 1
            count += 1
        at = data.find(word, at + 4)
    return count


def redirect_plugin_import(symbol: str, function: Pointer) -> int:
    """Let the plugin call `function` where it calls `symbol`; return the number of slots changed."""
    page = os.sysconf("SC_PAGE_SIZE")
    slots = _import_slots(_PLUGIN, symbol)
    for slot in slots:
        ctypes.CDLL(None).mprotect(c_void_p(slot // page * page), c_size_t(page), 3)  # PROT_READ | PROT_WRITE
        c_void_p.from_address(slot).value = function
    return len(slots)


def _import_slots(library: str, symbol: str) -> list[int]:
    """Addresses of the GOT slots through which a loaded ELF64 library calls `symbol`."""
    first = next((area for area in _mappings(library) if area.offset == 0), None)
    if first is None:
        return []
    elf = Path(first.path).read_bytes()
    if elf[:5] != b"\x7fELF\x02":
        return []
    return [first.low + offset for name, offset in _relocations(elf) if name == symbol.encode()]


def _relocations(elf: bytes) -> list[tuple[bytes, int]]:
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, table + i * size) for i in range(count)]
    found = []
    for section in sections:
        if section[1] == _SHT_RELA and sections[section[6]][1] == _SHT_DYNSYM:
            symbols = sections[section[6]]
            found += _calls(elf, section, symbols[4], sections[symbols[6]][4])
    return found


def _calls(elf: bytes, section: tuple[int, ...], symbols: int, names: int) -> list[tuple[bytes, int]]:
    found = []
    for entry in range(section[4], section[4] + section[5], 24):
        offset, info, _ = struct.unpack_from("<QQq", elf, entry)
        if info >> 32 and info & 0xFFFFFFFF in _CALL_RELOCATIONS:
            (name,) = struct.unpack_from("<I", elf, symbols + (info >> 32) * 24)
            found.append((elf[names + name:elf.index(b"\0", names + name)], offset))
    return found


def grow_step_wrapper(real_address: Pointer) -> ctypes.c_void_p:
    """Make the stand-in for purple_circ_buffer_new; keep what it returns alive."""
    real = CIRC_BUFFER_NEW(real_address or 0)
    wrapper = CIRC_BUFFER_NEW(lambda grow: real(max(grow, GROW_STEP)))
    pointer = cast(wrapper, c_void_p)
    _KEEP.append(wrapper)
    return pointer


_KEEP: list[object] = []
