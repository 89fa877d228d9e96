"""A Lync-style SIP client: what signs in, enters rooms and posts as real clients do, with signatures both ways.

Written apart from the server's own code (`parlour.lync`), so that the two check each other. The synthetic transaction
is made of it, and the scripted clients of `parlour.testing`.
"""

from parlour.client.chat import ChatClient
from parlour.client.connection import Association, SipConnection
from parlour.client.errors import ChallengeError, ClientError, LostError, RefusedError, ViolationError
from parlour.client.signin import Password, SignInSecrets
from parlour.client.user import Dialog, Handshake, SipUser
from parlour.client.xccos import ChatEvent, ChatMessage, FoundRoom, Member

__all__ = [
    "Association", "ChallengeError", "ChatClient", "ChatEvent", "ChatMessage", "ClientError", "Dialog", "FoundRoom",
    "Handshake", "LostError", "Member", "Password", "RefusedError", "SignInSecrets", "SipConnection", "SipUser",
    "ViolationError",
]
