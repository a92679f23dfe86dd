"""The wire to other providers, step (D): bounded in size and time, and it follows no redirect anywhere."""

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
"""Seconds for the whole of one request; a person waits."""

Connect = Callable[[], httpx.AsyncClient]
"""Makes a client for one request. Sign-ins are seldom: nothing is kept open that somebody would have to close."""

_HEADERS = {"accept": "application/json", "accept-encoding": "identity"}


@cache
def _tls() -> SSLContext:
    """Reading the certificates takes longer than all the rest of a request."""
    return httpx.create_ssl_context()


def connect() -> httpx.AsyncClient:
    """By the proxy that the environment names, if it names one."""
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
            raise _unavailable(uri, f"answered {status}")
        return body

    async def post(self, uri: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer to a form, where it is an answer to it: no redirect, and no failure of theirs."""
        status, body = await self._ask("POST", uri, headers, form)
        if 300 <= status < 400 or status >= 500:
            raise _unavailable(uri, f"answered {status}")
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
                    raise _unavailable(uri, "answered compressed, which it was asked not to do")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_DOCUMENT_BYTES:
                        raise _unavailable(uri, f"answered more than {MAX_DOCUMENT_BYTES} bytes")
                return response.status_code, bytes(body)
        except TimeoutError:
            raise _unavailable(uri, f"did not answer within {TIMEOUT:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unavailable(uri, f"can't be reached ({type(error).__name__})") from None


def _unavailable(uri: str, what: str) -> UpstreamError:
    return UpstreamError(UpstreamFailure.UNAVAILABLE, f"{visible(uri.partition('?')[0])} {what}")
