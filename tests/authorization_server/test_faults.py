"""An unavailable database gives 503 with Retry-After, never a verdict, and nothing is half done."""

import json
import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.build import assemble
from pairgrant_server.authorization_server.keys.signing_keys import UnreadableKeyError
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from tests.authorization_server.server_under_test import ServerUnderTest


@pytest.fixture
async def broken(server: ServerUnderTest, tmp_path: Path) -> ServerUnderTest:
    """The server after its tables were dropped, with codes and tokens issued before."""
    server.codes = await server.start()
    server.tokens = await server.connect()
    connection = sqlite3.connect(tmp_path / "pairgrant.db")
    for table in ("connected_devices", "device_grants", "attempts", "signing_keys"):
        connection.execute(f"DROP TABLE {table}")
    connection.close()
    return server


class TestDatabaseGone:
    async def test_poll_without_a_database_gets_503_and_no_verdict(self, broken: ServerUnderTest) -> None:
        response = await broken.poll(broken.codes)
        assert (response.status_code, response.json()["error"]) == (503, "temporarily_unavailable")
        assert response.headers["retry-after"] == "2"

    async def test_every_endpoint_without_a_database_gets_503(self, broken: ServerUnderTest) -> None:
        responses = [
            await broken.post("/device_authorization", {"client_id": "lobby-tv"}),
            await broken.refresh(broken.tokens["refresh_token"]),
            await broken.post("/revoke", {"client_id": "lobby-tv", "token": broken.tokens["refresh_token"]}),
            await broken.userinfo(broken.tokens["access_token"]),
            await broken.http.get("/healthz"),
        ]
        assert [response.status_code for response in responses] == [503] * 5


class TestDiskFull:
    @pytest.fixture
    async def full(self, server: ServerUnderTest) -> ServerUnderTest:
        """The server with a database that can't grow."""
        server.codes = await server.start()
        server.tokens = await server.connect()

        def fill(connection: sqlite3.Connection) -> None:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")

        await server.store.database.writer.write(fill)
        return server

    async def test_issuing_ends_in_503_while_reads_go_on(self, full: ServerUnderTest) -> None:
        statuses = [200]
        while statuses[-1] == 200 and len(statuses) < 500:
            full.clock.advance(1)
            form = {"client_id": "lobby-tv", "device_name": "x" * 80}
            statuses.append((await full.post("/device_authorization", form)).status_code)
        assert statuses[-1] == 503
        assert (await full.userinfo(full.tokens["access_token"])).status_code == 200
        assert (await full.poll(full.codes)).json()["error"] == "authorization_pending"


class TestServerKey:
    async def test_signing_keys_of_another_server_key_fail_loudly(self, server: ServerUnderTest) -> None:
        with pytest.raises(UnreadableKeyError, match="server key"):
            await assemble(server.store, ServerKey(Secret("another " * 5)), server.settings)

    async def test_codes_and_tokens_survive_a_restart(self, server: ServerUnderTest) -> None:
        """Codes, approvals and refresh tokens survive the process."""
        codes = await server.start()
        await server.decide(codes)
        again = await assemble(
            server.store,
            ServerKey(Secret("server key " * 4)),
            ServerSettings(server.settings.public_url),
            clock=server.clock,
        )
        client = await again.clients.client("lobby-tv")
        assert client is not None
        polled = await again.device_polls.respond(client, Secret(codes["device_code"]), address="192.0.2.7")
        tokens = json.loads(polled.tokens)
        assert (await server.refresh(tokens["refresh_token"])).status_code == 200
        assert (await server.userinfo(tokens["access_token"])).status_code == 200


def all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


class TestSecrecy:
    async def test_no_secret_is_in_the_database_or_its_journal(
        self, server: ServerUnderTest, tmp_path: Path
    ) -> None:
        codes = await server.start()
        await server.decide(codes)
        tokens = (await server.poll(codes)).json()
        refreshed = (await server.refresh(tokens["refresh_token"])).json()
        kept = all_bytes(tmp_path)
        secrets = [
            codes["device_code"],
            codes["user_code"],
            codes["user_code"].replace("-", ""),
            *(
                response[kind]
                for response in (tokens, refreshed)
                for kind in ("access_token", "refresh_token", "id_token")
            ),
            "s3cret with / and + and %",
        ]
        assert [secret for secret in secrets if secret.encode() in kept] == []

    async def test_no_secret_is_logged(self, server: ServerUnderTest) -> None:
        with capture_logs() as logs:
            codes = await server.start(device_name="evil\r\nlevel=info forged\x1b[2J")
            await server.decide(codes)
            tokens = (await server.poll(codes)).json()
            await server.refresh(tokens["refresh_token"])
            server.clock.advance(100)
            await server.refresh(tokens["refresh_token"])
        said = repr(logs)
        assert len(logs) >= 4
        assert "\\x1b" not in said.replace("\\\\x1b", "")
        for secret in (
            codes["device_code"],
            codes["user_code"],
            tokens["access_token"],
            tokens["refresh_token"],
        ):
            assert secret not in said

    async def test_no_secret_is_in_a_repr(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        await server.decide(codes)
        tokens = (await server.poll(codes)).json()
        (device,) = await server.parts.devices.of_user("u-alice")
        client = await server.parts.clients.client("signage")
        said = repr((device, client, server.parts, ServerKey(Secret("server key"))))
        assert "digest" not in said
        assert "server key" not in said
        assert tokens["refresh_token"] not in said
