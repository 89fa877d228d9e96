"""Signatures by which whoever is called knows that it was this deployment, and when.

What is signed is ``TIMESTAMP.BODY`` with HMAC-SHA256; whoever checks it also refuses old time stamps, so that nothing
can be played back. Commands carry Slack's headers, too, over ``v0:TIMESTAMP:BODY``: what was made for Slack works.
"""

import hashlib
import hmac
from typing import Final

PURPOSE: Final = "hook"  # that the secrets are sealed for
SIGNATURE: Final = "X-Parlour-Signature"
TIMESTAMP: Final = "X-Parlour-Timestamp"
DELIVERY: Final = "X-Parlour-Delivery"


def signed(secret: bytes, timestamp: int, body: bytes, delivery: str) -> dict[str, str]:
    """Return the headers of a call.

    Args:
        secret: that of the hook.
        timestamp: seconds since 1970.
        body: what is sent.
        delivery: the same for every try of the same call.
    """
    return {SIGNATURE: f"v1={_mac(secret, f'{timestamp}.'.encode() + body)}", TIMESTAMP: str(timestamp),
            DELIVERY: delivery}


def slack_signed(secret: bytes, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers by which Slack signs calls."""
    return {"X-Slack-Signature": f"v0={_mac(secret, f'v0:{timestamp}:'.encode() + body)}",
            "X-Slack-Request-Timestamp": str(timestamp)}


def _mac(secret: bytes, text: bytes) -> str:
    return hmac.new(secret, text, hashlib.sha256).hexdigest()
