"""People of the built-in directory (reference/cmdlets.md section 3.4).

Get-CsUser and Get-CsAdUser are the original's; the others are Parlour's own, in its style.
"""

from collections.abc import Collection, Sequence

from parlour.admin.cmdlets.directory import PEOPLE_HELP, PERSON_HELP, DirectoryCmdlet, View, people_called
from parlour.admin.engine import ActsOn, Cmdlet, Example, Meta, Pipeline, PsObject, Secret, Value, parameter
from parlour.admin.guard import changeable, check_place
from parlour.admin.roles import CHAT_ADMINISTRATORS, READERS, USER_ADMINISTRATORS
from parlour.admin.values import Values
from parlour.chat.core import Core
from parlour.directory.displaynames import checked_display_name
from parlour.directory.lockout import Lockout
from parlour.directory.people import DirectoryPerson, NewPerson, People, parse_person_address
from parlour.errors import PARAMETER_MISSING, ParlourError

USER = "Microsoft.Rtc.Management.ADConnect.Schema.ADUser"
AD_USER = "Microsoft.Rtc.Management.ADConnect.Schema.CSADUser"
PROPERTIES = ("Identity", "DistinguishedName", "Name", "DisplayName", "SipAddress", "UserPrincipalName",
              "SamAccountName", "RegistrarPool", "Enabled", "LockedOut", "PersistentChatPolicy", "Guid",
              "WhenCreated", "WhenChanged")
_READERS = (*USER_ADMINISTRATORS, *CHAT_ADMINISTRATORS[1:], *READERS)
_EVERYBODY = "Accepted for scripts: everybody is at home on this server, so it leaves out nobody."
_NOBODY = "Lists nobody: everybody is at home on this server."


def shown(
    person: DirectoryPerson, policy: str | None = None, kind: str = USER, *, locked: Collection[str] = ()
) -> PsObject:
    """Return the person as administrators see him.

    Args:
        person: who.
        policy: what was granted to himself.
        kind: what the object is called.
        locked: keys of the addresses whose sign-in by password is locked.
    """
    name, address = str(person.distinguished_name), person.address
    values = (name, name, address.bare, person.display_name, str(address), address.bare, address.user, person.home,
              person.enabled, address.key in locked, policy, person.guid, person.created_at, person.changed_at)
    return PsObject((kind,), dict(zip(PROPERTIES, values, strict=True)), text=str(address))


def ldap_attributes(person: DirectoryPerson) -> dict[str, Value]:
    """Return the person by the generic attributes that an LDAP filter names."""
    address = person.address
    return {
        "cn": address.bare, "name": address.bare, "distinguishedName": str(person.distinguished_name),
        "displayName": person.display_name, "objectClass": ["top", "person", "organizationalPerson", "user"],
        "objectCategory": "person", "objectGUID": person.guid, "sAMAccountName": address.user,
        "userPrincipalName": address.bare, "msRTCSIP-PrimaryUserAddress": str(address),
        "msRTCSIP-UserEnabled": person.enabled,
    }


class _ListUsers(DirectoryCmdlet):
    """What listing people has in common."""

    properties = PROPERTIES
    identity: str | None = parameter(
        values=Values.PERSON,
        position=1, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=f"{PEOPLE_HELP} Without it, everybody.")

    async def list_objects(self) -> None:
        """List people."""
        people, granted = self.service(People), self.service(Core).policies.granted
        kind, locked = self.meta.outputs[0], await self.service(Lockout).locked()
        await self.write_chosen(await self._candidates(people), View(
            lambda person: person.distinguished_name,
            lambda person: shown(person, granted(person), kind, locked=locked), ldap_attributes))

    async def _candidates(self, people: People) -> Sequence[DirectoryPerson]:
        return await people.entries() if self.identity is None else await people_called(self, self.identity)


