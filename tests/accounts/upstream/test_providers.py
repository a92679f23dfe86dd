"""A provider's keys while they change: a new key is found, and a withdrawn key is soon untrusted."""

from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.upstream.attempt import Attempt, authorization_uri
from pairgrant_server.accounts.upstream.provider_http import ProviderHttp
from pairgrant_server.accounts.upstream.providers import KEYS_FOR, PAUSE, Providers
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure
from pairgrant_server.accounts.upstream.upstream_user import UpstreamUser
from pairgrant_server.authorization_server.model.records import Upstream
from tests.fake_provider import FakeProvider

NOW = 1_790_000_000.0
ISSUER = "https://accounts.example"
BACK = "https://pair.example/signin/from/example"
EXAMPLE = Upstream("example", "Example", ISSUER, "pairgrant", None, ("openid",), True, NOW)


class Signer:
    """Someone signs in at the provider, again and again; ``seconds`` have passed on the clock that ages what
    is kept.
    """

    def __init__(self, provider: FakeProvider) -> None:
        self.provider = provider
        self.seconds = 0.0
        self.providers = Providers(ProviderHttp(provider.connect), lambda: self.seconds)

    async def sign_in(self) -> UpstreamUser:
        attempt = Attempt.new("example", now=NOW, token_bytes=lambda size: b"r" * size)
        uri = authorization_uri(await self.providers.metadata(ISSUER), EXAMPLE, attempt, BACK)
        (code,) = parse_qs(urlsplit(self.provider.authorize(uri)).query)["code"]
        response = await self.providers.redeem(EXAMPLE, None, Secret(code), attempt, BACK)
        return await self.providers.person(EXAMPLE, response, attempt, NOW)

    async def is_refused(self) -> bool:
        with pytest.raises(UpstreamError) as refused:
            await self.sign_in()
        return refused.value.failure is UpstreamFailure.INVALID_RESPONSE

    @property
    def fetches(self) -> int:
        return int(self.provider.asked.count("/jwks"))

    def rotate(self) -> None:
        self.provider.key = ECKey.generate_key("P-256", {"kid": "k2"})
        self.provider.header = {"alg": "ES256", "kid": "k2"}


@pytest.fixture
def signer() -> Signer:
    return Signer(FakeProvider(clock=lambda: NOW))


async def test_a_new_key_is_fetched_when_a_token_names_it(signer: Signer) -> None:
    await signer.sign_in()
    signer.rotate()
    signer.seconds = PAUSE
    assert (await signer.sign_in()).subject == signer.provider.subject
    assert signer.fetches == 2
    await signer.sign_in()
    assert signer.fetches == 2, "and kept"


async def test_unknown_key_is_fetched_once(signer: Signer) -> None:
    await signer.sign_in()
    signer.provider.header = {"alg": "ES256", "kid": "k9"}
    signer.seconds = PAUSE
    assert await signer.is_refused()
    assert await signer.is_refused()
    assert signer.fetches == 2


async def test_withdrawn_key_is_trusted_for_a_limited_time(signer: Signer) -> None:
    withdrawn = signer.provider.key
    await signer.sign_in()
    signer.rotate()
    signer.provider.forge = lambda claims: jwt.encode({"alg": "ES256", "kid": "k1"}, claims, withdrawn)
    signer.seconds = KEYS_FOR - 1
    await signer.sign_in()
    signer.seconds = KEYS_FOR
    assert await signer.is_refused()
