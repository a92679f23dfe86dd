"""PostgreSQL refuses a connection: the error says what to do, and never shows the password."""

import secrets
import socket
import ssl
import traceback
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from pairgrant_server.authorization_server.store.errors import DatabaseError
from pairgrant_server.authorization_server.store.postgresql import server as server_module
from pairgrant_server.authorization_server.store.postgresql.store import PostgresqlStore
from tests.postgresql_server import PostgresqlServer


class TestRefusals:
    @staticmethod
    async def refusal(url: str) -> str:
        """The text of the error; neither it nor its traceback may contain the password."""
        with pytest.raises(DatabaseError) as caught:
            await PostgresqlStore.open(url)
        text = "".join(traceback.format_exception(caught.value))
        assert "s3cr" not in text
        assert "t-w0rd" not in text
        return str(caught.value)

    async def test_wrong_password_is_refused_without_showing_it(self, empty_database: str) -> None:
        parts = urlsplit(empty_database)
        address = f"{parts.username}:s3cr%2Ft-w0rd@{parts.netloc.rpartition('@')[2]}"
        text = await self.refusal(urlunsplit(parts._replace(netloc=address)))
        assert "refuses this user or password" in text

    async def test_unreachable_server_is_named(self) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # bound, but not listening: no one answers here
            port = closed.getsockname()[1]
            text = await self.refusal(f"postgresql://pairgrant:s3cr%2Ft-w0rd@127.0.0.1:{port}/pairgrant")
        assert text == (
            f"postgresql://127.0.0.1:{port}/pairgrant can't be reached (Connection refused). "
            "Is the server running, and is the address correct?"
        )

    async def test_server_that_does_not_respond_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(server_module, "_CONNECT_TIMEOUT", 0.1)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            text = await self.refusal(f"postgresql://pairgrant:s3cr%2Ft-w0rd@127.0.0.1:{port}/pairgrant")
        assert "doesn't respond" in text

    async def test_missing_database_is_explained(self, postgresql_server: PostgresqlServer) -> None:
        text = await self.refusal(postgresql_server.url.replace("/postgres", "/no_such_database"))
        assert "createdb" in text

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://pairgrant:s3cr/t-w0rd@127.0.0.1/pairgrant",
            "postgresql://pairgrant:12/s3cr@127.0.0.1/pairgrant",
            "postgresql://pairgrant:s3cr#t-w0rd@127.0.0.1/pairgrant",
            "postgresql://pairgrant:s3cr#t-w0rd",
            "postgresql://pairgrant:s3cr?t-w0rd@127.0.0.1/pairgrant",
            "postgresql://pairgrant:s3cr[t-w0rd@127.0.0.1/pairgrant",
            "postgresql://pairgrant:s3cr@127.0.0.1:port/pairgrant",
            "mysql://pairgrant:s3cr@127.0.0.1/pairgrant",
        ],
    )
    async def test_unreadable_url_is_explained_without_the_password(self, url: str) -> None:
        assert "postgresql://user:password@host:5432/pairgrant" in await self.refusal(url)

    @pytest.mark.parametrize("password", ["s3cr@t-w0rd", "@s3cr", "s3cr@"])
    async def test_at_sign_in_the_password_is_refused_before_a_name_server_sees_it(
        self, monkeypatch: pytest.MonkeyPatch, password: str
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            pytest.fail("no connection may be tried")

        monkeypatch.setattr(asyncpg, "connect", refuse)
        text = await self.refusal(f"postgresql://pairgrant:{password}@db.example/pairgrant")
        assert "write %40" in text

    async def test_tls_that_the_server_does_not_have_is_explained(
        self, empty_database: str, postgresql_server: PostgresqlServer
    ) -> None:
        if postgresql_server.folder is None:
            pytest.skip("this server is not ours, and may have TLS")
        text = await self.refusal(f"{empty_database}?sslmode=require")
        assert "has no TLS, which sslmode in its URL requires" in text
        assert "sslmode=disable" in text

    async def test_missing_certificate_of_the_authority_is_explained(
        self, empty_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        assert "sslrootcert=/path/to" in await self.refusal(f"{empty_database}?sslmode=verify-full")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("password=s3cr&sslmode=t-w0rd", "sslmode in its URL is one of disable, allow, prefer, require"),
            ("sslmode=require&sslrootcert=/s3cr", "sslrootcert in its URL names a file that can't be read"),
            ("sslmode=require&sslcert=/s3cr", "sslcert in its URL names a file that can't be read"),
        ],
    )
    async def test_wrong_tls_parameter_of_the_url_is_named(
        self, empty_database: str, query: str, expected: str
    ) -> None:
        assert expected in await self.refusal(f"{empty_database}?{query}")

    async def test_missing_line_of_pg_hba_is_no_wrong_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def refuse(*_: object, **__: object) -> None:
            raise asyncpg.InvalidAuthorizationSpecificationError('no pg_hba.conf entry for host "s3cr"')

        monkeypatch.setattr(asyncpg, "connect", refuse)
        text = await self.refusal("postgresql://pairgrant:s3cr@db.example/pairgrant")
        assert "its pg_hba.conf lets this user in from here by no line" in text
        assert "sslmode=require" in text

    @pytest.mark.parametrize("hosts", ["127.0.0.1:65536", "[::1]:99999", "127.0.0.1:5432,127.0.0.1:70000"])
    async def test_port_that_does_not_exist_is_named(self, hosts: str) -> None:
        text = await self.refusal(f"postgresql://pairgrant:s3cr@{hosts}/pairgrant")
        assert "has a port above 65535" in text

    async def test_file_that_is_no_certificate_is_named(self, empty_database: str, tmp_path: Path) -> None:
        (tmp_path / "root.crt").write_text("no certificate")
        text = await self.refusal(f"{empty_database}?sslmode=require&sslrootcert={tmp_path / 'root.crt'}")
        assert "is no certificate or key in PEM" in text

    async def test_certificate_that_is_not_accepted_is_explained(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def refuse(*_: object, **__: object) -> None:
            error = ssl.SSLCertVerificationError(1, "s3cr")
            error.verify_message = "self-signed certificate"
            raise error

        monkeypatch.setattr(asyncpg, "connect", refuse)
        text = await self.refusal("postgresql://pairgrant:s3cr@db.example/pairgrant?sslmode=verify-full")
        assert "its certificate is not accepted (self-signed certificate). Correct sslrootcert" in text
        assert "verify-full, also write the host as the certificate names it" in text

    @pytest.mark.parametrize(
        ("query", "named", "created"),
        [
            ("search_path=lobby", "lobby", '"lobby"'),
            ("options=-c%20search_path%3Dlobby", "lobby", '"lobby"'),
            ("search_path=Lobby,public_too", "Lobby,public_too", '"lobby"'),
            ("search_path=my-lobby", "my-lobby", '"my-lobby"'),
            ('search_path="$user","a,%20""b"', '"$user","a, ""b"', '"a, ""b"'),
        ],
    )
    async def test_schema_that_does_not_exist_is_explained_by_a_statement_that_creates_it(
        self, empty_database: str, postgresql_server: PostgresqlServer, query: str, named: str, created: str
    ) -> None:
        url = f"{empty_database}?{query}"
        text = await self.refusal(url)
        assert f"has no schema of its search_path ({named})" in text
        statement = f"CREATE SCHEMA {created} AUTHORIZATION CURRENT_USER;"
        assert statement in text
        await postgresql_server.run(statement, empty_database)
        try:
            await (await PostgresqlStore.open(url)).close()
        finally:
            await postgresql_server.run(f"DROP SCHEMA {created} CASCADE", empty_database)

    async def test_repr_of_the_store_has_no_password(self, empty_database: str) -> None:
        store = await PostgresqlStore.open(empty_database)
        parts = urlsplit(empty_database)
        assert parts.password is not None
        assert repr(store) == f"PostgresqlStore(postgresql://{parts.hostname}:{parts.port}{parts.path})"
        assert parts.password not in repr(store) + repr(store._server) + repr(vars(store._server))
        await store.close()

    async def test_database_in_another_encoding_is_refused(self, postgresql_server: PostgresqlServer) -> None:
        name = f"pairgrant_test_{secrets.token_hex(6)}"
        await postgresql_server.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        try:
            text = await self.refusal(postgresql_server.url.replace("/postgres", f"/{name}"))
        finally:
            await postgresql_server.run(f"DROP DATABASE {name} WITH (FORCE)")
        assert "--encoding=UTF8" in text
