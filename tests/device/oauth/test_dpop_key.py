"""DPoP on the device (RFC 9449): the key, its proofs, nonces, and bound tokens."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from pairgrant.device import Device
from pairgrant.errors import TokenStoreError
from pairgrant.oauth.dpop_key import DPoPKey, new_key, thumbprint
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.transport import Transport
from pairgrant.session.device_file import device_file
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import FileTokenStore
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.device_sign_in import device_sign_in
from pairgrant_protocol.polling import Refused
from pairgrant_protocol.secret import Secret
from tests.device.manual_clock import ManualClock
from tests.device.simulated_server import SimulatedServer

ISSUER = "https://pair.example"
CLIENT_ID = "lobby-tv"
WALL = 1_790_000_000.0
URL = "https://pair.example/token"


@pytest.fixture
def key() -> DPoPKey:
    numbers = iter(range(100))
    made = DPoPKey(lambda: WALL, lambda: f"id-{next(numbers)}")
    made.load(new_key())
    return made


@pytest.fixture
def bound(
    server: SimulatedServer, transport: Transport, store: FileTokenStore, manual_clock: ManualClock
) -> Device:
    """A device at a server that takes proofs."""
    server.on(
        "/.well-known/oauth-authorization-server",
        server.says(server.document(dpop_signing_alg_values_supported=["ES256"])),
    )
    settings = DeviceSettings.checked(
        issuer=ISSUER, client_id=CLIENT_ID, device_name="Lobby TV", token_file=Path(store.location)
    )
    key = device_file(settings, manual_clock.clock).key
    client = OAuthClient(transport, issuer=ISSUER, client_id=CLIENT_ID, device_key=key)
    return Device(
        settings=settings, transport=transport, oauth_client=client, store=store, clock=manual_clock.clock
    )


def read(proof: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and claims of a proof that its own key has signed."""
    head = json.loads(urlsafe_b64decode(proof.split(".", maxsplit=1)[0] + "=="))
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    found = jws.deserialize_compact(proof, ECKey.import_key(head["jwk"]), registry=registry)
    claims: dict[str, Any] = json.loads(found.payload)
    return head, claims


def proof_of(request: httpx.Request) -> dict[str, Any]:
    return read(request.headers["DPoP"])[1]


def thumbprint_of(request: httpx.Request) -> str:
    return ECKey.import_key(read(request.headers["DPoP"])[0]["jwk"]).thumbprint()


async def pair(device: Device, manual_clock: ManualClock) -> SignInSession:
    """A whole sign-in, its waits passed by hand."""
    signing_in = asyncio.create_task(device_sign_in(device, lambda _: None))
    await manual_clock.pass_time(12)
    async with asyncio.timeout(120):
        session = await signing_in
    assert isinstance(session, SignInSession)
    return session


