"""New-, Get- and Remove-CsPersistentChatEndpoint by the real command."""

from collections.abc import Iterator

import pytest
from tests.cli.kit import POOL, SIP_DOMAIN, ErrorRecord, Place, line_of, new_endpoint

NEW = "New-CsPersistentChatEndpoint"
GET = "Get-CsPersistentChatEndpoint"
REMOVE = "Remove-CsPersistentChatEndpoint"
AUTOMATIC = f"sip:GC-1-PersistentChatService-1@{SIP_DOMAIN}"
OURS = f"sip:pce@{SIP_DOMAIN}"
SEED = ("-SipAddress", "sip:pce2@litwareinc.com", "-PersistentChatPoolFqdn", "atl-pcpool-001.litwareinc.com",
        "-DisplayName", "Persistent Chat Endpoint 2")
CONTAINER = "CN=Application Contacts,CN=RTC Service,CN=Services,CN=Configuration,DC=litwareinc,DC=com"
TYPE = "Microsoft.Rtc.Management.ADConnect.Schema.OCSPersistentChatContact"


@pytest.fixture
def clean(place: Place) -> Iterator[Place]:
    """A deployment from which new endpoints go when the test ends."""
    yield place
    _clear(place)


@pytest.fixture
def fast(running: Place) -> Iterator[Place]:
    """The deployment that a node serves; from it, too, new endpoints go when the test ends."""
    yield running
    _clear(running)


def _clear(place: Place) -> None:
    place.prints("shell", "-c", f"{GET} | Where-Object {{$_.SipAddress -notlike 'sip:pce@*' -and "
                 f"$_.SipAddress -notlike 'sip:GC-1-*'}} | {REMOVE} -Confirm:$false")


def test_the_seed_line_prints_nothing_and_makes_the_endpoint(clean: Place) -> None:
    assert clean.prints(NEW, *SEED) == ""
    (made,) = clean.objects(f"{GET} 'sip:pce2@{SIP_DOMAIN}'")
    assert made["DisplayName"] == "Persistent Chat Endpoint 2"
    assert made["PersistentChatPoolFqdn"] == POOL
    assert clean.addresses() == {OURS, AUTOMATIC.lower(), f"sip:pce2@{SIP_DOMAIN}"}


def test_pass_thru_prints_the_contact(clean: Place) -> None:
    printed = clean.prints(NEW, *SEED, "-PassThru")
    assert "SipAddress             : sip:pce2@litwareinc.com\n" in printed
    assert "DisplayName            : Persistent Chat Endpoint 2\n" in printed
    names = [line.partition(" :")[0].rstrip() for line in printed.splitlines() if " : " in line]
    assert names == ["Identity", "DistinguishedName", "Guid", "Name", "DisplayName", "SipAddress",
                     "PersistentChatPoolFqdn", "RegistrarPool", "Enabled", "ObjectClass", "WhenCreated", "WhenChanged"]


def test_pass_thru_passes_the_contact_on_with_its_properties(clean: Place) -> None:
    (made,) = clean.objects(line_of(NEW, *SEED, "-PassThru"))
    assert made["Identity"] == made["DistinguishedName"] == f"CN={{{made['Guid']}}},{CONTAINER}"
    assert made["Name"] == f"{{{made['Guid']}}}"
    assert (made["Enabled"], made["ObjectClass"]) == (True, "contact")
    assert made["WhenCreated"] == made["WhenChanged"]


def test_help_names_the_type(running: Place) -> None:
    for cmdlet in (NEW, GET):
        assert TYPE in running.prints("Get-Help", cmdlet)


def test_what_if_says_so_and_changes_nothing(place: Place) -> None:
    with place.unchanged():
        printed = place.prints(NEW, *SEED, "-WhatIf")
    assert printed == f'What if: Performing the operation "{NEW}" on target "sip:pce2@litwareinc.com".\n'


