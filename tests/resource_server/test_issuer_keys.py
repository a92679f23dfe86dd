"""How the issuer's keys are fetched and cached, without traffic for invalid tokens; on a manual clock."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from structlog.testing import capture_logs

from pairgrant_server.resource_server.issuer_keys import (
    FETCH_EVERY,
    FRESH_FOR,
    KEPT_FOR,
    IssuerKeys,
    KeysUnavailableError,
)

Mint = Callable[..., str]
Ask = Callable[[str], Awaitable[httpx.Response]]
Publish = Callable[..., None]
Document = tuple[int, bytes, list[tuple[bytes, bytes]]]
Documents = dict[str, Document]

METADATA = "/.well-known/oauth-authorization-server"
ONE_FETCH = [METADATA, "/jwks"]


@pytest.fixture
def new_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "k2"})


def unavailable(response: httpx.Response) -> bool:
    """503 with Retry-After, and no word about the token."""
    assert response.status_code == 503
    assert response.headers["retry-after"] == "10"
    assert response.json()["error"] == "temporarily_unavailable"
    assert "www-authenticate" not in response.headers
    return True


class TestCache:
    async def test_nothing_is_fetched_before_a_token_comes(
        self, stranger: httpx.AsyncClient, asked: list[str]
    ) -> None:
        await stranger.get("/board/notices")
        assert asked == []

    async def test_many_tokens_cost_one_fetch(
        self, ask: Ask, mint: Mint, asked: list[str], instants: dict[str, float]
    ) -> None:
        for _ in range(5):
            assert (await ask(mint())).status_code == 200
            instants["monotonic"] += FRESH_FOR / 6
        assert asked == ONE_FETCH

    async def test_many_tokens_at_once_share_one_fetch(self, ask: Ask, mint: Mint, asked: list[str]) -> None:
        responses = await asyncio.gather(*(ask(mint()) for _ in range(20)))
        assert {response.status_code for response in responses} == {200}
        assert asked == ONE_FETCH

    async def test_a_new_key_is_picked_up_when_its_first_token_comes(
        self, ask: Ask, mint: Mint, publish: Publish, instants: dict[str, float], key: ECKey
    ) -> None:
        assert (await ask(mint())).status_code == 200
        new_key = ECKey.generate_key("P-256", {"kid": "k2"})
        publish(new_key, key)
        instants["monotonic"] += FETCH_EVERY
        assert (await ask(mint(new_key))).status_code == 200
        assert (await ask(mint())).status_code == 200  # old tokens verify until they expire

    async def test_a_withdrawn_key_is_trusted_no_longer_than_keys_are_fresh(
        self, ask: Ask, mint: Mint, publish: Publish, instants: dict[str, float], new_key: ECKey
    ) -> None:
        assert (await ask(mint())).status_code == 200
        publish(new_key)
        instants["monotonic"] += FRESH_FOR
        assert (await ask(mint())).status_code == 401

    async def test_a_token_without_kid_is_refused_where_two_keys_could_be_meant(
        self, ask: Ask, mint: Mint, publish: Publish, key: ECKey, new_key: ECKey
    ) -> None:
        publish(key, new_key)
        assert (await ask(mint(header={"kid": None}))).status_code == 401


class TestNoAmplification:
    async def test_unknown_kids_cost_one_fetch_in_ten_seconds(
        self, ask: Ask, mint: Mint, asked: list[str], instants: dict[str, float]
    ) -> None:
        for number in range(30):  # one second apart: at 0, 10 and 20 the issuer is asked
            forger = ECKey.generate_key("P-256", {"kid": f"forged-{number}"})
            assert (await ask(mint(forger))).status_code == 401
            instants["monotonic"] += 1
        assert asked == ONE_FETCH * 3

    async def test_garbage_costs_no_fetch(self, ask: Ask, mint: Mint, asked: list[str]) -> None:
        for token in ("x", "a.b.c", mint(header={"typ": "JWT"})):
            assert (await ask(token)).status_code == 401
        assert asked == []

    async def test_an_issuer_that_is_down_is_asked_once_in_ten_seconds(
        self, ask: Ask, mint: Mint, asked: list[str], troubles: set[str], instants: dict[str, float]
    ) -> None:
        troubles.add("issuer")
        for _ in range(20):
            assert unavailable(await ask(mint()))
            instants["monotonic"] += 1
        assert asked == [METADATA] * 2

    async def test_garbage_does_not_lock_out_good_tokens(
        self, ask: Ask, mint: Mint, troubles: set[str], instants: dict[str, float]
    ) -> None:
        assert (await ask(mint())).status_code == 200
        troubles.add("issuer")
        instants["monotonic"] += FETCH_EVERY
        forger = ECKey.generate_key("P-256", {"kid": "forged"})
        assert unavailable(await ask(mint(forger)))
        assert (await ask(mint())).status_code == 200


class TestOutage:
    async def test_keys_are_fetched_again_after_an_outage(
        self, ask: Ask, mint: Mint, troubles: set[str], instants: dict[str, float]
    ) -> None:
        troubles.add("issuer")
        assert unavailable(await ask(mint()))
        troubles.clear()
        assert unavailable(await ask(mint()))  # not asked again yet
        instants["monotonic"] += FETCH_EVERY
        assert (await ask(mint())).status_code == 200
        forger = ECKey.generate_key("P-256", {"kid": "forged"})
        assert (await ask(mint(forger))).status_code == 401  # the issuer's word is known again

    async def test_cached_keys_are_used_during_an_outage_for_a_limited_time(
        self, ask: Ask, mint: Mint, troubles: set[str], instants: dict[str, float]
    ) -> None:
        assert (await ask(mint())).status_code == 200
        troubles.add("issuer")
        instants["monotonic"] = KEPT_FOR - 1
        assert (await ask(mint())).status_code == 200
        instants["monotonic"] = KEPT_FOR
        assert unavailable(await ask(mint()))

    async def test_a_caller_that_goes_away_does_not_end_the_fetch_for_the_others(
        self, publish: Publish, key: ECKey
    ) -> None:
        reached, response = asyncio.Event(), asyncio.Event()

        async def slow_issuer(request: httpx.Request) -> httpx.Response:
            reached.set()
            await response.wait()
            if request.url.path == "/jwks":
                return httpx.Response(200, json={"keys": [key.as_dict(private=False)]})
            members = {name: f"https://pair.example/{name[:4]}" for name in ("token_endpoint", "jwks_uri")}
            return httpx.Response(200, json={"issuer": "https://pair.example", **members})

        async with httpx.AsyncClient(transport=httpx.MockTransport(slow_issuer)) as http:
            keys = IssuerKeys("https://pair.example", http)
            first = asyncio.ensure_future(keys.find("k1", "ES256"))
            await reached.wait()
            second = asyncio.ensure_future(keys.find("k1", "ES256"))
            first.cancel()
            response.set()
            assert await second is not None
            assert first.cancelled()

    async def test_fetch_from_a_hanging_issuer_times_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pairgrant_server.resource_server.issuer_keys.FETCH_TIMEOUT", 0.0)

        async def silent(_: httpx.Request) -> httpx.Response:
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never done

        async with httpx.AsyncClient(transport=httpx.MockTransport(silent)) as http:
            keys = IssuerKeys("https://pair.example", http)
            with pytest.raises(KeysUnavailableError):
                await keys.find("k1", "ES256")


def metadata(**changes: Any) -> bytes:
    members = {
        "issuer": "https://pair.example",
        "token_endpoint": "https://pair.example/token",
        "jwks_uri": "https://pair.example/jwks",
    }
    return json.dumps({**members, **changes}).encode()


class TestDocuments:
    @pytest.mark.parametrize(
        "broken",
        [
            (METADATA, (500, b"", [])),
            (METADATA, (404, b"", [])),
            (METADATA, (302, b"", [(b"location", b"https://pair.example/elsewhere")])),
            (METADATA, (200, b"<html>", [])),
            (METADATA, (200, b"[]", [])),
            (METADATA, (200, b"[" * 20_000, [])),
            (METADATA, (200, metadata(issuer="https://evil.example"), [])),
            (METADATA, (200, metadata(jwks_uri=None), [])),
            (METADATA, (200, metadata(jwks_uri="http://pair.example/jwks"), [])),
            (METADATA, (200, metadata(jwks_uri="file:///etc/passwd"), [])),
            (METADATA, (200, metadata(filler="x" * 65_536), [])),
            (METADATA, (200, gzip.compress(metadata()), [(b"content-encoding", b"gzip")])),
            ("/jwks", (500, b"", [])),
            ("/jwks", (404, b"", [])),
            ("/jwks", (302, b"", [(b"location", b"/elsewhere")])),
            ("/jwks", (200, b"", [])),
            ("/jwks", (200, b'{"keys": {}}', [])),
            ("/jwks", (200, b'{"keys": []}', [])),
            ("/jwks", (200, b'{"keys": [null, 7, "k1", [], {"kty": ["EC"]}]}', [])),
            ("/jwks", (200, b'{"keys": [{"kty": "oct", "kid": "k1", "k": "c2VjcmV0"}]}', [])),
            ("/jwks", (200, b'{"keys": [' + b" " * 65_536 + b"]}", [])),
        ],
    )
    async def test_invalid_issuer_document_is_503_not_401(
        self, ask: Ask, mint: Mint, documents: Documents, asked: list[str], broken: tuple[str, Document]
    ) -> None:
        path, document = broken
        documents[path] = document
        documents["/elsewhere"] = documents["/jwks"]
        assert unavailable(await ask(mint()))
        assert "/elsewhere" not in asked

    async def test_openid_discovery_alone_is_sufficient(
        self, ask: Ask, mint: Mint, documents: Documents, asked: list[str]
    ) -> None:
        documents["/.well-known/openid-configuration"] = documents.pop(METADATA)
        assert (await ask(mint())).status_code == 200
        assert asked == [METADATA, "/.well-known/openid-configuration", "/jwks"]

    async def test_the_log_says_why_in_one_harmless_line(
        self, ask: Ask, mint: Mint, troubles: set[str]
    ) -> None:
        troubles.add("issuer")
        token = mint()
        with capture_logs() as logs:
            assert unavailable(await ask(token))
        (line,) = logs
        assert line["issuer"] == "https://pair.example"
        assert line["reason"] == r"ConnectionRefusedError: nobody\x0d\x0ais there\x1b[2J"
        assert token not in repr(logs)
