"""The settings of every ``pairgrant-server`` command: option, else ``PAIRGRANT_…`` variable, else default."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pairgrant_server.accounts.password_rules import LEAST_LENGTH, ONLY_FACTOR_LENGTH, PasswordRules
from pairgrant_server.authorization_server.http.prefer import MAX_WAIT
from pairgrant_server.authorization_server.limits.trusted_proxies import TrustedProxies
from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ACCESS_TOKEN
from pairgrant_server.authorization_server.model.listening_host import canonical_host
from pairgrant_server.authorization_server.model.public_url import PublicURLError, canonical_public_url
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.brand.brand import DEFAULT_NAME, Brand, checked_accent, checked_link, checked_name
from pairgrant_server.brand.logo import load_logo
from pairgrant_server.brand.texts import NO_TEXTS, load_texts
from pairgrant_server.errors import PairgrantServerError
from pairgrant_server.time_zones import time_zone_of

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8628  # the number of the RFC

_OPTIONS = {"host", "port", "database", "public_url", "certfile", "keyfile", "workers", "insecure"}
"""Settings that ``run`` takes as options too; the others are variables only."""

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound

_DEFAULTS = ServerSettings(public_url="")
"""The authorization server's defaults are defined there only."""

Seconds = Annotated[int, Field(ge=1, le=10 * 365 * 86_400)]
PerMinute = Annotated[int, Field(ge=0)]
"""0 for no limit."""


class SettingsError(PairgrantServerError, ValueError):
    """A setting is invalid; the text names the setting and says what to write instead."""


def _default_database() -> str:
    return f"{_SQLITE}{user_data_path('pairgrant') / 'pairgrant.db'}"