class GetCsUser(_ListUsers):
    """Lists the people who have an account."""

    meta = Meta("Get-CsUser", outputs=(USER,), roles=_READERS, acts_on=ActsOn.PEOPLE, examples=(
        Example("Get-CsUser", "Lists everybody."),
        Example('Get-CsUser -Identity "alice@litwareinc.com"', "Shows one person."),
        Example("Get-CsUser -Filter {Enabled -ne $true}", "Lists whoever may not sign in."),
        Example("Get-CsUser -Filter {LockedOut -eq $true} | Unlock-CsUser", "Unlocks whoever is locked out."),
        Example('Get-CsUser -OU "OU=Sales,DC=litwareinc,DC=com" | Grant-CsPersistentChatPolicy -PolicyName $null',
                "Takes their own policies from the people of a container."),))
    on_lync_server: bool = parameter(help=_EVERYBODY)
    on_modern_server: bool = parameter(help=_EVERYBODY)
    on_office_communication_server: bool = parameter(help=_NOBODY)
    un_assigned_user: bool = parameter(help=_NOBODY)

    async def _candidates(self, people: People) -> Sequence[DirectoryPerson]:
        found = await super()._candidates(people)
        return () if self.on_office_communication_server or self.un_assigned_user else found


class GetCsAdUser(_ListUsers):
    """Lists all people of the directory, whether they may sign in or not; here that is the same as Get-CsUser."""

    meta = Meta("Get-CsAdUser", outputs=(AD_USER,), roles=_READERS, acts_on=ActsOn.PEOPLE, examples=(
        Example("Get-CsAdUser", "Lists everybody."),
        Example('Get-CsAdUser -LdapFilter "sAMAccountName=a*"', "Lists the people with such an account name."),))


class NewCsUser(Cmdlet):
    """Adds a person to the built-in directory."""

    meta = Meta("New-CsUser", should_process=True, outputs=(USER,), roles=USER_ADMINISTRATORS,
                acts_on=ActsOn.PEOPLE, examples=(
        Example('New-CsUser -SipAddress "sip:dora@litwareinc.com" -Password "correct horse" -DisplayName "Dora"',
                "Adds a person who can sign in at once."),))
    sip_address: str = parameter(position=1, mandatory=True, help='SIP address, with or without "sip:".')
    password: Secret = parameter(mandatory=True, help="The password to sign in with.")
    display_name: str | None = parameter(help="The name others see. Without it, the first part of the address.")
    container: str | None = parameter(
        values=Values.CONTAINER, help="Distinguished name of the container, OU=...; without it, OU=Users.")
    disable_ntlm: bool = parameter(help="Lets the person sign in by Digest over TLS only, and keeps no NTLM secret.")

    async def process(self) -> None:
        """Add the person."""
        people = self.service(People)
        new = NewPerson(parse_person_address(self.sip_address), self.password.reveal(), self.display_name,
                        not self.disable_ntlm, self.container)
        await check_place(self, new.address, people.checked_container(self.container))
        await people.check_new(new)
        if await self.should_process(str(new.address)):
            made = await people.add(new)
            await self.write(shown(await people.called(str(made.address))))


class SetCsUser(Cmdlet):
    """Changes a person: the name that others see, or the container, whose rights change at once.

    Who is signed in goes by the former name until the next sign-in.
    """

    meta = Meta("Set-CsUser", should_process=True, roles=USER_ADMINISTRATORS, acts_on=ActsOn.PEOPLE, examples=(
        Example('Set-CsUser -Identity "sip:dora@litwareinc.com" -Container "OU=Sales,DC=litwareinc,DC=com"',
                "Moves a person."),
        Example('Set-CsUser -Identity "sip:dora@litwareinc.com" -DisplayName "Dora Dietz"', "Renames a person."),))
    identity: str = parameter(
        values=Values.PERSON, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=PERSON_HELP)
    display_name: str | None = parameter(help="The name that others see.")
    container: str | None = parameter(values=Values.CONTAINER, help="Distinguished name of the container, OU=...")

    async def begin(self) -> None:
        """See that there is something to change."""
        if self.display_name is None and self.container is None:
            raise ParlourError(PARAMETER_MISSING, self.meta.name, names="-DisplayName; or -Container")

    async def process(self) -> None:
        """Change the person."""
        people = self.service(People)
        person = await changeable(self, self.identity)
        if self.container is not None:
            await check_place(self, person.address, people.checked_container(self.container))
        if self.display_name is not None:
            checked_display_name(self.display_name)
        if not await self.should_process(str(person.address)):
            return
        if self.display_name is not None:
            await people.rename(person, self.display_name)
        if self.container is not None:
            await people.move(person, self.container)
            await self.service(Core).chat.rights_changed(people=[person.id])


