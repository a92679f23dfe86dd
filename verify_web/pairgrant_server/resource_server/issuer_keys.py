"""An issuer's keys, discovered through its metadata (RFC 8414) and ``jwks_uri``, and cached."""

import asyncio
import time
from collections.abc import Callable
from contextvars import copy_context

import httpx
import structlog
from joserfc.jwk import ECKey, RSAKey

from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.metadata import AuthorizationServerMetadata, metadata_urls
from pairgrant_protocol.visible_text import visible
from pairgrant_server.errors import PairgrantServerError
from pairgrant_server.resource_server.verification_keys import VerificationKey, verification_keys

FRESH_FOR = 300.0
"""Seconds; also how long a withdrawn key is still trusted while the issuer can be reached."""

KEPT_FOR = 3600.0
"""Seconds that cached keys are used while the issuer can't be reached."""

FETCH_EVERY = 10.0
"""Minimum seconds between two fetches, so that invalid tokens do not cause traffic to the issuer."""

FETCH_TIMEOUT = 5.0
"""Seconds for one whole fetch."""

MAX_DOCUMENT_BYTES = 65_536

_OK = 200
_NOT_FOUND = 404

_log = structlog.get_logger()


class KeysUnavailableError(PairgrantServerError):
    """Tokens can't be verified now: the response is 503, never 401."""


class IssuerKeys:
    """The keys of one issuer; concurrent callers share one fetch. ``monotonic`` in seconds."""

    def __init__(
        self, issuer: str, http: httpx.AsyncClient, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._http = http
        self._monotonic = monotonic
        self._keys: tuple[VerificationKey, ...] = ()
        self._fetched_at = float("-inf")
        self._attempted_at = float("-inf")
        self._failed = False
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> ECKey | RSAKey | None:
        """The key that a token names, or without a ``kid`` the only one for its algorithm, or None.

        Raises:
            KeysUnavailableError: the key is not cached, and the issuer can't be reached.
        """
        if self._age() >= FRESH_FOR or self._known(kid, algorithm) is None:
            await self._refresh()
        key = self._known(kid, algorithm)
        if key is None and self._failed:
            raise KeysUnavailableError
        return key

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    def _known(self, kid: str | None, algorithm: str) -> ECKey | RSAKey | None:
        if self._age() >= KEPT_FOR:
            return None
        fitting = [key for key in self._keys if key.algorithm == algorithm and kid in (None, key.kid)]
        return fitting[0].key if len(fitting) == 1 else None

    async def _refresh(self) -> None:
        """Fetch, join a running fetch, or do nothing if the last one is too recent."""
        if self._fetching is None:
            if self._monotonic() - self._attempted_at < FETCH_EVERY:
                return
            self._attempted_at = self._monotonic()
            self._fetching = asyncio.create_task(self._fetch())
        await asyncio.shield(self._fetching)  # a cancelled caller does not cancel it for the others

    async def _fetch(self) -> None:
        of_the_request = copy_context()  # the issuer, if it is in this process, begins requests of its own
        try:
            async with asyncio.timeout(FETCH_TIMEOUT):
                keys = await self._fetch_keys()
        except Exception as error:  # noqa: BLE001 - the transport is injected and may raise anything
            self._failed = True
            reason = visible(f"{type(error).__name__}: {error}")
            of_the_request.run(
                _log.warning, "keys of the issuer unavailable", issuer=self._issuer, reason=reason
            )
        else:
            self._failed = False
            self._keys = keys
            self._fetched_at = self._monotonic()
        finally:
            self._fetching = None

    async def _fetch_keys(self) -> tuple[VerificationKey, ...]:
        for url in metadata_urls(self._issuer):
            document = await self._get(url)
            if document is not None:
                break
        else:
            raise MalformedMessageError("the issuer has no metadata")
        metadata = AuthorizationServerMetadata.parse(parse_object(document), expected_issuer=self._issuer)
        key_set = None if metadata.jwks_uri is None else await self._get(metadata.jwks_uri)
        if key_set is None:
            raise MalformedMessageError("the issuer publishes no keys")
        return verification_keys(parse_object(key_set))

    async def _get(self, url: str) -> bytes | None:
        """The document at ``url``, or None if there is none; redirects are not followed."""
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        async with self._http.stream("GET", url, headers=headers, follow_redirects=False) as response:
            if response.status_code == _NOT_FOUND:
                return None
            if response.status_code != _OK or "content-encoding" in response.headers:
                raise MalformedMessageError(
                    f"{url} responded with {response.status_code}, or with an encoded document"
                )
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_DOCUMENT_BYTES:
                    raise MalformedMessageError(f"{url} sent more than {MAX_DOCUMENT_BYTES} bytes")
            return bytes(body)
