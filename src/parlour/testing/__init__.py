"""Public test kit: what Parlour's own tests use, for anybody's tests."""

from parlour.testing.chat_events import ChatEvent, ChatMessage, Member
from parlour.testing.clock import FakeClock
from parlour.testing.deployment import CommandError, Deployment, Outcome
from parlour.testing.sip_client import SipClient
from parlour.testing.sip_connection import LostError, Signing, ViolationError
from parlour.testing.sip_user import Dialog, Handshake, RefusedError

__all__ = [
    "ChatEvent", "ChatMessage", "CommandError", "Deployment", "Dialog", "FakeClock", "Handshake", "LostError",
    "Member", "Outcome", "RefusedError", "Signing", "SipClient", "ViolationError",
]
