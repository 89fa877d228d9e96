"""The cmdlets that belong to the language itself: filtering, choosing, sorting, printing, help."""

from parlour.admin.engine.definition import Cmdlet
from parlour.admin.engine.utility.conversion import ConvertToCsv, ConvertToJson
from parlour.admin.engine.utility.discovery import GetCommand, GetHelp
from parlour.admin.engine.utility.display import FormatList, FormatTable, OutDefault, OutNull
from parlour.admin.engine.utility.files import ExportCsv, ImportCsv, OutFile, TeeObject
from parlour.admin.engine.utility.filtering import ForEachObject, WhereObject
from parlour.admin.engine.utility.measuring import MeasureObject
from parlour.admin.engine.utility.selecting import SelectObject
from parlour.admin.engine.utility.sorting import SortObject
from parlour.admin.engine.utility.writing import WriteHost, WriteOutput, WriteVerbose, WriteWarning

UTILITIES: tuple[type[Cmdlet], ...] = (
    ConvertToCsv,
    ConvertToJson,
    ExportCsv,
    ForEachObject,
    FormatList,
    FormatTable,
    GetCommand,
    GetHelp,
    ImportCsv,
    MeasureObject,
    OutDefault,
    OutFile,
    OutNull,
    SelectObject,
    SortObject,
    TeeObject,
    WhereObject,
    WriteHost,
    WriteOutput,
    WriteVerbose,
    WriteWarning,
)

__all__ = ["UTILITIES"]
