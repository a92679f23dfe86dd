"""No start, rotation or other process makes a valid token invalid."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from structlog.testing import capture_logs

from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.keys.key_lifecycle import NOTICE, PROPAGATION
from pairgrant_server.authorization_server.keys.key_rotation_task import KeyRotationTask
from pairgrant_server.authorization_server.keys.sealed_key import new_key
from pairgrant_server.authorization_server.keys.signing_keys import (
    InvalidJWTError,
    SigningKeys,
    UnreadableKeyError,
)
from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ACCESS_TOKEN
from pairgrant_server.authorization_server.model.records import SigningKey
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from tests.authorization_server.server_under_test import ServerUnderTest

SERVER_KEY = ServerKey(Secret("server key " * 4))
DAY = 86_400


def kid_of(token: str) -> str:
    header: dict[str, str] = json.loads(_padded(token.partition(".")[0]))
    return header["kid"]


def _padded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


async def rotate_at_once(server: ServerUnderTest, keys: SigningKeys) -> str | None:
    server.clock.advance(1)
    return await keys.add("ES256", at_once=True)


async def published(server: ServerUnderTest) -> list[str]:
    return [key["kid"] for key in (await server.http.get("/jwks")).json()["keys"]]


@pytest.fixture
def upkeep(server: ServerUnderTest) -> KeyRotationTask:
    return KeyRotationTask(server.parts.keys, 90 * DAY)


@pytest.fixture
async def elsewhere(server: ServerUnderTest) -> SigningKeys:
    """The keys in another process on the same database."""
    return await SigningKeys.load(server.store, SERVER_KEY, server.clock)


class TestFirstStart:
    async def test_first_start_makes_a_signing_key_for_each_algorithm(self, server: ServerUnderTest) -> None:
        keys = server.parts.keys
        jwks = KeySet.import_key_set((await server.http.get("/jwks")).json())
        for algorithm in ("ES256", "RS256"):
            token = keys.sign({"a": 1}, typ="JWT", algorithm=algorithm)
            assert jwt.decode(token.reveal(), jwks, algorithms=[algorithm]).claims == {"a": 1}
            assert keys.verify(token, typ="JWT") == {"a": 1}

    async def test_both_algorithms_are_advertised(self, server: ServerUnderTest) -> None:
        document = (await server.http.get("/.well-known/openid-configuration")).json()
        assert document["id_token_signing_alg_values_supported"] == ["ES256", "RS256"]

    async def test_processes_that_start_together_have_the_same_keys(self, server: ServerUnderTest) -> None:
        others = await asyncio.gather(
            *(SigningKeys.load(server.store, SERVER_KEY, server.clock) for _ in range(3))
        )
        assert all(other.published() == server.parts.keys.published() for other in others)

    async def test_database_of_the_first_version_gets_the_missing_key(self, server: ServerUnderTest) -> None:
        """Its one key is stored without signs_at, and continues to sign."""
        for key in await server.store.signing_keys():
            await server.store.remove_signing_key(key.kid)
        old = ECKey.generate_key("P-256", auto_kid=True)
        sealed = SERVER_KEY.seal("signing key", json.dumps(old.as_dict(private=True)).encode())
        await server.store.add_signing_key(
            SigningKey(str(old.kid), "ES256", sealed, server.clock() - DAY), unless_since=0
        )
        keys = await SigningKeys.load(server.store, SERVER_KEY, server.clock)
        assert [key.algorithm for key in keys.all] == ["ES256", "RS256"]
        assert kid_of(keys.sign({}, typ="JWT").reveal()) == old.kid

    async def test_another_server_key_fails_loudly(self, server: ServerUnderTest) -> None:
        with pytest.raises(UnreadableKeyError, match="PAIRGRANT_SERVER_KEY_FILE"):
            await SigningKeys.load(server.store, ServerKey(Secret("another " * 5)), server.clock)


class TestRotation:
    async def test_tokens_of_the_key_before_stay_valid_until_they_expire(
        self, server: ServerUnderTest, upkeep: KeyRotationTask
    ) -> None:
        tokens = await server.connect()
        old = kid_of(tokens["access_token"])
        new = await server.parts.keys.add("ES256")
        assert {old, new} < set(await published(server)), "published at once"
        assert kid_of((await server.connect())["access_token"]) == old, "signs when everybody knows it"
        server.clock.advance(PROPAGATION)
        later = await server.connect()
        assert kid_of(later["access_token"]) == new
        assert (await server.userinfo(tokens["access_token"])).is_success
        assert (await server.userinfo(later["access_token"])).is_success
        server.clock.advance(NOTICE + LONGEST_ACCESS_TOKEN - 1)
        await upkeep.run()
        assert old in await published(server)
        server.clock.advance(1)
        await upkeep.run()
        assert old not in await published(server)
        assert new in await published(server)

    async def test_board_accepts_tokens_of_a_new_key(self, server: ServerUnderTest) -> None:
        """A resource server with the oldest allowed JWK Set verifies the first token of the new key."""
        await server.parts.keys.add("ES256")
        jwks = KeySet.import_key_set((await server.http.get("/jwks")).json())
        server.clock.advance(PROPAGATION)
        token = server.parts.keys.sign({"a": 1}, typ="JWT")
        assert jwt.decode(token.reveal(), jwks, algorithms=["ES256"]).claims == {"a": 1}

    async def test_in_an_emergency_the_new_key_signs_at_once(self, server: ServerUnderTest) -> None:
        new = await rotate_at_once(server, server.parts.keys)
        assert kid_of(server.parts.keys.sign({}, typ="JWT").reveal()) == new

    async def test_rotation_concerns_one_algorithm(self, server: ServerUnderTest) -> None:
        before = kid_of(server.parts.keys.sign({}, typ="JWT", algorithm="RS256").reveal())
        await rotate_at_once(server, server.parts.keys)
        assert kid_of(server.parts.keys.sign({}, typ="JWT", algorithm="RS256").reveal()) == before

    async def test_tokens_of_a_withdrawn_key_are_invalid(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        await rotate_at_once(server, server.parts.keys)
        assert await server.parts.keys.remove(kid_of(tokens["access_token"]))
        assert (await server.userinfo(tokens["access_token"])).status_code == 401
        assert not await server.parts.keys.remove("nothing")

    async def test_deleted_keys_are_used_until_there_are_new_ones(
        self, server: ServerUnderTest, upkeep: KeyRotationTask
    ) -> None:
        keys = server.parts.keys
        for key in keys.all:
            await server.store.remove_signing_key(key.kid)
        await keys.refresh()
        assert keys.sign({}, typ="JWT").reveal()
        await upkeep.run()
        assert keys.verify(keys.sign({}, typ="JWT"), typ="JWT") == {}


class TestByAge:
    async def test_key_is_rotated_at_its_age(self, server: ServerUnderTest, upkeep: KeyRotationTask) -> None:
        server.clock.advance(90 * DAY)
        await upkeep.run()
        assert len(await published(server)) == 2
        server.clock.advance(1)
        await upkeep.run()
        assert len(await published(server)) == 4, "one of each algorithm"
        await upkeep.run()
        assert len(await published(server)) == 4

    async def test_rotation_of_zero_never_rotates(self, server: ServerUnderTest) -> None:
        server.clock.advance(9000 * DAY)
        await KeyRotationTask(server.parts.keys, 0).run()
        assert len(await published(server)) == 2

    async def test_one_of_many_processes_rotates(
        self, server: ServerUnderTest, elsewhere: SigningKeys
    ) -> None:
        server.clock.advance(91 * DAY)
        added = await asyncio.gather(
            *(keys.rotate_by_age(90 * DAY) for keys in (server.parts.keys, elsewhere, server.parts.keys))
        )
        assert sum(map(len, added)) == 2
        await elsewhere.refresh()
        assert elsewhere.published() == server.parts.keys.published()
        assert len(await published(server)) == 4


class TestOtherProcesses:
    async def test_new_key_of_another_process_is_loaded_without_a_restart(
        self, server: ServerUnderTest, upkeep: KeyRotationTask, elsewhere: SigningKeys
    ) -> None:
        kid = await elsewhere.add("ES256")
        assert kid not in await published(server)
        await upkeep.run()
        assert kid in await published(server)

    async def test_unknown_kid_triggers_a_refresh(
        self, server: ServerUnderTest, elsewhere: SigningKeys
    ) -> None:
        await rotate_at_once(server, elsewhere)
        token = elsewhere.sign({"a": 1}, typ="JWT")
        with pytest.raises(InvalidJWTError):
            server.parts.keys.verify(token, typ="JWT")
        assert server.parts.keys.wanted.is_set()
        await server.parts.keys.refresh()
        assert not server.parts.keys.wanted.is_set()
        assert server.parts.keys.verify(token, typ="JWT") == {"a": 1}

    async def test_unreadable_key_is_logged_once_and_the_others_stay_in_use(
        self, server: ServerUnderTest, upkeep: KeyRotationTask
    ) -> None:
        now = server.clock()
        foreign = new_key("ES256", ServerKey(Secret("another " * 5)), now=now, signs_at=now)
        await server.store.add_signing_key(foreign, unless_since=now + 1)
        with capture_logs() as logs:
            await upkeep.run()
            await upkeep.run()
        assert [(line["log_level"], foreign.kid in line["reason"]) for line in logs] == [("error", True)]
        assert len(await published(server)) == 2
        assert (await server.userinfo((await server.connect())["access_token"])).is_success

    async def test_keys_stay_in_use_while_the_database_is_unavailable(
        self, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def gone() -> None:
            raise StoreUnavailableError

        keys = await SigningKeys.load(server.store, SERVER_KEY, server.clock)
        monkeypatch.setattr(keys._store, "signing_keys", gone)
        await KeyRotationTask(keys, 90 * DAY).run()
        assert keys.sign({}, typ="JWT").reveal()

    async def test_rotation_task_runs_on_and_can_be_woken(self, server: ServerUnderTest) -> None:
        pauses: list[asyncio.Event] = []

        async def pause(wanted: asyncio.Event) -> None:
            pauses.append(wanted)
            if len(pauses) == 3:
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await KeyRotationTask(server.parts.keys, 90 * DAY, pause).run_forever()
        assert pauses == [server.parts.keys.wanted] * 3


class TestVerification:
    @pytest.mark.parametrize("algorithm", ["HS256", "none", "RS256", "ES384"])
    async def test_key_verifies_only_its_own_algorithm(self, server: ServerUnderTest, algorithm: str) -> None:
        keys = server.parts.keys
        header, claims, signature = keys.sign({"a": 1}, typ="JWT").reveal().split(".")
        changed = {**json.loads(_padded(header)), "alg": algorithm}
        forged = _base64url(json.dumps(changed).encode())
        with pytest.raises(InvalidJWTError):
            keys.verify(Secret(f"{forged}.{claims}.{signature}"), typ="JWT")

    async def test_mac_under_a_public_key_is_refused(self, server: ServerUnderTest) -> None:
        keys = server.parts.keys
        rsa = keys.all[1]
        header = {"alg": "HS256", "kid": rsa.kid}
        signed = f"{_base64url(json.dumps(header).encode())}.{_base64url(b'{}')}"
        signature = hmac.digest(rsa.jwk.as_pem(private=False), signed.encode(), "sha256")
        confused = f"{signed}.{_base64url(signature)}"
        with pytest.raises(InvalidJWTError):
            keys.verify(Secret(confused), typ="JWT")

    @pytest.mark.parametrize("kid", [None, "", "nobody's"])
    async def test_token_without_a_known_kid_is_refused(self, server: ServerUnderTest, kid: Any) -> None:
        key = server.parts.keys.all[0]
        header = {"alg": "ES256", **({} if kid is None else {"kid": kid})}
        token = jwt.encode(header, {}, key.jwk, algorithms=["ES256"])
        with pytest.raises(InvalidJWTError):
            server.parts.keys.verify(Secret(token), typ="JWT")

    async def test_jwk_set_has_no_private_members(self, server: ServerUnderTest) -> None:
        shown = repr(server.parts.keys.all) + repr(await server.store.signing_keys())
        assert "'d'" not in shown
        assert "sealed" not in shown

    async def test_published_key_can_be_used_by_another_library(self, server: ServerUnderTest) -> None:
        response: httpx.Response = await server.http.get("/jwks")
        assert response.headers["cache-control"] == "public, max-age=300"
        assert KeySet.import_key_set(response.json()).keys
