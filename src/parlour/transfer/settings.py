"""Settings of the service as texts, and back."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from parlour.chat.policies import ChatConfiguration, ChatPolicy
from parlour.chat.scopes import Scope
from parlour.compliance.settings import ComplianceConfiguration
from parlour.errors import SETTING_INVALID, ParlourError
from parlour.transfer.model import ListedSettings, SettingsKind

Settings = ChatConfiguration | ChatPolicy | ComplianceConfiguration

_KINDS: dict[SettingsKind, type[Settings]] = {
    SettingsKind.CONFIGURATION: ChatConfiguration, SettingsKind.POLICY: ChatPolicy,
    SettingsKind.COMPLIANCE: ComplianceConfiguration}


def listed(value: Settings) -> ListedSettings:
    """Return settings as texts."""
    kind = next(kind for kind, made in _KINDS.items() if isinstance(value, made))
    texts = {one.name: _text(getattr(value, one.name)) for one in fields(value) if one.name != "identity"}
    return ListedSettings(kind, str(value.identity), texts)


def names_of(kind: SettingsKind) -> frozenset[str]:
    """Return the names that settings of a kind have."""
    return frozenset(one.name for one in fields(_KINDS[kind])) - {"identity"}


def differences(before: Settings, after: Settings) -> list[str]:
    """Return the names of the settings that are not the same."""
    return [one.name for one in fields(before) if getattr(before, one.name) != getattr(after, one.name)]


def unlisted(settings: ListedSettings, scope: Scope, existing: Settings | None = None) -> Settings:
    """Return the settings that texts say, for a scope; those that are not there stay as they are, or get defaults.

    Raises:
        ParlourError: SettingInvalid, for a text that cannot be one.
    """
    made = _KINDS[settings.kind]
    values = {one.name: _value(one.name, type(one.default), settings.values[one.name])
              for one in fields(made) if one.name in settings.values}
    return replace(existing or made(identity=scope), **values)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    return str(value // timedelta(seconds=1)) if isinstance(value, timedelta) else str(value)


def _value(name: str, kind: type[Any], text: str) -> Any:  # noqa: ANN401 - of the kind of the setting's default
    try:
        if kind is bool:
            return {"0": False, "1": True}[text]
        if kind is timedelta:
            return timedelta(seconds=int(text[:18]))
        return kind(text[:18]) if kind is int else text
    except (KeyError, ValueError, OverflowError):
        raise ParlourError(SETTING_INVALID, text[:40], setting=name, reason="it cannot be this") from None
