"""Settings of the compliance service on SQL."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from parlour.chat.scoped import Shelf
from parlour.chat.scopes import Scope
from parlour.compliance.settings import ComplianceBook, ComplianceConfiguration
from parlour.errors import COMPLIANCE_EXISTS, COMPLIANCE_NOT_FOUND
from parlour.storage.database import Database
from parlour.storage.policies import Rows, SqlShelf, Values, sites_of_pools
from parlour.storage.schema import compliance_configurations

# Columns that hold a field as it is.
_PLAIN = (
    "adapter_type", "adapter_name", "adapter_output_directory", "one_chat_room_per_output_file",
    "add_chat_room_details", "add_user_details", "create_file_attachments_manifest", "custom_configuration")


class SqlComplianceStore:
    """`parlour.compliance.settings.ComplianceStore` on a `Database`.

    Attributes:
        configurations: the settings of each scope.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.configurations: Shelf[ComplianceConfiguration] = SqlShelf(database, _CONFIGURATIONS)

    async def book(self) -> ComplianceBook:
        """Return everything, as of one moment."""
        return await self._database.read(
            lambda connection: ComplianceBook(_CONFIGURATIONS.all(connection), sites_of_pools(connection)))


def _row(configuration: ComplianceConfiguration) -> Values:
    seconds = int(configuration.run_interval.total_seconds())
    return {"run_interval_seconds": seconds, **{name: getattr(configuration, name) for name in _PLAIN}}


def _configuration(row: Row[Any]) -> ComplianceConfiguration:
    return ComplianceConfiguration(
        Scope.read(row.identity), run_interval=timedelta(seconds=row.run_interval_seconds),
        **{name: getattr(row, name) for name in _PLAIN})


_CONFIGURATIONS = Rows(
    compliance_configurations, _row, _configuration, COMPLIANCE_EXISTS, COMPLIANCE_NOT_FOUND)
