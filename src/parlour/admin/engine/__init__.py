"""The cmdlet engine: definitions, binding, streaming pipelines, the shell's language. It knows nothing of chat."""

from parlour.admin.engine.audit import Actor, Auditor, AuditOutcome, AuditRecord, Surface
from parlour.admin.engine.binder import Binding, bind
from parlour.admin.engine.common import Action
from parlour.admin.engine.completion import complete
from parlour.admin.engine.definition import (
    Cmdlet,
    Example,
    Impact,
    Meta,
    all_parameters,
    description,
    parameter_sets,
    synopsis,
    syntax,
)
from parlour.admin.engine.execution import execute
from parlour.admin.engine.objects import ErrorRecord, PsObject, Secret, Value, error_record, to_text
from parlour.admin.engine.parameters import Parameter, Pipeline, parameter
from parlour.admin.engine.reach import ActsOn, Reach
from parlour.admin.engine.registry import CmdletRegistry
from parlour.admin.engine.runner import Result, Status
from parlour.admin.engine.session import CannotPrompt, Choice, Host, Progress, Session, Stream
from parlour.admin.engine.syntax import ScriptBlock
from parlour.admin.engine.types import UNLIMITED, Boolean, Credential, Kind, ListModifier, Size, Unlimited, limit_of

__all__ = [
    "UNLIMITED",
    "Action",
    "Actor",
    "ActsOn",
    "AuditOutcome",
    "AuditRecord",
    "Auditor",
    "Binding",
    "Boolean",
    "CannotPrompt",
    "Choice",
    "Cmdlet",
    "CmdletRegistry",
    "Credential",
    "ErrorRecord",
    "Example",
    "Host",
    "Impact",
    "Kind",
    "ListModifier",
    "Meta",
    "Parameter",
    "Pipeline",
    "Progress",
    "PsObject",
    "Reach",
    "Result",
    "ScriptBlock",
    "Secret",
    "Session",
    "Size",
    "Status",
    "Stream",
    "Surface",
    "Unlimited",
    "Value",
    "all_parameters",
    "bind",
    "complete",
    "description",
    "error_record",
    "execute",
    "limit_of",
    "parameter",
    "parameter_sets",
    "synopsis",
    "syntax",
    "to_text",
]
