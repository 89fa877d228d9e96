"""Get-CsPersistentChatHealth: how the node does, in one object. Parlour's own."""

from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from parlour.admin.doors import OpenDoors
from parlour.admin.engine import Cmdlet, Example, Meta, PsObject
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS
from parlour.bots.service import Hooks
from parlour.chat.core import Core

HEALTH = "Parlour.ChatHealth"


class GetCsPersistentChatHealth(Cmdlet):
    """Shows how the node does: its version, who is there, where it listens, its certificate, and which hooks fail.

    While no node serves the deployment, nobody is there, and no listener and certificate is shown.
    """

    meta = Meta("Get-CsPersistentChatHealth", outputs=(HEALTH,), roles=(*CHAT_ADMINISTRATORS, *READERS), examples=(
        Example("Get-CsPersistentChatHealth", "Shows it."),))

    async def process(self) -> None:
        """Look."""
        sessions = self.service(Core).chat.sessions()
        hooks = await self.service(Hooks).all()
        doors = self.service(OpenDoors)
        certificate = doors.certificate
        await self.write(PsObject((HEALTH,), {
            "Version": version("parlour"),
            "Sessions": len(sessions),
            "People": len({session.person.id for session in sessions}),
            "RoomsOpen": len({room.id for session in sessions for room in session.rooms}),
            "Listeners": list(doors.urls),
            "CertificateExpires": None if certificate is None else expiry_of(certificate),
            "Hooks": len(hooks),
            "HooksFailing": sum(hook.failing_since is not None or (bool(hook.fault) and not hook.enabled)
                                for hook in hooks)}, text="health"))


def expiry_of(certificate: Path) -> datetime | None:
    """Return when the first certificate of a PEM file expires; None if there is none that can be read."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(certificate.read_bytes())[0].not_valid_after_utc
    except (OSError, ValueError):
        return None


CMDLETS = (GetCsPersistentChatHealth,)
