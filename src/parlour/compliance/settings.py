"""What administrators set for the compliance service (reference/cmdlets.md section 2.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from parlour.chat.policies import check_text, closest, scopes_of_pool
from parlour.chat.scoped import Rules, Scoped, Shelf
from parlour.chat.scopes import GLOBAL, Scope
from parlour.errors import COMPLIANCE_EXISTS, COMPLIANCE_NOT_FOUND, SETTING_INVALID, ParlourError

_SHORTEST_INTERVAL, _LONGEST_INTERVAL = timedelta(minutes=1), timedelta(days=30)
_LONGEST_NAME = 256
_LONGEST_STYLESHEET = 1 << 20


@dataclass(frozen=True, slots=True)
class ComplianceConfiguration:
    """What is recorded, how often, and what is made of it.

    Attributes:
        adapter_type: class of the adapter that writes the records; none writes nothing.
        adapter_name: the adapter's name.
        adapter_output_directory: folder for its output.
        run_interval: time between two runs, in whole seconds.
        one_chat_room_per_output_file: a file for each room.
        add_chat_room_details: the adapter gets more about rooms.
        add_user_details: the adapter gets more about people.
        create_file_attachments_manifest: also lists of the files that were transferred.
        custom_configuration: XSLT for the output.
    """

    identity: Scope = GLOBAL
    adapter_type: str = ""
    adapter_name: str = ""
    adapter_output_directory: str = ""
    run_interval: timedelta = timedelta(minutes=15)
    one_chat_room_per_output_file: bool = False
    add_chat_room_details: bool = False
    add_user_details: bool = False
    create_file_attachments_manifest: bool = False
    custom_configuration: str = ""


def checked_compliance(configuration: ComplianceConfiguration) -> ComplianceConfiguration:
    """Return `configuration` if it may be kept.

    Raises:
        ParlourError: SettingInvalid.
    """
    check_text("AdapterType", configuration.adapter_type)
    check_text("AdapterName", configuration.adapter_name, _LONGEST_NAME)
    check_text("AdapterOutputDirectory", configuration.adapter_output_directory)
    _check_interval(configuration.run_interval)
    if len(configuration.custom_configuration) > _LONGEST_STYLESHEET:
        raise ParlourError(SETTING_INVALID, None, setting="CustomConfiguration",
                           reason=f"it may have {_LONGEST_STYLESHEET} characters")
    return configuration


def _check_interval(interval: timedelta) -> None:
    if not _SHORTEST_INTERVAL <= interval <= _LONGEST_INTERVAL or interval.microseconds:
        raise ParlourError(SETTING_INVALID, interval, setting="RunInterval",
                           reason="it must be whole seconds, from 00:01:00 (a minute) to 30.00:00:00 (30 days)")


@dataclass(frozen=True, slots=True)
class ComplianceBook:
    """All settings of the compliance service as of one moment.

    Attributes:
        configurations: by the key of their scope.
        sites: the site of each pool, by FQDN.
    """

    configurations: Mapping[str, ComplianceConfiguration] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)


class ComplianceStore(Protocol):
    """The settings as they are kept."""

    @property
    def configurations(self) -> Shelf[ComplianceConfiguration]:
        """The settings of each scope."""
        ...

    async def book(self) -> ComplianceBook:
        """Return everything, as of one moment."""
        ...


class ComplianceConfigurations(Scoped[ComplianceConfiguration]):
    """The settings of the compliance service."""

    def __init__(self, store: ComplianceStore) -> None:
        super().__init__(
            Rules(ComplianceConfiguration, checked_compliance, COMPLIANCE_EXISTS, COMPLIANCE_NOT_FOUND),
            store.configurations)
        self._store = store
        self._book = ComplianceBook()

    def of_pool(self, pool: str) -> ComplianceConfiguration:
        """Return the settings that hold for a pool, by its FQDN in lower case."""
        kept = self._book
        return closest(kept.configurations, scopes_of_pool(kept.sites, pool)) or ComplianceConfiguration()

    async def _read(self) -> None:
        self._book = await self._store.book()

    def _kept(self) -> Mapping[str, ComplianceConfiguration]:
        return self._book.configurations

    def _sites(self) -> Mapping[str, str]:
        return self._book.sites