class TestKey:
    def test_proof_names_the_request_and_no_private_key(self, key: DPoPKey) -> None:
        headers = key.headers("POST", URL + "?x=1#y")
        assert headers.keys() == {"DPoP"}
        head, claims = read(headers["DPoP"])
        assert (head["typ"], head["alg"]) == ("dpop+jwt", "ES256")
        assert head["jwk"].keys() == {"kty", "crv", "x", "y"}
        assert claims == {"jti": "id-0", "htm": "POST", "htu": URL, "iat": int(WALL)}

    def test_proof_with_a_token_has_the_hash_of_the_token(self, key: DPoPKey) -> None:
        headers = key.headers("GET", URL, Secret("access-1"))
        assert headers["Authorization"] == "DPoP access-1"
        hashed = urlsafe_b64encode(sha256(b"access-1").digest()).decode().rstrip("=")
        assert read(headers["DPoP"])[1]["ath"] == hashed

    def test_token_is_sent_as_bearer_without_a_key(self) -> None:
        nothing = DPoPKey(lambda: WALL)
        assert not nothing
        assert nothing.headers("GET", URL) == {}
        assert nothing.headers("GET", URL, Secret("a")) == {"Authorization": "Bearer a"}

    def test_serialized_key_loads_unchanged_and_is_not_in_a_repr(self, key: DPoPKey) -> None:
        kept = key.serialize()
        assert kept is not None
        assert "d" in json.loads(kept.reveal())
        assert json.loads(kept.reveal())["d"] not in repr(kept) + repr(key)
        again = DPoPKey(lambda: WALL)
        again.load(kept)
        first, second = (read(one.headers("GET", URL)["DPoP"])[0]["jwk"] for one in (key, again))
        assert first == second

    def test_thumbprint_is_that_of_the_public_key_in_a_proof(self, key: DPoPKey) -> None:
        """RFC 7638 §3.2: the required members in order, without spaces."""
        jwk = read(key.headers("GET", URL)["DPoP"])[0]["jwk"]
        members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        hashed = urlsafe_b64encode(sha256(members.encode()).digest()).decode().rstrip("=")
        kept = key.serialize()
        assert kept is not None
        assert thumbprint(kept) == hashed

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "[]",
            "{}",
            '{"kty":"EC"}',
            '{"kty":"oct","k":"eA"}',
            json.dumps(ECKey.generate_key("P-384").as_dict(private=True)),
            json.dumps(ECKey.generate_key("P-256").as_dict(private=False)),
        ],
        ids=["empty", "no JSON", "list", "no members", "no key", "symmetric", "other curve", "public"],
    )
    def test_invalid_stored_key_is_refused(self, text: str) -> None:
        with pytest.raises(TokenStoreError):
            DPoPKey(lambda: WALL).load(Secret(text))

    def test_proof_uses_the_servers_time_and_the_nonce_of_its_origin(self, key: DPoPKey) -> None:
        """A kiosk without a battery wakes up years off."""
        assert key.note_response(URL, "n1", "Tue, 24 Nov 2026 10:00:00 GMT")
        assert not key.note_response(URL, "n1", None)
        claims = read(key.headers("GET", URL)["DPoP"])[1]
        assert (claims["iat"], claims["nonce"]) == (1_795_514_400, "n1")
        elsewhere = read(key.headers("GET", "https://board.example/")["DPoP"])[1]
        assert elsewhere["iat"] == int(WALL)
        assert "nonce" not in elsewhere

    @pytest.mark.parametrize("date", ["", "soon", "Tue, 99 Nov 2026 10:00:00 GMT", "\x1b[2J"])
    @pytest.mark.parametrize("nonce", ["", "é", "a\r\nb", "x" * 1025])
    def test_invalid_nonce_and_date_are_ignored(self, key: DPoPKey, date: str, nonce: str) -> None:
        assert not key.note_response(URL, nonce, date)
        claims = read(key.headers("GET", URL)["DPoP"])[1]
        assert claims["iat"] == int(WALL)
        assert "nonce" not in claims


class TestPairing:
    async def test_every_request_of_a_pairing_proves_one_key_that_is_stored_with_the_tokens(
        self, server: SimulatedServer, bound: Device, store: FileTokenStore, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.pending(), server.says(server.tokens(token_type="DPoP")))
        session = await pair(bound, manual_clock)
        asked = [*server.asked("/device_authorization"), *server.asked("/token")]
        assert len(asked) == 3
        proofs = [read(request.headers["DPoP"]) for request in asked]
        assert len({json.dumps(head["jwk"]) for head, _ in proofs}) == 1
        assert len({claims["jti"] for _, claims in proofs}) == 3
        kept = store.load()
        assert kept is not None
        assert kept.dpop_key == bound.transport.key.serialize()
        board = await bound.notice_board()
        assert board is not None
        assert await session.call(board.notices)
        (read_board,) = server.asked("/board/notices")
        assert read_board.headers["Authorization"] == "DPoP access-1"
        assert proof_of(read_board)["htu"] == f"{ISSUER}/board/notices"

    async def test_next_pairing_proves_the_same_key_after_a_sign_out(
        self, server: SimulatedServer, bound: Device, manual_clock: ManualClock
    ) -> None:
        """So the server can recognise a device that an account has approved before."""
        server.on("/token", server.says(server.tokens(token_type="DPoP")))
        await (await pair(bound, manual_clock)).sign_out()
        await pair(bound, manual_clock)
        first, second = (read(one.headers["DPoP"])[0] for one in server.asked("/device_authorization"))
        assert first["jwk"] == second["jwk"]

    async def test_next_pairing_proves_the_devices_key_while_older_tokens_keep_theirs(
        self,
        server: SimulatedServer,
        bound: Device,
        stored: Callable[..., StoredTokens],
        keep: Callable[[StoredTokens], None],
        manual_clock: ManualClock,
    ) -> None:
        """Tokens of an earlier version are bound to a key that was made for their pairing."""
        older = new_key()
        keep(stored(dpop_key=older))
        session = bound.stored_session()
        assert session is not None
        await session.call(bound.oauth_client.userinfo)
        server.on("/token", server.says(server.tokens(token_type="DPoP")))
        await pair(bound, manual_clock)
        userinfo, start = (
            thumbprint_of(server.asked(path)[0]) for path in ("/userinfo", "/device_authorization")
        )
        assert userinfo == thumbprint(older)
        assert start == thumbprint(await device_file(bound.settings, manual_clock.clock).key())

    async def test_server_without_dpop_receives_no_proof(
        self, server: SimulatedServer, bound: Device, store: FileTokenStore, manual_clock: ManualClock
    ) -> None:
        server.on("/.well-known/oauth-authorization-server", server.says(server.document()))
        server.on("/token", server.says(server.tokens()))
        await pair(bound, manual_clock)
        assert not [request for request in server.requests if "DPoP" in request.headers]
        kept = store.load()
        assert kept is not None
        assert kept.dpop_key is None
        assert device_file(bound.settings, manual_clock.clock).load().dpop_key is None

    async def test_unbound_tokens_are_stored_without_a_key(
        self, server: SimulatedServer, bound: Device, store: FileTokenStore, manual_clock: ManualClock
    ) -> None:
        server.on("/token", server.says(server.tokens()))
        session = await pair(bound, manual_clock)
        kept = store.load()
        assert kept is not None
        assert kept.dpop_key is None
        await session.call(bound.oauth_client.userinfo)
        assert server.asked("/userinfo")[0].headers["Authorization"] == "Bearer access-1"

    async def test_bound_tokens_without_a_proof_are_refused(
        self, server: SimulatedServer, oauth_client: OAuthClient
    ) -> None:
        server.on("/token", server.says(server.tokens(token_type="DPoP")))
        response = await oauth_client.poll(Secret("the-device-code"))
        assert isinstance(response, Refused)


