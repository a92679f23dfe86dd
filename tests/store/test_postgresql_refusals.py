"""PostgreSQL refuses a connection: the error says what to do, and never shows the password."""

import secrets
import socket
import traceback
from urllib.parse import urlsplit, urlunsplit

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
            "postgresql://127.0.0.1/pairgrant?password=s3cr&sslmode=t-w0rd",
            "mysql://pairgrant:s3cr@127.0.0.1/pairgrant",
        ],
    )
    async def test_unreadable_url_is_explained_without_the_password(self, url: str) -> None:
        assert "postgresql://user:password@host:5432/pairgrant" in await self.refusal(url)

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
