"""Sends one HTTP request and reads its response within limits; every request of the device goes through here.

This module doesn't parse responses: it makes sure that they end, stay small and come from the requested
address. Redirects are never followed, because a token or a code must not travel to an unchecked address.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from pairgrant.errors import CertificateError, ServerFaultError, UnreachableError
from pairgrant.oauth.dpop_key import DPoPKey
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.oauth.proxies import DIRECT, ProxyRules
from pairgrant.oauth.routed_transport import ProxyFailedError, RoutedTransport
from pairgrant.oauth.trusted_authorities import trusted_authorities
from pairgrant.providers.dialect import ProviderRequest
from pairgrant.translation import Translatable
from pairgrant_protocol.json_object import MAX_BYTES
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible

REQUEST_TIMEOUT = 30.0
"""Seconds from the first byte sent to the last one received; cuts off a server that sends byte by byte."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_YET_VALID, _EXPIRED = 9, 10
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""

_CONNECT_TIMEOUT = 10.0
_READ_TIMEOUT = 20.0


def http_client(
    *, user_agent: str, authorities: ssl.SSLContext | None = None, proxies: ProxyRules = DIRECT
) -> httpx.AsyncClient:
    """The httpx client for a ``Transport``; it reads nothing of the environment itself.

    Raises:
        DeviceSettingsError: a proxy needs an extra that is not installed.
    """
    return httpx.AsyncClient(
        transport=RoutedTransport(proxies, authorities or trusted_authorities(None, {})),
        trust_env=False,
        follow_redirects=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": user_agent},
    )


class Transport:
    """Sends requests, each within ``request_timeout`` seconds; proves ``key`` where a request needs it."""

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
        """The response to a GET, sent with ``access_token`` if one is given.

        Raises:
            UnreachableError: no connection, or no complete response in time.
            ServerFaultError: an invalid certificate, a redirect, or a response that is too large or
                compressed.
        """
        if access_token is None:
            response = await self._send("GET", url, headers=headers)
            self.key.note_response(url, None, response.date)
            return response
        return await self._prove("GET", url, headers=headers, access_token=access_token)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        access_token: Secret,
    ) -> HttpResponse:
        """The response to any request with ``access_token``; raises as ``get`` does."""
        return await self._prove(method, url, headers=headers, body=body, access_token=access_token)

    async def post_form(
        self,
        url: str,
        form: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        *,
        held_for: float = 0,
        proves: bool = False,
    ) -> HttpResponse:
        """The response to a POST of ``form``; raises as ``get`` does.

        ``held_for``: seconds that the server may delay the response. ``proves``: send a DPoP proof if there
        is a key.
        """
        if not proves:
            return await self._send("POST", url, form=form, headers=headers, held_for=held_for)
        return await self._prove("POST", url, form=form, headers=headers, held_for=held_for)

    async def exchange(self, request: ProviderRequest, *, proves: bool = False) -> HttpResponse:
        """The response to a request in the form of a provider; raises as ``get`` does."""
        send = self._prove if proves else self._send
        return await send(request.method, request.url, body=request.content, headers=request.headers)

    async def _prove(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        held_for: float = 0,
        access_token: Secret | None = None,
    ) -> HttpResponse:
        """One request with a proof, repeated once if the server requires its nonce in the proof."""

        async def attempt() -> tuple[HttpResponse, bool]:
            with_proof = {**(headers or {}), **self.key.headers(method, url, access_token)}
            response = await self._send(
                method, url, form=form, body=body, headers=with_proof, held_for=held_for
            )
            is_new = self.key.note_response(url, response.dpop_nonce, response.date)
            return response, is_new and response.requires_nonce

        response, should_repeat = await attempt()
        return (await attempt())[0] if should_repeat else response

    async def _send(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        held_for: float = 0,
    ) -> HttpResponse:
        timeout = httpx.Timeout(_READ_TIMEOUT + held_for, connect=_CONNECT_TIMEOUT)
        try:
            async with (
                asyncio.timeout(self._request_timeout + held_for),
                self._client.stream(
                    method, url, data=form, content=body, headers=headers, timeout=timeout
                ) as response,
            ):
                return await _read(response)
        except (TimeoutError, httpx.TimeoutException):
            raise UnreachableError(
                Translatable(
                    "{origin} doesn't respond in time. Check the network, then try again.",
                    origin=_origin(url),
                )
            ) from None
        except ProxyFailedError as failed:
            raise UnreachableError(failed.args[0]) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise _connection_error(error, url) from None


async def _read(response: httpx.Response) -> HttpResponse:
    origin = _origin(str(response.request.url))
    if response.status_code in _REDIRECTS:
        target = _origin(response.headers.get("Location", ""))
        raise ServerFaultError(
            Translatable(
                "{origin} redirects this device to {target}, and the device doesn't follow redirects. "
                "Check --issuer: write the address exactly as the server itself does.",
                origin=origin,
                target=target,
            )
        )
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ServerFaultError(
            Translatable(
                "{origin} sent a compressed response without being asked to. Check the proxy.", origin=origin
            )
        )
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ServerFaultError(
                Translatable(
                    "{origin} sent more than 1 MiB. Check that --issuer is a Pairgrant server.", origin=origin
                )
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
    origin = _origin(url)
    today = time.strftime("%Y-%m-%d")
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError) and cause.verify_code in {
            _NOT_YET_VALID,
            _EXPIRED,
        }:
            return CertificateError(_wrong_time(cause.verify_code, origin, today))
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateError(
                Translatable(
                    "The certificate of {origin} can't be verified: {reason}. "
                    "If the server has its own certificate authority, name it with --ca-file. "
                    "A minimal system may lack its package ca-certificates.",
                    origin=origin,
                    reason=visible(cause.verify_message),
                )
            )
        if isinstance(cause, ssl.SSLError):
            return CertificateError(
                Translatable(
                    "{origin} doesn't speak https ({reason}). Check --issuer.",
                    origin=origin,
                    reason=visible(cause.reason or "TLS failed"),
                )
            )
        if isinstance(cause, socket.gaierror):
            return UnreachableError(
                Translatable(
                    "The address of {origin} can't be looked up (DNS). "
                    "Check that the network is connected, and the address.",
                    origin=origin,
                )
            )
    if isinstance(error, httpx.RemoteProtocolError):
        return UnreachableError(
            Translatable(
                "{origin} closed the connection early. Check the network, then try again.", origin=origin
            )
        )
    return UnreachableError(
        Translatable(
            "{origin} can't be reached. Check the address, the network, and that the server is running.",
            origin=origin,
        )
    )


def _wrong_time(verify_code: int, origin: str, today: str) -> Translatable:
    if verify_code == _EXPIRED:
        return Translatable(
            "The certificate of {origin} has expired. Check this device's clock, which says {today}; "
            "if it is right, the server needs a new certificate.",
            origin=origin,
            today=today,
        )
    return Translatable(
        "The certificate of {origin} is not valid yet. Check this device's clock, which says {today}; "
        "if it is right, the server needs a new certificate.",
        origin=origin,
        today=today,
    )


def _causes(error: BaseException | None) -> list[BaseException]:
    """``error`` and its causes; httpx wraps the TLS error twice."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _origin(url: str) -> str:
    """Scheme and host of ``url`` for a message; never its path or query, which may contain a code."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return Translatable("an invalid URL")
    if not parts.netloc:
        return Translatable("another page")
    return visible(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
