"""Requests to other OpenID providers, step (D): cached metadata and keys, the token request, and userinfo."""

import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.upstream.attempt import Attempt
from pairgrant_server.accounts.upstream.cached_value import CachedValue
from pairgrant_server.accounts.upstream.id_token import (
    key_of_token,
    parse_id_token,
    provider_keys,
    validated_user,
)
from pairgrant_server.accounts.upstream.provider_http import ProviderHttp
from pairgrant_server.accounts.upstream.provider_metadata import (
    MAX_DOCUMENT_BYTES,
    ProviderMetadata,
    ProviderMetadataError,
    discovery_uri,
)
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure
from pairgrant_server.accounts.upstream.upstream_user import UpstreamUser
from pairgrant_server.authorization_server.jose.public_keys import PublicKey
from pairgrant_server.authorization_server.jose.strict_json import StrictJSONError, strict_object
from pairgrant_server.authorization_server.model.records import Upstream

METADATA_FOR = 3600.0
KEYS_FOR = 300.0
"""Seconds; also how long a withdrawn key is still trusted."""

PAUSE = 10.0
"""Minimum seconds between two fetches of the same keys, whatever key a token names."""

_MOST_PROVIDERS = 100
_MAX_TOKEN = 65_536


@dataclass(frozen=True, slots=True)
class ProviderTokens:
    """A token response, as far as it is of use (OpenID Connect Core 1.0 §3.1.3.3)."""

    id_token: str = field(repr=False)
    access_token: Secret


@dataclass(frozen=True, slots=True)
class _Known:
    metadata: CachedValue[ProviderMetadata]
    keys: CachedValue[tuple[PublicKey, ...]]


class Providers:
    """Every method raises ``UpstreamError``."""

    def __init__(self, http: ProviderHttp, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}

    async def metadata(self, issuer: str) -> ProviderMetadata:
        return await self._of(issuer).metadata.get()

    async def keys(self, issuer: str) -> tuple[PublicKey, ...]:
        return await self._of(issuer).keys.get()

    async def redeem(
        self,
        upstream: Upstream,
        client_secret: Secret | None,
        code: Secret,
        attempt: Attempt,
        redirect_uri: str,
    ) -> ProviderTokens:
        """The token response for ``code`` (RFC 6749 §4.1.3)."""
        metadata = await self.metadata(upstream.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": redirect_uri,
            "code_verifier": attempt.code_verifier,
        }
        headers = {}
        if client_secret is None:
            form["client_id"] = upstream.client_id
        elif metadata.takes_secret_in_header:
            headers["authorization"] = _basic(upstream.client_id, client_secret)
        else:
            form |= {"client_id": upstream.client_id, "client_secret": client_secret.reveal()}
        status, body = await self._http.post(metadata.token_endpoint, form, headers)
        return _parse_tokens(status, body)

    async def person(
        self, upstream: Upstream, response: ProviderTokens, attempt: Attempt, now: float
    ) -> UpstreamUser:
        """The user whom the token response identifies."""
        token, known = parse_id_token(response.id_token), self._of(upstream.issuer)
        key = key_of_token(token, await known.keys.get()) or key_of_token(token, await known.keys.refreshed())
        if key is None:
            raise UpstreamError(
                UpstreamFailure.INVALID_RESPONSE,
                "the ID token names a key that the provider does not publish",
            )
        return validated_user(
            token, key, attempt, issuer=upstream.issuer, client_id=upstream.client_id, now=now
        )

    async def more_about(self, person: UpstreamUser, response: ProviderTokens) -> UpstreamUser:
        """``person`` with the claims of the userinfo endpoint added, if any (OpenID Connect Core §5.3)."""
        endpoint = (await self.metadata(person.issuer)).userinfo_endpoint
        if endpoint is None or not response.access_token:
            return person
        body = await self._http.get(endpoint, bearer=response.access_token)
        try:
            userinfo = strict_object(body, limit=MAX_DOCUMENT_BYTES)
        except StrictJSONError:  # perhaps a JWT (§5.3.2); the claims are optional
            return person
        if userinfo.get("sub") != person.subject:
            raise UpstreamError(UpstreamFailure.INVALID_RESPONSE, "the sub of userinfo is another person")
        return UpstreamUser(person.issuer, person.subject, {**userinfo, **person.claims})

    def _of(self, issuer: str) -> _Known:
        known = self._known.get(issuer)
        if known is None:
            if len(self._known) >= _MOST_PROVIDERS:
                self._known.clear()
            known = self._known[issuer] = self._unknown(issuer)
        return known

    def _unknown(self, issuer: str) -> _Known:
        async def fetch_metadata() -> ProviderMetadata:
            document = await self._http.get(discovery_uri(issuer))
            try:
                return ProviderMetadata.parse(document, expected_issuer=issuer)
            except ProviderMetadataError as error:
                raise UpstreamError(UpstreamFailure.UNAVAILABLE, str(error)) from None

        async def fetch_keys() -> tuple[PublicKey, ...]:
            return provider_keys(await self._http.get((await metadata.get()).jwks_uri))

        metadata = CachedValue(fetch_metadata, lifetime=METADATA_FOR, pause=PAUSE, monotonic=self._monotonic)
        keys = CachedValue(fetch_keys, lifetime=KEYS_FOR, pause=PAUSE, monotonic=self._monotonic)
        return _Known(metadata, keys)


def _parse_tokens(status: int, body: bytes) -> ProviderTokens:
    members: dict[str, Any] = {}
    unreadable = False
    try:
        members = strict_object(body, limit=MAX_DOCUMENT_BYTES)
    except StrictJSONError:
        unreadable = True
    if status != 200 or unreadable:
        error = visible(str(members.get("error", "no JSON")), limit=60)
        # invalid_grant: the code is used, expired or not ours. Other errors are for the operator to fix.
        why = UpstreamFailure.EXPIRED if error == "invalid_grant" else UpstreamFailure.UNAVAILABLE
        raise UpstreamError(why, f"the token endpoint responded with {status}: {error}")
    id_token, access_token = members.get("id_token"), members.get("access_token", "")
    if not isinstance(id_token, str):
        raise UpstreamError(
            UpstreamFailure.UNAVAILABLE, "the token response has no ID token; is openid in the scope?"
        )
    is_usable = isinstance(access_token, str) and len(access_token) <= _MAX_TOKEN and access_token.isascii()
    return ProviderTokens(id_token, Secret(access_token if is_usable and access_token.isprintable() else ""))


def _basic(client_id: str, client_secret: Secret) -> str:
    """Form-encoded before base64, as RFC 6749 §2.3.1 requires."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.reveal())}"
    return f"Basic {b64encode(pair.encode()).decode()}"