class Settings(BaseSettings):
    """Make one with ``load``. Durations are in seconds."""

    model_config = SettingsConfigDict(env_prefix="PAIRGRANT_", extra="ignore")

    host: str = DEFAULT_HOST
    port: Annotated[int, Field(ge=0, le=65_535)] = DEFAULT_PORT
    database: str = Field(default_factory=_default_database, repr=False)
    public_url: str = ""
    certfile: Path | None = None
    keyfile: Path | None = None
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    insecure: bool = False
    """Whether a ``public_url`` of plain http beyond this machine is allowed."""
    server_key_file: Path | None = None
    trusted_proxies: str = ""
    """Comma-separated addresses or networks whose ``X-Forwarded-For`` is trusted; none by default."""
    connections: Annotated[int, Field(ge=100, le=1_000_000)] = 25_000
    """Of one process; more than the polls that it holds."""
    connections_per_network: Annotated[int, Field(ge=10, le=1_000_000)] = 2_000
    """Of one process; a network may be a school."""
    geoip: str = ""
    """Comma-separated files of the format MaxMind DB, for the places of networks; none by default."""
    min_password_length: Annotated[int, Field(ge=LEAST_LENGTH, le=64)] = ONLY_FACTOR_LENGTH
    log_format: Literal["text", "json"] = "text"
    time_zone: str = "UTC"
    """Of the times on the pages, for people whose account has none."""

    site_name: str = DEFAULT_NAME
    site_logo: Path | None = None
    """A PNG or SVG file."""
    site_accent: str = ""
    site_texts: Path | None = None
    """A TOML file with texts of the pages in the operator's own words."""
    site_support_url: str = ""
    site_privacy_url: str = ""
    site_imprint_url: str = ""

    device_code_lifetime: Annotated[int, Field(ge=10, le=1800)] = _DEFAULTS.device_code_lifetime
    interval: Annotated[int, Field(ge=1, le=MAX_WAIT)] = _DEFAULTS.interval
    """At most MAX_WAIT: otherwise a device that waits for the longest held poll gets slow_down."""
    access_token_lifetime: Annotated[int, Field(ge=1, le=LONGEST_ACCESS_TOKEN)] = (
        _DEFAULTS.access_token_lifetime
    )
    refresh_token_lifetime: Seconds = _DEFAULTS.refresh_token_lifetime
    connection_lifetime: Seconds = _DEFAULTS.connection_lifetime
    key_rotation_days: Annotated[int, Field(ge=0, le=3650)] = _DEFAULTS.key_rotation // 86_400
    device_authorizations_per_address: PerMinute = _DEFAULTS.device_authorizations_per_address
    device_authorizations_per_client: PerMinute = _DEFAULTS.device_authorizations_per_client
    authorization_requests_per_address: PerMinute = _DEFAULTS.authorization_requests_per_address
    authorization_requests_per_client: PerMinute = _DEFAULTS.authorization_requests_per_client
    dpop_nonce: Literal["optional", "required"] = "optional"
    """``optional``, because some clients don't support nonces; ``required`` makes stolen proofs expire."""

    @classmethod
    def load(cls, **options: Any) -> Self:
        """The settings; an option that is None counts as not given.

        Raises:
            SettingsError: a value is invalid.
        """
        try:
            return cls(**{name: value for name, value in options.items() if value is not None})
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            name = str(problem["loc"][0]) if problem["loc"] else ""
            variable = f"PAIRGRANT_{name.upper()}"
            where = (
                f"--{name.replace('_', '-')} ({variable}): "
                if name in _OPTIONS
                else f"{variable}: "
                if name
                else ""
            )
            raise SettingsError(where + problem["msg"].removeprefix("Value error, ")) from None

    @field_validator("certfile", "keyfile", "server_key_file", "site_logo", "site_texts", mode="before")
    @classmethod
    def _no_file(cls, path: Any) -> Any:
        """An empty variable names no file; as a path it would be the current folder."""
        return path or None

    @field_validator("database")
    @classmethod
    def _known_engine(cls, database: str) -> str:
        if database.startswith(_SQLITE) and ":memory:" in database:
            raise ValueError("a database in memory loses its codes and tokens: name a file")
        if database.startswith(_POSTGRESQL) or (database.startswith(_SQLITE) and database != _SQLITE):
            return database
        raise ValueError(
            "a database is written like sqlite:////path/to/pairgrant.db or postgresql://user:password@host/name"
        )

    @field_validator("host")
    @classmethod
    def _known_host(cls, host: str) -> str:
        return canonical_host(host)

    @field_validator("public_url")
    @classmethod
    def _usable_issuer(cls, public_url: str) -> str:
        return canonical_public_url(public_url) if public_url else ""

    @field_validator("trusted_proxies")
    @classmethod
    def _known_proxies(cls, trusted_proxies: str) -> str:
        TrustedProxies.parse(trusted_proxies)
        return trusted_proxies

    @field_validator("site_name")
    @classmethod
    def _usable_name(cls, site_name: str) -> str:
        return checked_name(site_name)

    @field_validator("site_logo")
    @classmethod
    def _usable_logo(cls, site_logo: Path | None) -> Path | None:
        if site_logo is not None:
            load_logo(site_logo)
        return site_logo

    @field_validator("site_texts")
    @classmethod
    def _usable_texts(cls, site_texts: Path | None) -> Path | None:
        if site_texts is not None:
            load_texts(site_texts)
        return site_texts

    @field_validator("site_accent")
    @classmethod
    def _known_colour(cls, site_accent: str) -> str:
        return checked_accent(site_accent)

    @field_validator("site_support_url", "site_privacy_url", "site_imprint_url")
    @classmethod
    def _usable_link(cls, link: str) -> str:
        return checked_link(link)

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, time_zone: str) -> str:
        time_zone_of(time_zone)
        return time_zone

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.certfile is None) != (self.keyfile is None):
            raise ValueError("--certfile and --keyfile go together")
        for name, file in (("certfile", self.certfile), ("keyfile", self.keyfile)):
            if file is not None and not file.is_file():
                raise ValueError(f"--{name} (PAIRGRANT_{name.upper()}): there is no file {file}")
        if not self.public_url:
            # People and devices get this one address. It is never taken from a request.
            host = "127.0.0.1" if self.host in _EVERYWHERE else self.host
            host = f"[{host}]" if ":" in host else host
            url = f"{'https' if self.certfile else 'http'}://{host}:{self.port}"
            # With port 0 the system chooses one, and no URL can name it yet.
            try:
                self.public_url = canonical_public_url(url) if self.port else url
            except PublicURLError as error:
                raise ValueError(
                    f"--host (PAIRGRANT_HOST) {self.host} is no host that browsers can open ({error}); name "
                    "another one, or set --public-url (PAIRGRANT_PUBLIC_URL)"
                ) from None
        return self

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file; None if the database is on a PostgreSQL server."""
        if self.database.startswith(_POSTGRESQL):
            return None
        return Path(self.database.removeprefix(_SQLITE)).expanduser()

    @property
    def database_name(self) -> str:
        """The database for messages and logs, without the password."""
        if self.sqlite_path is not None:
            return str(self.sqlite_path)
        parts = urlsplit(self.database)
        return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def server_key_path(self) -> Path:
        """The server key file. Default: beside the SQLite file, else in the data folder.

        Servers that share a database need the same key.
        """
        if self.server_key_file is not None:
            return self.server_key_file
        if self.sqlite_path is not None:
            return self.sqlite_path.with_name(self.sqlite_path.name + ".key")
        return user_data_path("pairgrant") / "server.key"

    @property
    def proxies(self) -> TrustedProxies:
        return TrustedProxies.parse(self.trusted_proxies)

    @property
    def geoip_files(self) -> tuple[Path, ...]:
        paths = (path.strip() for path in self.geoip.split(","))
        return tuple(Path(path).expanduser() for path in paths if path)

    @property
    def brand(self) -> Brand:
        """How the site calls itself and looks."""
        return Brand(
            name=self.site_name,
            accent=self.site_accent or None,
            logo=None if self.site_logo is None else load_logo(self.site_logo),
            texts=NO_TEXTS if self.site_texts is None else load_texts(self.site_texts),
            support_url=self.site_support_url,
            privacy_url=self.site_privacy_url,
            imprint_url=self.site_imprint_url,
        )

    @property
    def context_words(self) -> tuple[str, ...]:
        """Words that an attacker would try first as a password here."""
        host = urlsplit(self.public_url).hostname or ""
        return ("pairgrant", self.site_name, *self.site_name.split(), host, *host.split("."))

    @property
    def password_rules(self) -> PasswordRules:
        """The rules for new passwords."""
        return PasswordRules(self.min_password_length, self.context_words)

    def for_server(self) -> ServerSettings:
        """The settings of one process: each worker counts by itself, so it gets a share of every limit."""
        return ServerSettings(
            public_url=self.public_url,
            device_code_lifetime=self.device_code_lifetime,
            interval=self.interval,
            access_token_lifetime=self.access_token_lifetime,
            refresh_token_lifetime=self.refresh_token_lifetime,
            connection_lifetime=self.connection_lifetime,
            key_rotation=self.key_rotation_days * 86_400,
            device_authorizations_per_address=-(-self.device_authorizations_per_address // self.workers),
            device_authorizations_per_client=-(-self.device_authorizations_per_client // self.workers),
            authorization_requests_per_address=-(-self.authorization_requests_per_address // self.workers),
            authorization_requests_per_client=-(-self.authorization_requests_per_client // self.workers),
            requires_dpop_nonce=self.dpop_nonce == "required",
        )
