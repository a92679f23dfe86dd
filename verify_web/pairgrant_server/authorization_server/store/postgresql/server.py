"""The PostgreSQL server that a URL names: how to connect, and what its refusals mean for the operator."""

import os
import re
import socket
import ssl
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.store.errors import DatabaseError, StoreUnavailableError
from pairgrant_server.authorization_server.store.postgresql.errors import store_error

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

STATEMENT_TIMEOUT = 3.0
"""Seconds until the server cancels a statement.

If the server does not respond, the client gives up a second later.
"""

_RESPONSE_TIMEOUT = STATEMENT_TIMEOUT + 1.0
_CONNECT_TIMEOUT = 2.0

_SETTINGS = {
    "statement_timeout": f"{STATEMENT_TIMEOUT}s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "tcp_keepalives_idle": "30",  # seconds; keeps firewalls from dropping an idle connection
    # The second of two compare-and-sets must see the first one's row, not a serialization failure.
    "default_transaction_isolation": "read committed",
    # Every hot statement finds its rows by an index, in the order of its arguments, which also prevents
    # deadlocks. With statistics, the planner would choose to read whole tables while they are empty, and keep
    # that plan when they grow.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}

_SET = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SETTINGS.items())

_BEGIN = f"""
SELECT pg_is_in_recovery(), {_SET},
    -- An acknowledged change is durable, whatever the default of this database.
    CASE WHEN current_setting('synchronous_commit') = 'off'
        THEN set_config('synchronous_commit', 'on', false) END
"""

_PORT = re.compile(r":(\d+)(?=,|$)", re.ASCII)
_LARGEST_PORT = 65_535
"""uvloop would connect to the remainder of a larger one."""

_NOT_PEM = frozenset({"NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE", "PEM_LIB", "KEY_VALUES_MISMATCH"})
_FILES = frozenset({"sslrootcert", "sslcert", "sslkey", "sslcrl"})
"""Parameters of the URL that name a file."""

_SSL_MODES = "disable, allow, prefer, require, verify-ca and verify-full"

_HOW = (
    "Write it like postgresql://user:password@host:5432/pairgrant, "
    "with %2F for a / in the password, %40 for an @, and so on."
)