def test_without_display_name_it_is_the_address(fast: Place) -> None:
    fast.prints(*new_endpoint("pce3"))
    assert fast.lines(f"{GET} 'pce3@{SIP_DOMAIN}' | Select-Object -ExpandProperty SipAddress") == [
        f"sip:pce3@{SIP_DOMAIN}"]


# -- finding


@pytest.mark.parametrize("identity", [
    OURS, OURS.upper(), "SIP:Pce@LitwareInc.Com", "Persistent Chat Endpoint 1", "persistent chat ENDPOINT 1"])
def test_get_finds_it_by_address_and_name_in_any_case(running: Place, identity: str) -> None:
    printed = running.prints(GET, "-Identity", identity)
    assert f"SipAddress             : {OURS}\n" in printed
    assert printed.count("SipAddress") == 1


def test_get_finds_it_by_distinguished_name(place: Place) -> None:
    (name,) = place.lines(f"{GET} {OURS} | Select-Object -ExpandProperty Identity")
    assert place.lines("; ".join(f"{GET} '{spelled}' | Select-Object -ExpandProperty SipAddress"
                                 for spelled in (name, name.upper(), name.lower()))) == [OURS] * 3


CHOICES = {
    "all": ((), {OURS, AUTOMATIC}),
    "pool": (("-PersistentChatPoolFqdn", POOL.upper()), {OURS, AUTOMATIC}),
    "filter": (("-Filter", 'DisplayName -like "persistent chat e*"'), {OURS}),
    "filter in braces": (("-Filter", f'{{SipAddress -eq "{OURS}"}}'), {OURS}),
    "filter with and": (("-Filter", '{Enabled -eq $true -and DisplayName -notlike "*1"}'), {AUTOMATIC}),
    "filter with null": (("-Filter", "DisplayName -eq $null"), set()),
    "ldap": (("-LdapFilter", "(displayName=Persistent*1)"), {OURS}),
    "ldap not": (("-LdapFilter", "(&(objectClass=contact)(!(displayName=*1)))"), {AUTOMATIC}),
    "ou": (("-OU", CONTAINER), {OURS, AUTOMATIC}),
    "ou above": (("-OU", "dc=LITWAREINC,dc=com"), {OURS, AUTOMATIC}),
    "other ou": (("-OU", "OU=Users,DC=litwareinc,DC=com"), set()),
    "none": (("-ResultSize", "0"), set()),
    "unlimited": (("-ResultSize", "unlimited"), {OURS, AUTOMATIC}),
}


@pytest.mark.parametrize(("words", "found"), CHOICES.values(), ids=CHOICES.keys())
def test_get_chooses(running: Place, words: tuple[str, ...], found: set[str]) -> None:
    printed = running.prints(GET, *words, "|", "Select-Object", "-ExpandProperty", "SipAddress")
    assert set(printed.splitlines()) == found


def test_get_chooses_the_same_when_stopped(stopped: Place) -> None:
    counts = stopped.lines("; ".join(
        f"{line_of(GET, *words)} | Measure-Object | Select-Object -ExpandProperty Count"
        for words, _ in CHOICES.values()))
    assert counts == [str(len(found)) for _, found in CHOICES.values()]


def test_result_size_one_is_one(place: Place) -> None:
    assert len(place.objects(f"{GET} -ResultSize 1")) == 1


@pytest.mark.parametrize("line", [
    f"'{OURS}' | {GET}",
    f"{GET} {OURS} | {GET}",
    f"{GET} -Filter {{SipAddress -eq '{OURS}'}} | {GET}",
    f"{GET} {OURS} | Select-Object Identity | {GET}",
])
def test_get_takes_the_pipeline(running: Place, line: str) -> None:
    assert running.lines(f"{line} | Select-Object -ExpandProperty SipAddress") == [OURS]


def test_get_goes_on_behind_what_is_not_there(place: Place) -> None:
    outcome = place.shell(f"'sip:no@{SIP_DOMAIN}', '{OURS}' | {GET} | Select-Object -ExpandProperty SipAddress")
    assert (outcome.status, outcome.out) == (1, f"{OURS}\n")
    assert "PersistentChatEndpointNotFound" in outcome.err


