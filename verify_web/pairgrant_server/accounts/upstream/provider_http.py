"""HTTP requests to other providers, step (D): limited in size and time, and redirects are not followed."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cache
from ssl import SSLContext

import httpx

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.upstream.provider_metadata import MAX_DOCUMENT_BYTES
from pairgrant_server.accounts.upstream.upstream_error import UpstreamError, UpstreamFailure

TIMEOUT = 8.0
"""Seconds for one whole request, because a person waits."""

Connect = Callable[[], httpx.AsyncClient]
"""Makes a client for one request; sign-ins are rare, so no connection is kept open."""

_HEADERS = {"accept": "application/json", "accept-encoding": "identity"}


@cache
def _tls() -> SSLContext:
    """Cached, because loading the certificates takes longer than a request."""
    return httpx.create_ssl_context()


def connect() -> httpx.AsyncClient:
    """A client that uses the proxy of the environment, if there is one."""
    return httpx.AsyncClient(verify=_tls(), timeout=TIMEOUT)


class ProviderHttp:
    """Raises (every method): ``UpstreamError``, UNAVAILABLE."""

    def __init__(self, connect: Connect = connect) -> None:
        self._connect = connect

    async def get(self, uri: str, bearer: Secret | None = None) -> bytes:
        """The document at ``uri``."""
        headers = {} if bearer is None else {"authorization": f"Bearer {bearer.reveal()}"}
        status, body = await self._ask("GET", uri, headers, None)
        if status != httpx.codes.OK:
            raise _unavailable(uri, f"responded with {status}")
        return body

    async def post(self, uri: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Send a form and return status and body; a redirect or a 5xx response is an error."""
        status, body = await self._ask("POST", uri, headers, form)
        if 300 <= status < 400 or status >= 500:
            raise _unavailable(uri, f"responded with {status}")
        return status, body

    async def _ask(
        self, method: str, uri: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        try:
            async with (
                asyncio.timeout(TIMEOUT),
                self._connect() as client,
                client.stream(
                    method, uri, headers={**_HEADERS, **headers}, data=form, follow_redirects=False
                ) as response,
            ):
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise _unavailable(uri, "sent a compressed response, although identity was requested")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_DOCUMENT_BYTES:
                        raise _unavailable(uri, f"sent more than {MAX_DOCUMENT_BYTES} bytes")
                return response.status_code, bytes(body)
        except TimeoutError:
            raise _unavailable(uri, f"did not respond within {TIMEOUT:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unavailable(uri, f"can't be reached ({type(error).__name__})") from None


def _unavailable(uri: str, what: str) -> UpstreamError:
    return UpstreamError(UpstreamFailure.UNAVAILABLE, f"{visible(uri.partition('?')[0])} {what}")