class Server:
    """A parsed URL; no other object has the password.

    A pooler in between has to keep sessions: PgBouncer in session mode, not in transaction mode.
    """

    def __init__(self, url: str) -> None:
        """Parse the URL.

        Raises:
            DatabaseError: it isn't a URL of PostgreSQL, or special characters of the password are not
                encoded.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            raise DatabaseError(f"The database's URL can't be read. {_HOW}") from None
        # After a / ? or # that is not encoded, the rest of the password would be parsed, and shown, as a
        # path.
        if (
            parts.scheme not in {"postgresql", "postgres"}
            or "@" in url.removeprefix(f"{parts.scheme}://{parts.netloc}")
            or parts.fragment
        ):
            raise DatabaseError(f"The database's URL can't be read. {_HOW}")
        # asyncpg would ask the name servers for a host that contains the end of the password.
        if parts.netloc.count("@") > 1:
            raise DatabaseError(
                f"The database's URL has a second @ before its host: write %40 for it. {_HOW}"
            )
        if any(int(port) > _LARGEST_PORT for port in _PORT.findall(parts.netloc.rpartition("@")[2])):
            raise DatabaseError(f"The database's URL has a port above {_LARGEST_PORT}. {_HOW}")
        self._url = Secret(url)
        shown = [
            (name, value) for name, value in parse_qsl(parts.query) if name in {"host", "port", "dbname"}
        ]
        query = f"?{urlencode(shown, safe='/')}" if shown else ""
        self._name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{query}"

    def __str__(self) -> str:
        """The URL without user and password."""
        return self._name

    def __repr__(self) -> str:
        return f"Server({self._name!r})"

    async def connect(self) -> Connection:
        """A connection with the settings that every statement of the store relies on.

        Raises:
            DatabaseError: the text says what to do.
        """
        try:
            connection = await asyncpg.connect(
                self._url.reveal(),
                timeout=_CONNECT_TIMEOUT,
                command_timeout=_RESPONSE_TIMEOUT,
                server_settings={"application_name": "pairgrant-server"},
            )
        except Exception as error:  # noqa: BLE001 - asyncpg passes on errors of sockets, TLS and URLs
            raise DatabaseError(self._explained(error)) from None
        try:
            in_recovery = await connection.fetchval(_BEGIN)
        except BaseException as error:
            connection.terminate()
            if isinstance(error, Exception):
                raise DatabaseError(self._explained(error)) from None
            raise
        if in_recovery:
            connection.terminate()
            raise DatabaseError(f"{self} is a read-only standby. Name the primary with --database.")
        return connection

    def _explained(self, error: Exception) -> str:
        if (text := self._refused(error) or self._misconfigured(error)) is not None:
            return text
        if isinstance(error, TimeoutError):
            return (
                f"{self} doesn't respond within {_CONNECT_TIMEOUT:.0f} s. "
                "Is the server running, and is the address correct?"
            )
        if isinstance(error, OSError):
            return (
                f"{self} can't be reached ({_reason(error)}). "
                "Is the server running, and is the address correct?"
            )
        if isinstance(error, ValueError):
            return f"The database's URL can't be read. {_HOW}"
        return f"{self} can't be used ({type(error).__name__})."

    def _refused(self, error: Exception) -> str | None:
        """What to do where PostgreSQL itself refuses; None for other errors."""
        if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
            if "pg_hba.conf" in str(error):
                return (
                    f"{self}: its pg_hba.conf lets this user in from here by no line. Add one there, or "
                    "write sslmode=require in the URL if there are only lines with hostssl."
                )
            return (
                f"{self} refuses this user or password. Correct them in --database (PAIRGRANT_DATABASE), "
                "or in PGPASSWORD or ~/.pgpass if they are set there."
            )
        if isinstance(error, asyncpg.InvalidCatalogNameError):
            return (
                f"{self}: there is no such database. "
                "Create it with PostgreSQL's createdb, owned by this user."
            )
        if isinstance(error, asyncpg.TooManyConnectionsError):
            return f"{self} accepts no more connections. Raise its max_connections, or run fewer servers."
        if isinstance(error, asyncpg.PostgresError):
            return f"{self} can't be used now: {store_error(error)}."
        return None

    def _misconfigured(self, error: Exception) -> str | None:
        """What to correct in the URL or in the server's TLS; None for other errors."""
        if isinstance(error, ConnectionError) and "rejected SSL upgrade" in str(error):
            return (
                f"{self} has no TLS, which sslmode in its URL requires. Switch it on there (ssl = on in "
                "postgresql.conf), or write sslmode=disable if no other machine can read the connection."
            )
        if isinstance(error, asyncpg.ClientConfigurationError):
            if "root certificate" in str(error):
                return (
                    f"{self}: sslmode in its URL needs the certificate of the authority behind the "
                    "server's. Write sslrootcert=/path/to/root.crt there too."
                )
            if "`sslmode` parameter" in str(error):
                return f"{self}: sslmode in its URL is one of {_SSL_MODES}."
        if isinstance(error, ssl.SSLCertVerificationError):
            return (
                f"{self}: its certificate is not accepted ({error.verify_message.rstrip('.')}). Correct "
                "sslrootcert in the URL; with sslmode=verify-full, also write the host as the certificate "
                "names it."
            )
        if isinstance(error, OSError) and (name := _unreadable_file(self._url)) is not None:
            return f"{self}: {name} in its URL names a file that can't be read."
        if isinstance(error, ssl.SSLError) and error.reason in _NOT_PEM:
            return f"{self}: a file that its URL names is no certificate or key in PEM ({error.reason})."
        return None


def _unreadable_file(url: Secret) -> str | None:
    """The parameter of ``url`` that names a file which can't be read; None if there is none."""
    for name, path in parse_qsl(urlsplit(url.reveal()).query):
        if name in _FILES and not os.access(path, os.R_OK):
            return name
    return None


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason}"
    if isinstance(error, socket.gaierror):
        return error.strerror or "unknown host"
    return os.strerror(error.errno) if error.errno else type(error).__name__


def unavailable(error: DatabaseError) -> StoreUnavailableError:
    """The error of the store's methods for one that happened while connecting."""
    return StoreUnavailableError(str(error))


async def let_go(connection: Connection) -> None:
    """Close the connection properly, so the server doesn't log it as broken."""
    try:
        await connection.close(timeout=1.0)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection.terminate()