# -- removing


def test_remove_by_each_identity(clean: Place) -> None:
    clean.prints("shell", "-c", "; ".join(
        line_of(*new_endpoint(user, "-DisplayName", f"Endpoint {user}")) for user in ("one", "two", "three")))
    (name,) = clean.lines(f"{GET} 'Endpoint three' | Select-Object -ExpandProperty DistinguishedName")
    for identity in (f"SIP:ONE@{SIP_DOMAIN}", "endpoint TWO", name):
        assert clean.prints(REMOVE, identity) == ""
    assert clean.addresses() == {OURS, AUTOMATIC.lower()}


def test_remove_takes_the_pipeline_and_what_if(clean: Place) -> None:
    clean.prints("shell", "-c", "; ".join(
        line_of(*new_endpoint(user, "-DisplayName", f"Old {user}")) for user in ("one", "two")))
    old = f"{GET} -Filter {{DisplayName -like 'Old*'}} | {REMOVE}"
    with clean.unchanged():
        said = clean.lines(f"{old} -WhatIf")
    assert said == [f'What if: Performing the operation "{REMOVE}" on target "sip:{user}@{SIP_DOMAIN}".'
                    for user in ("one", "two")]
    assert clean.lines(old) == []
    assert clean.addresses() == {OURS, AUTOMATIC.lower()}


def test_a_removed_address_can_be_taken_again(fast: Place) -> None:
    for _ in range(2):
        fast.prints(*new_endpoint("again"))
        fast.prints(REMOVE, f"sip:again@{SIP_DOMAIN}", "-Confirm:$false")


def test_the_pools_own_endpoint_stays(place: Place) -> None:
    record = place.fails(REMOVE, AUTOMATIC)
    assert record.facts == ("PersistentChatEndpointAutomatic", "InvalidOperation", AUTOMATIC)


def test_force_does_not_remove_the_pools_own_endpoint(running: Place) -> None:
    assert running.fails(REMOVE, AUTOMATIC, "-Force").id == "PersistentChatEndpointAutomatic"


def test_remove_of_what_is_not_there(place: Place) -> None:
    record = place.fails(REMOVE, "sip:no@litwareinc.com")
    assert record.facts == ("PersistentChatEndpointNotFound", "ObjectNotFound", "sip:no@litwareinc.com")
    assert record.command == REMOVE
    with place.unchanged():
        assert place.prints(REMOVE, "sip:no@litwareinc.com", "-Force") == ""


def test_a_display_name_of_several_is_ambiguous(fast: Place) -> None:
    for user in ("one", "two"):
        fast.prints(*new_endpoint(user, "-DisplayName", "Twin"))
    assert fast.fails(GET, "twin").facts == ("PersistentChatEndpointAmbiguous", "InvalidArgument", "twin")
    assert fast.fails(REMOVE, "Twin").id == "PersistentChatEndpointAmbiguous"


# -- bad input


def _address(text: str) -> tuple[str, ...]:
    return "-SipAddress", text, "-PersistentChatPoolFqdn", POOL


def _named(text: str) -> tuple[str, ...]:
    return *_address(f"sip:named@{SIP_DOMAIN}"), "-DisplayName", text


def _pool(text: str) -> tuple[str, ...]:
    return "-SipAddress", f"sip:pooled@{SIP_DOMAIN}", "-PersistentChatPoolFqdn", text


