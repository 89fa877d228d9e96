"""SIP by RFC 3261: messages, transactions and dialogs without I/O, and one asyncio transport."""

from parlour.sip.dialog import (
    DIALOG_TABLE,
    Dialog,
    DialogEvent,
    DialogKey,
    DialogState,
    RequestHead,
    Verdict,
    shared_tail,
)
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
from parlour.sip.transactions import TABLE as TRANSACTION_TABLE
from parlour.sip.transactions import Action, Kind, Receipt, ServerTransactions
from parlour.sip.transactions import Event as TransactionEvent
from parlour.sip.transactions import State as TransactionState
from parlour.sip.transport import CloseReason, ConnectionHandler, SipConnection, SipServer, Timeouts, make_tls_context
from parlour.sip.uri import OtherUri, SipUri, parse_uri
from parlour.sip.validate import KNOWN_METHODS, check_accept, check_body, check_request, media_type, refuse

__all__ = [
    "DIALOG_TABLE", "KNOWN_METHODS", "REASONS", "TRANSACTION_TABLE", "Action", "AuthValue", "Broken", "CSeq",
    "CloseReason", "ConnectionHandler", "Dialog", "DialogEvent", "DialogKey", "DialogState", "Event", "Headers",
    "KeepAlive", "Kind", "Limits", "Message", "NameAddr", "OtherUri", "Receipt", "Rejected", "Request",
    "RequestHead", "Response", "ServerTransactions", "SipConnection", "SipServer", "SipUri", "StreamParser",
    "Timeouts", "TransactionEvent", "TransactionState", "Verdict", "Via", "check_accept", "check_body",
    "check_request", "make_tls_context", "media_type", "parse_auth", "parse_cseq", "parse_message",
    "parse_name_addr", "parse_uri", "parse_via", "quote", "read_message", "refuse", "render_auth", "respond",
    "shared_tail", "split_list", "unquote",
]
