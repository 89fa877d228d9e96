"""People of the built-in directory. Get-CsUser is the original's; the others are Parlour's own, in its style."""

from collections.abc import Sequence

from parlour.admin.engine import Cmdlet, Example, Meta, Pipeline, PsObject, Secret, parameter
from parlour.admin.engine.patterns import has_wildcard, like
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS, USER_ADMINISTRATORS
from parlour.chat.core import Core
from parlour.chat.model import Person
from parlour.directory.people import NewPerson, People, parse_person_address
from parlour.errors import PERSON_AMBIGUOUS, PERSON_NOT_FOUND, ParlourError

USER = "Microsoft.Rtc.Management.ADConnect.Schema.ADUser"
_IDENTITY = 'SIP address, with or without "sip:".'


def shown(person: Person, policy: str | None = None) -> PsObject:
    """Return the person as administrators see him; `policy` is what was granted to himself."""
    return PsObject((USER,), {
        "Identity": str(person.address), "DisplayName": person.display_name, "SipAddress": str(person.address),
        "Enabled": person.enabled, "PersistentChatPolicy": policy, "Guid": person.guid}, text=str(person.address))


async def people_called(people: People, identity: str) -> Sequence[Person]:
    """Find who has this SIP address or this display name; a display name with wildcards may be that of many.

    Raises:
        ParlourError: UserNotFound, UserAmbiguous.
    """
    try:
        return [await people.find(identity)]
    except ParlourError as absent:
        wanted, many = identity.casefold(), has_wildcard(identity)
        found = [person for person in await people.all() if person.display_name.casefold() == wanted
                 or (many and like(person.display_name, identity))]
        if not found and absent.kind is PERSON_NOT_FOUND and not many:
            raise
    if len(found) > 1 and not many:
        raise ParlourError(PERSON_AMBIGUOUS, identity, identity=identity)
    return found


class GetCsUser(Cmdlet):
    """Lists the people who have an account."""

    meta = Meta("Get-CsUser", outputs=(USER,), roles=(*USER_ADMINISTRATORS, *CHAT_ADMINISTRATORS[1:], *READERS),
                examples=(Example("Get-CsUser", "Lists everybody."),))
    identity: str | None = parameter(position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_IDENTITY)

    async def process(self) -> None:
        """List people."""
        people = self.service(People)
        found = await people.all() if self.identity is None else [await people.find(self.identity)]
        granted = self.service(Core).policies.granted
        await self.write_all(shown(person, granted(person)) for person in found)


class NewCsUser(Cmdlet):
    """Adds a person to the built-in directory."""

    meta = Meta("New-CsUser", should_process=True, outputs=(USER,), roles=USER_ADMINISTRATORS, examples=(
        Example('New-CsUser -SipAddress "sip:dora@litwareinc.com" -Password "correct horse" -DisplayName "Dora"',
                "Adds a person who can sign in at once."),))
    sip_address: str = parameter(position=1, mandatory=True, help=_IDENTITY)
    password: Secret = parameter(mandatory=True, help="The password to sign in with.")
    display_name: str | None = parameter(help="The name others see. Without it, the first part of the address.")
    container: str | None = parameter(help="Distinguished name of the container, OU=...; without it, OU=Users.")
    disable_ntlm: bool = parameter(help="Lets the person sign in by Digest over TLS only, and keeps no NTLM secret.")

    async def process(self) -> None:
        """Add the person."""
        people = self.service(People)
        new = NewPerson(parse_person_address(self.sip_address), self.password.reveal(), self.display_name,
                        not self.disable_ntlm, self.container)
        await people.check_new(new)
        if await self.should_process(str(new.address)):
            await self.write(shown(await people.add(new)))


class SetCsUser(Cmdlet):
    """Puts a person into another container of the directory; rights that depend on it change at once."""

    meta = Meta("Set-CsUser", should_process=True, roles=USER_ADMINISTRATORS, examples=(
        Example('Set-CsUser -Identity "sip:dora@litwareinc.com" -Container "OU=Sales,DC=litwareinc,DC=com"',
                "Moves a person."),))
    identity: str = parameter(
        position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_IDENTITY)
    container: str = parameter(mandatory=True, help="Distinguished name of the container, OU=...")

    async def process(self) -> None:
        """Move the person."""
        people = self.service(People)
        person = await people.find(self.identity)
        if await self.should_process(str(person.address)):
            await people.move(person, self.container)
            await self.service(Core).chat.rights_changed(people=[person.id])


class SetCsUserPassword(Cmdlet):
    """Gives a person a new password and ends the sessions that began with the old one."""

    meta = Meta("Set-CsUserPassword", should_process=True, roles=USER_ADMINISTRATORS, examples=(
        Example('Set-CsUserPassword -Identity "sip:dora@litwareinc.com" -Password "battery staple"',
                "Sets a password."),))
    identity: str = parameter(position=1, mandatory=True, pipeline=Pipeline.PROPERTY, help=_IDENTITY)
    password: Secret = parameter(mandatory=True, help="The new password.")

    async def process(self) -> None:
        """Set the password."""
        people = self.service(People)
        person = await people.find(self.identity)
        if await self.should_process(str(person.address)):
            await people.set_password(person, self.password.reveal())


class _SwitchCsUser(Cmdlet):
    """What enabling and disabling have in common."""

    enables: bool
    identity: str = parameter(
        position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=_IDENTITY)

    async def process(self) -> None:
        """Switch one account."""
        people = self.service(People)
        person = await people.find(self.identity)
        if await self.should_process(str(person.address)):
            await people.set_enabled(person, enabled=self.enables)


class EnableCsUser(_SwitchCsUser):
    """Lets people sign in again."""

    enables = True
    meta = Meta("Enable-CsUser", should_process=True, roles=USER_ADMINISTRATORS, examples=(
        Example('Enable-CsUser -Identity "sip:dora@litwareinc.com"', "Lets her sign in."),))


class DisableCsUser(_SwitchCsUser):
    """Keeps people from signing in, and ends their sessions; what they wrote stays."""

    enables = False
    meta = Meta("Disable-CsUser", should_process=True, roles=USER_ADMINISTRATORS, examples=(
        Example('Disable-CsUser -Identity "sip:dora@litwareinc.com"', "Signs her out and keeps her out."),))


CMDLETS = (GetCsUser, NewCsUser, SetCsUser, SetCsUserPassword, EnableCsUser, DisableCsUser)
