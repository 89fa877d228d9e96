"""Settings of a node: command line, then environment (PARLOUR_*), then parlour.toml, then defaults."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from parlour.errors import SETTING_INVALID, ParlourError

SETTINGS_FILE = "parlour.toml"
_Network = Annotated[IPv4Network | IPv6Network, PlainValidator(ip_network)]


class Settings(BaseSettings):
    """What a node can be told. Times are in seconds, sizes in the unit that their description names."""

    model_config = SettingsConfigDict(env_prefix="PARLOUR_", extra="forbid")

    database: str | None = Field(None, description="SQLAlchemy URL; without one, parlour.db in the data folder.")
    sip_tls: str | None = Field("0.0.0.0:5061", description="HOST:PORT for SIP over TLS; empty for none.")
    sip_tcp: str | None = Field(None, description="HOST:PORT for SIP over TCP, unencrypted; empty for none.")
    web: str | None = Field(None, description="HOST:PORT for HTTPS: browsers, programs and files; empty for none.")
    web_address: str | None = Field(
        None, pattern=r"^https?://[^\s/]+$",
        description="How others reach the web listener, e.g. https://chat.example.com; without it, pool and port.")
    web_plain: bool = Field(
        False, description="Serve plain HTTP to a proxy on this machine that speaks HTTPS; only at a loopback address.")
    web_trusted_proxies: list[_Network] = Field(
        [], description="Networks of the proxies that are believed when they say for whom they speak.")
    web_proxy_header: Literal["x-forwarded-for", "forwarded"] = Field(
        "x-forwarded-for", description="Where these proxies say it; they must set it themselves.")
    web_password_length: int = Field(
        8, ge=1, le=64, description="Fewest characters of a password that people give themselves in the browser.")
    web_session_idle: int = Field(
        259_200, ge=300, le=31_536_000, description="A browser's sign-in ends after so long without any use.")
    web_session_longest: int = Field(
        2_592_000, ge=300, le=31_536_000, description="A browser's sign-in ends after so long whatever happens.")
    node: str = Field("node1", pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Name of this node, for logs.")
    tls_certificate: Path | None = Field(None, description="PEM file; without one, the certificate made by init.")
    tls_key: Path | None = Field(None, description="PEM file of the certificate's private key.")
    sip_authentication: list[Literal["ntlm", "digest"]] = Field(
        ["ntlm", "digest"], min_length=1, description="How SIP clients may sign in; Digest only over TLS.")
    oidc_issuer: str | None = Field(
        None, pattern=r"^https?://[^\s?#]+$",
        description="Address of an OpenID provider that people may sign in at, just as it calls itself.")
    oidc_client: str | None = Field(None, min_length=1, description="What this server is called there.")
    oidc_secret: SecretStr | None = Field(None, description="Proves it; none for a public client.")
    oidc_secret_file: Path | None = Field(None, description="File that holds this secret.")
    oidc_name: str = Field("Single sign-on", min_length=1, max_length=64, description="What people call the provider.")
    oidc_claim: str = Field(
        "email", min_length=1, description='Which claim holds the SIP address; "email" counts only if it is verified.')
    oidc_domain: str | None = Field(
        None, pattern=r"^[A-Za-z0-9.-]{1,253}$", description="SIP domain, if the claim holds a user name without one.")
    oidc_scopes: list[str] = Field(
        ["openid", "email", "profile"], min_length=1, description="What the provider is asked for.")
    oidc_authority: Path | None = Field(
        None, description="PEM file of the authority that vouches for the provider; without one, those of the machine.")
    sign_in_tries: int = Field(
        20, ge=0, le=1000,
        description="Wrong passwords in a row, from anywhere, that lock an account's sign-in by password; 0: none do.")
    sign_in_lock: int = Field(
        900, ge=10, le=86_400, description="So long it stays locked, and after so long wrong passwords are forgotten.")
    sip_registration: int = Field(600, ge=60, le=86_400, description="Lifetime of a registration.")
    sip_session: int = Field(1800, ge=15, le=86_400, description="Lifetime of a chat dialog without a refresh.")
    sip_keep_alive: int = Field(120, ge=30, le=3600, description="How often clients send a sign of life.")
    sip_max_outbound: int = Field(
        8_388_608, ge=2_097_152, description="Bytes that may wait for a slow reader before it is cut off.")
    post_rate: int = Field(
        1_048_576, ge=65_536, description="Bytes a second that one connection may post before it is read more slowly.")
    message_limit: int = Field(65_536, ge=1, le=262_144, description="Longest message, in characters.")
    story_limit: int = Field(65_536, ge=1, le=262_144, description="Longest body of a story, in characters.")
    rtf_limit: int = Field(262_144, ge=1, le=262_144, description="Longest Rich Text twin of a message, in characters.")
    history_limit: int = Field(500, ge=1, le=500, description="Most messages in one page of history.")
    search_limit: int = Field(
        999, ge=1, le=100_000, description="Most rooms or messages that one search returns.")

    hook_networks: list[_Network] = Field(
        [], description="Private networks that hooks of rooms may call all the same, over plain HTTP, too.")
    hook_managers: bool = Field(
        True, description="Managers make hooks for their rooms; otherwise administrators alone do.")
    hook_rate: int = Field(
        60, ge=1, le=100_000, description="Posts a minute through one incoming hook, and commands of one person.")
    hook_timeout: float = Field(10.0, gt=0, le=60, description="Time that an address has to answer the call of a hook.")
    hook_give_up: int = Field(
        86_400, ge=60, le=2_592_000, description="A hook whose calls fail for so long is switched off.")

    @field_validator("sip_tls", "sip_tcp", "web")
    @classmethod
    def _check_listener(cls, value: str | None) -> str | None:
        if value:
            parse_listener(value)
        return value or None

    @model_validator(mode="after")
    def _check_plain(self) -> Self:
        if self.web_plain and self.web and not _is_loopback(parse_listener(self.web)[0]):
            raise ValueError("web_plain needs a loopback address in web, e.g. 127.0.0.1:8080")
        return self

    @model_validator(mode="after")
    def _check_oidc(self) -> Self:
        if self.oidc_issuer is None:
            return self
        if not self.oidc_client or not self.web_address:
            raise ValueError("oidc_issuer needs oidc_client, and web_address for people to come back to")
        if self.oidc_secret is not None and self.oidc_secret_file is not None:
            raise ValueError("oidc_secret and oidc_secret_file exclude each other")
        if "openid" not in self.oidc_scopes:
            raise ValueError('oidc_scopes needs "openid"')
        parts = urlsplit(self.oidc_issuer)
        if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
            raise ValueError("oidc_issuer needs https, unless it is on this machine")
        return self

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first (pydantic-settings calls this)."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @classmethod
    def load(cls, folder: Path, **given: Any) -> Self:  # noqa: ANN401 - each setting has its own type
        """Read the settings of the deployment in `folder`; `given` are those of the command line.

        Raises:
            ParlourError: SettingInvalid.
        """
        class Located(cls):  # type: ignore[valid-type,misc]  # pydantic takes the file's place from the class
            model_config = SettingsConfigDict(toml_file=folder / SETTINGS_FILE)

        try:
            return cast("Self", Located(**{name: value for name, value in given.items() if value is not None}))
        except ValidationError as fault:
            first = fault.errors()[0]
            name = ".".join(map(str, first["loc"])) or SETTINGS_FILE  # several of them do not go together
            raise _invalid(name, first["msg"]) from fault
        except SettingsError as fault:  # a variable that should hold a list or the like, as JSON
            name = next((name for name in cls.model_fields if f'"{name}"' in str(fault)), "PARLOUR_*")
            raise _invalid(name, f"{fault.__cause__ or fault}") from fault
        except (OSError, ValueError) as fault:  # the file cannot be read, or is no TOML
            raise _invalid(SETTINGS_FILE, str(fault)) from fault


def _invalid(name: str, reason: str) -> ParlourError:
    return ParlourError(SETTING_INVALID, name, setting=name, reason=reason)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse_listener(text: str) -> tuple[str, int]:
    """Read ``HOST:PORT``; an IPv6 host stands in brackets.

    Raises:
        ValueError: it is nothing of the kind.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f'"{text}" is not HOST:PORT')
    return host.strip("[]"), int(port)
