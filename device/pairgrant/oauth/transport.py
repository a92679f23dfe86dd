"""One HTTP request and its whole answer, within bounds; every step that leaves the device goes through here.

Nothing of an answer is believed yet: this file only makes sure that it ends, stays small and comes from where the
request went. Redirects are never followed: a token or a code must not travel to an address nobody checked.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from pairgrant.errors import CertificateError, ServerFaultError, UnreachableError
from pairgrant.oauth.dpop_key import DPoPKey
from pairgrant.oauth.http_response import HttpResponse
from pairgrant_protocol.json_object import MAX_BYTES
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible

REQUEST_TIMEOUT = 30.0
"""Seconds from the first byte sent to the last one received; a server that drips is cut off."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONNECT = 10.0
_SILENCE = 20.0


def http_client(*, user_agent: str, authorities: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    """The httpx client that a ``Transport`` works with."""
    return httpx.AsyncClient(
        verify=authorities if authorities is not None else True,
        follow_redirects=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": user_agent},
    )


class Transport:
    """Sends requests; ``request_timeout`` bounds each of them in seconds. What the device's ``key`` opens goes with a proof."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        request_timeout: float = REQUEST_TIMEOUT,
        key: DPoPKey | None = None,
    ) -> None:
        self._client = client
        self._request_timeout = request_timeout
        self.key = DPoPKey(time.time) if key is None else key

    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, access_token: Secret | None = None
    ) -> HttpResponse:
        """The answer to a GET, with ``access_token`` where it takes one.

        Raises:
            UnreachableError: no connection, or no whole answer in time.
            ServerFaultError: a certificate that proves nothing, a redirect, an answer too large or compressed.
        """
        if access_token is None:
            response = await self._send("GET", url, headers=headers)
            self.key.note_response(url, None, response.date)
            return response
        return await self._prove("GET", url, headers=headers, access_token=access_token)

    async def post_form(
        self,
        url: str,
        form: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        *,
        held_for: float = 0,
        proves: bool = False,
    ) -> HttpResponse:
        """The answer to a POST of ``form``, which the server may hold for some seconds; raises as ``get`` does.

        ``proves``: the server is shown the device's key, if it has one.
        """
        if not proves:
            return await self._send("POST", url, form=form, headers=headers, held_for=held_for)
        return await self._prove("POST", url, form=form, headers=headers, held_for=held_for)

    async def _prove(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        held_for: float = 0,
        access_token: Secret | None = None,
    ) -> HttpResponse:
        """One request with a proof, and once more where the server wants its nonce in it."""

        async def attempt() -> tuple[HttpResponse, bool]:
            proving = {**(headers or {}), **self.key.headers(method, url, access_token)}
            response = await self._send(method, url, form=form, headers=proving, held_for=held_for)
            is_news = self.key.note_response(url, response.dpop_nonce, response.date)
            return response, is_news and response.wants_nonce

        response, is_worth_another = await attempt()
        return (await attempt())[0] if is_worth_another else response

    async def _send(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        held_for: float = 0,
    ) -> HttpResponse:
        patience = httpx.Timeout(_SILENCE + held_for, connect=_CONNECT)
        try:
            async with (
                asyncio.timeout(self._request_timeout + held_for),
                self._client.stream(method, url, data=form, headers=headers, timeout=patience) as response,
            ):
                return await _bounded(response)
        except (TimeoutError, httpx.TimeoutException):
            raise UnreachableError(
                f"{_place(url)} doesn't answer in time. Check the network, then try again."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise _connection_error(error, url) from None


async def _bounded(response: httpx.Response) -> HttpResponse:
    place = _place(str(response.request.url))
    if response.status_code in _REDIRECTS:  # httpx counts 304 among them
        target = _place(response.headers.get("Location", ""))
        raise ServerFaultError(
            f"{place} sends this device on to {target}, which it doesn't follow. "
            "Check --issuer: write the address exactly as the server itself does."
        )
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ServerFaultError(f"{place} sent a compressed answer that nobody asked for. Check the proxy.")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ServerFaultError(
                f"{place} sent more than 1 MiB. Check that --issuer is a Pairgrant server."
            )
    return HttpResponse(
        status=response.status_code,
        body=bytes(body),
        retry_after=response.headers.get("Retry-After"),
        preference_applied=response.headers.get("Preference-Applied"),
        etag=response.headers.get("ETag"),
        dpop_nonce=response.headers.get("DPoP-Nonce"),
        date=response.headers.get("Date"),
        challenge=response.headers.get("WWW-Authenticate"),
    )


def _connection_error(error: Exception, url: str) -> UnreachableError | CertificateError:
    place = _place(url)
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateError(
                f"{place} can't prove who it is: {visible(cause.verify_message)}. "
                "If it has its own certificate authority, name that with --ca-file."
            )
        if isinstance(cause, ssl.SSLError):
            return CertificateError(
                f"{place} doesn't speak https ({visible(cause.reason or 'TLS failed')}). Check --issuer."
            )
    if isinstance(error, httpx.RemoteProtocolError):
        return UnreachableError(f"{place} broke off its answer. Check the network, then try again.")
    return UnreachableError(
        f"{place} can't be reached. Check the address, the network and that the server runs."
    )


def _causes(error: BaseException | None) -> list[BaseException]:
    """``error`` and what led to it; httpx keeps the TLS error two wrappers down."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _place(url: str) -> str:
    """Scheme and host of ``url`` for a text: never its path or query, which may carry a code."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that is none"
    if not parts.netloc:
        return "another page"
    return visible(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