LONG = f"sip:{'a' * 440}@{SIP_DOMAIN}"
REFUSED = {
    "no sip:": (_address("x@litwareinc.com"), "SipAddressInvalid", "InvalidArgument", 'does not begin with "sip:"'),
    "another scheme": (_address("sips:x@litwareinc.com"), "SipAddressInvalid", "InvalidArgument", '"sip:"'),
    "unknown domain": (_address("sip:x@fabrikam.com"), "SipDomainUnknown", "InvalidArgument", "Get-CsSipDomain"),
    "sub-domain": (_address(f"sip:x@eu.{SIP_DOMAIN}"), "SipDomainUnknown", "InvalidArgument", "Get-CsSipDomain"),
    "taken by an endpoint": (_address("sip:PCE@LitwareInc.com"), "SipAddressTaken", "ResourceExists",
                             'the endpoint "Persistent Chat Endpoint 1"'),
    "taken by a person": (_address("SIP:ALICE@litwareinc.com"), "SipAddressTaken", "ResourceExists",
                          'the user "Alice"'),
    "taken by the pool": (_address(AUTOMATIC.lower()), "SipAddressTaken", "ResourceExists", "endpoint"),
    "blank": (_address("sip:a b@litwareinc.com"), "SipAddressInvalid", "InvalidArgument", '"a b"'),
    "blank in front": (_address(" sip:x@litwareinc.com"), "SipAddressInvalid", "InvalidArgument", '"sip:"'),
    "blank behind": (_address("sip:x@litwareinc.com "), "SipAddressInvalid", "InvalidArgument", "domain"),
    "no user part": (_address("sip:@litwareinc.com"), "SipAddressInvalid", "InvalidArgument", "no user part"),
    "no domain": (_address("sip:x@"), "SipAddressInvalid", "InvalidArgument", "domain"),
    "only sip:": (_address("sip:"), "SipAddressInvalid", "InvalidArgument", "SIP address"),
    "two at signs": (_address("sip:a@b@litwareinc.com"), "SipAddressInvalid", "InvalidArgument", '"a@b"'),
    "port": (_address("sip:x@litwareinc.com:5061"), "SipAddressInvalid", "InvalidArgument", "domain"),
    "parameters": (_address("sip:x@litwareinc.com;transport=tls"), "SipAddressInvalid", "InvalidArgument", "domain"),
    "control character": (_address("sip:a\x01b@litwareinc.com"), "SipAddressInvalid", "InvalidArgument",
                          "control characters"),
    "line break": (_address("sip:ab@litwareinc.com\n"), "SipAddressInvalid", "InvalidArgument", "control characters"),
    "too long": (_address(LONG), "SipAddressInvalid", "InvalidArgument", "longer than 454 characters"),
    "not ASCII": (_address("sip:grüße@litwareinc.com"), "SipAddressInvalid", "InvalidArgument", '"grüße"'),
    "full-width at sign": (_address("sip:x＠litwareinc.com"), "SipAddressInvalid", "InvalidArgument", "domain part"),
    "unknown pool": (_pool("other.litwareinc.com"), "PoolUnknown", "ObjectNotFound", "Get-CsPool"),
    "pool without domain": (_pool("atl-pcpool-001"), "FqdnInvalid", "InvalidArgument", "domain"),
    "pool with blank": (_pool("atl pool.litwareinc.com"), "FqdnInvalid", "InvalidArgument", "host label"),
    "pool is an IP address": (_pool("192.0.2.1"), "FqdnInvalid", "InvalidArgument", "IP address"),
    "empty name": (_named(""), "DisplayNameInvalid", "InvalidArgument", "it is empty"),
    "blank name": (_named("  "), "DisplayNameInvalid", "InvalidArgument", "display name"),
    "long name": (_named("n" * 257), "DisplayNameInvalid", "InvalidArgument", "more than 256 characters"),
    "bell in name": (_named("a\x07b"), "DisplayNameInvalid", "InvalidArgument", "control characters"),
    "line break in name": (_named("a\nb"), "DisplayNameInvalid", "InvalidArgument", "control characters"),
}


def _check(record: ErrorRecord, name: str, category: str, message: str) -> None:
    assert (record.command, record.id, record.category) == (NEW, name, category)
    assert message in record.message


