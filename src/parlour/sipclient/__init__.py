"""A Lync-style SIP client: what signs in, enters rooms and posts as real clients do, with signatures both ways.

Written apart from the server's own code (`parlour.lync`), so that the two check each other. The synthetic transaction
is made of it, and the scripted clients of `parlour.testing`.
"""

from parlour.sipclient.chat import ChatClient
from parlour.sipclient.connection import Association, SipConnection
from parlour.sipclient.errors import ChallengeError, ClientError, LostError, RefusedError, ViolationError
from parlour.sipclient.signin import Password, SignInSecrets
from parlour.sipclient.user import Dialog, Handshake, SipUser
from parlour.sipclient.xccos import ChatEvent, ChatMessage, FoundRoom, Member

__all__ = [
    "Association", "ChallengeError", "ChatClient", "ChatEvent", "ChatMessage", "ClientError", "Dialog", "FoundRoom",
    "Handshake", "LostError", "Member", "Password", "RefusedError", "SignInSecrets", "SipConnection", "SipUser",
    "ViolationError",
]
