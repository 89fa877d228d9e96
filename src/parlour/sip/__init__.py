"""SIP by RFC 3261: messages, transactions and dialogs without I/O, and one asyncio transport."""

from parlour.sip.headers import (
    AuthValue,
    CSeq,
    Headers,
    NameAddr,
    Via,
    parse_auth,
    parse_cseq,
    parse_name_addr,
    parse_via,
    quote,
    render_auth,
    split_list,
    unquote,
)
from parlour.sip.message import REASONS, Request, Response, respond
from parlour.sip.parser import (
    Broken,
    Event,
    KeepAlive,
    Limits,
    Message,
    Rejected,
    StreamParser,
    parse_message,
    read_message,
)
from parlour.sip.uri import OtherUri, SipUri, parse_uri

__all__ = [
    "REASONS", "AuthValue", "Broken", "CSeq", "Event", "Headers", "KeepAlive", "Limits", "Message", "NameAddr",
    "OtherUri", "Rejected", "Request", "Response", "SipUri", "StreamParser", "Via", "parse_auth", "parse_cseq",
    "parse_message", "parse_name_addr", "parse_uri", "parse_via", "quote", "read_message", "render_auth", "respond",
    "split_list", "unquote",
]