class TestNonce:
    async def test_request_is_repeated_with_the_required_nonce(
        self, server: SimulatedServer, bound: Device
    ) -> None:
        refusal = server.says({"error": "use_dpop_nonce"}, 400, DPoP_Nonce="n1")
        server.on("/device_authorization", refusal, server.says(server.code()))
        await bound.oauth_client.authorize_device(bound.request)
        first, second = server.asked("/device_authorization")
        assert "nonce" not in proof_of(first)
        assert proof_of(second)["nonce"] == "n1"
        assert proof_of(first)["jti"] != proof_of(second)["jti"]

    async def test_request_is_repeated_only_once_for_a_nonce(
        self, server: SimulatedServer, transport: Transport
    ) -> None:
        numbers = iter(range(100))

        def never(request: httpx.Request) -> httpx.Response:
            reply: Callable[[httpx.Request], httpx.Response] = server.says(
                {"error": "use_dpop_nonce"}, 400, DPoP_Nonce=f"n{next(numbers)}"
            )
            return reply(request)

        server.on("/token", never)
        transport.key.load(new_key())
        response = await transport.post_form(f"{ISSUER}/token", {}, proves=True)
        assert response.status == 400
        assert len(server.asked("/token")) == 2


class TestStoredTokens:
    async def test_stored_session_uses_its_stored_key(
        self,
        server: SimulatedServer,
        bound: Device,
        store: FileTokenStore,
        stored: Callable[..., StoredTokens],
    ) -> None:
        key = DPoPKey(lambda: WALL)
        key.load(new_key())
        writer = store.try_lock()
        assert writer is not None
        writer.save(stored(dpop_key=key.serialize()))
        writer.release()
        session = bound.stored_session()
        assert session is not None
        assert bound.transport.key.serialize() == key.serialize()
        server.on("/token", server.says(server.tokens(2, token_type="DPoP")))
        await session.refresh()
        (refresh,) = server.asked("/token")
        assert proof_of(refresh)["htm"] == "POST"
        kept = store.load()
        assert kept is not None
        assert (kept.access_token, kept.dpop_key) == (Secret("access-2"), key.serialize())

    def test_refreshed_tokens_keep_the_stored_key(self, stored: Callable[..., StoredTokens]) -> None:
        tokens = stored(dpop_key=Secret('{"kty":"EC"}'))
        assert StoredTokens.parse(tokens.serialize()) == tokens
        assert "EC" not in repr(tokens)