@pytest.mark.parametrize(("words", "name", "category", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_input_is_refused_and_changes_nothing(
    running: Place, words: tuple[str, ...], name: str, category: str, message: str
) -> None:
    _check(running.fails(NEW, *words), name, category, message)


def test_bad_input_is_refused_when_stopped(stopped: Place) -> None:
    found = stopped.fails_each((NEW, *words) for words, *_ in REFUSED.values())
    for record, (_, name, category, message) in zip(found, REFUSED.values(), strict=True):
        _check(record, name, category, message)


@pytest.mark.parametrize("words", [_address("sip:x@fabrikam.com"), _pool("other.litwareinc.com")])
def test_what_if_checks_as_well(running: Place, words: tuple[str, ...]) -> None:
    assert running.fails(NEW, *words, "-WhatIf").id in ("SipDomainUnknown", "PoolUnknown")


def test_the_target_is_what_was_typed(place: Place) -> None:
    assert place.fails(NEW, *_address("x@litwareinc.com")).target == "x@litwareinc.com"
    assert place.fails(NEW, *_pool("other.litwareinc.com")).target == "other.litwareinc.com"


def test_control_characters_are_never_printed(running: Place) -> None:
    outcome = running.run(NEW, *_address("sip:\x1b[31mred@litwareinc.com"))
    assert "\x1b" not in outcome.err
    assert "\\x1b" in outcome.err


def test_addresses_and_names_of_the_greatest_length(fast: Place) -> None:
    address = f"sip:{'a' * (454 - len(SIP_DOMAIN) - 5)}@{SIP_DOMAIN}"
    assert len(address) == 454
    fast.prints(NEW, *_address(address), "-DisplayName", "ñ" * 256)
    assert fast.lines(f"{GET} {address} | Select-Object -ExpandProperty DisplayName") == ["ñ" * 256]


GET_REFUSED = {
    "not there": (("sip:no@litwareinc.com",), "PersistentChatEndpointNotFound", 1),
    "pool not there": (("-PersistentChatPoolFqdn", "other.litwareinc.com"), "PoolUnknown", 1),
    "pool no FQDN": (("-PersistentChatPoolFqdn", "pool"), "FqdnInvalid", 1),
    "both filters": (("-Filter", "Name -eq 1", "-LdapFilter", "(cn=*)"), "FiltersExcludeEachOther", 1),
    "broken filter": (("-Filter", "{Name -eq "), "FilterInvalid", 1),
    "unknown property": (("-Filter", "Bogus -eq 1"), "FilterInvalid", 1),
    "broken LDAP": (("-LdapFilter", "(displayName=P*"), "FilterInvalid", 1),
    "no DN": (("-OU", "Users"), "DistinguishedNameInvalid", 1),
    "negative size": (("-ResultSize", "-1"), "ParameterValueInvalid", 2),
    "size too great": (("-ResultSize", "2147483648"), "ParameterValueInvalid", 2),
    "size no number": (("-ResultSize", "many"), "ParameterValueInvalid", 2),
    "credential": (("-Credential", "x"), "ParameterUnsupported", 2),
}


@pytest.mark.parametrize(("words", "name", "status"), GET_REFUSED.values(), ids=GET_REFUSED.keys())
def test_get_refuses(running: Place, words: tuple[str, ...], name: str, status: int) -> None:
    assert running.fails(GET, *words, status=status).id == name


def test_get_refuses_when_stopped(stopped: Place) -> None:
    tried = [(words, name) for words, name, status in GET_REFUSED.values() if status == 1]
    found = stopped.fails_each((GET, *words) for words, _ in tried)
    assert [record.id for record in found] == [name for _, name in tried]
    assert stopped.fails(GET, "-ResultSize", "-1", status=2).id == "ParameterValueInvalid"


def test_get_warns_of_a_domain_controller(running: Place) -> None:
    outcome = running.run(GET, "-DomainController", "dc.litwareinc.com")
    assert outcome.status == 0
    assert outcome.out == running.prints(GET)
    assert outcome.err.startswith("WARNING: -DomainController is not used")