class SetCsUserPassword(Cmdlet):
    """Gives a person a new password, ends all sessions and access tokens of his, and unlocks his account."""

    meta = Meta("Set-CsUserPassword", should_process=True, roles=USER_ADMINISTRATORS, acts_on=ActsOn.PEOPLE, examples=(
        Example('Set-CsUserPassword -Identity "sip:dora@litwareinc.com" -Password "battery staple"',
                "Sets a password."),))
    identity: str = parameter(
        values=Values.PERSON, position=1, mandatory=True, pipeline=Pipeline.PROPERTY, help=PERSON_HELP)
    password: Secret = parameter(mandatory=True, help="The new password.")

    async def process(self) -> None:
        """Set the password."""
        people = self.service(People)
        person = await changeable(self, self.identity)
        if await self.should_process(str(person.address)):
            await people.set_password(person, self.password.reveal())


class _SwitchCsUser(Cmdlet):
    """What enabling and disabling have in common."""

    enables: bool
    identity: str = parameter(
        values=Values.PERSON, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=PERSON_HELP)

    async def process(self) -> None:
        """Switch one account."""
        people = self.service(People)
        person = await changeable(self, self.identity)
        if await self.should_process(str(person.address)):
            await people.set_enabled(person, enabled=self.enables)


class EnableCsUser(_SwitchCsUser):
    """Lets people sign in again."""

    enables = True
    meta = Meta("Enable-CsUser", should_process=True, roles=USER_ADMINISTRATORS, acts_on=ActsOn.PEOPLE, examples=(
        Example('Enable-CsUser -Identity "sip:dora@litwareinc.com"', "Lets her sign in."),))


class DisableCsUser(_SwitchCsUser):
    """Keeps people from signing in, and ends their sessions and access tokens; what they wrote stays."""

    enables = False
    meta = Meta("Disable-CsUser", should_process=True, roles=USER_ADMINISTRATORS, acts_on=ActsOn.PEOPLE, examples=(
        Example('Disable-CsUser -Identity "sip:dora@litwareinc.com"', "Signs her out and keeps her out."),))


class RemoveCsUser(Cmdlet):
    """Removes people who have written nothing that is still there, with all that belongs to them.

    Whoever wrote something stays, so that it has an author: Disable-CsUser keeps him out.
    """

    meta = Meta("Remove-CsUser", should_process=True, roles=USER_ADMINISTRATORS, acts_on=ActsOn.PEOPLE, examples=(
        Example('Remove-CsUser -Identity "sip:dora@litwareinc.com"', "Removes her, e.g. added by mistake."),))
    identity: str = parameter(
        values=Values.PERSON, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=PERSON_HELP)

    async def process(self) -> None:
        """Remove one account."""
        people = self.service(People)
        person = await changeable(self, self.identity)
        if await self.should_process(str(person.address)):
            await people.remove(person)


class UnlockCsUser(Cmdlet):
    """Lets people sign in with their password again who are locked out after too many wrong ones."""

    meta = Meta("Unlock-CsUser", should_process=True, roles=USER_ADMINISTRATORS, acts_on=ActsOn.PEOPLE, examples=(
        Example('Unlock-CsUser -Identity "sip:dora@litwareinc.com"', "Lets her try again."),
        Example("Get-CsUser -Filter {LockedOut -eq $true} | Unlock-CsUser", "Unlocks whoever is locked out."),))
    identity: str = parameter(
        values=Values.PERSON, position=1, mandatory=True, pipeline=Pipeline.VALUE | Pipeline.PROPERTY, help=PERSON_HELP)

    async def process(self) -> None:
        """Unlock one account."""
        person = await changeable(self, self.identity)
        if await self.should_process(str(person.address)):
            await self.service(Lockout).forgive(person.address)


CMDLETS = (GetCsUser, GetCsAdUser, NewCsUser, SetCsUser, SetCsUserPassword, EnableCsUser, DisableCsUser, UnlockCsUser,
           RemoveCsUser)
