"""The doctor's HTTP: one request at a time, with a pause, a limit in all, and a bound on each response."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx

from pairgrant.clock import Clock
from pairgrant.doctor.exchange import Exchange, Form
from pairgrant.oauth.routed_transport import ProxyFailedError
from pairgrant_protocol.vocabulary import FORM_CONTENT_TYPE, ErrorCode

MOST_BODY = 256 * 1024
"""Bytes of a response that are read; a page may be large, and its form is near the top."""

TLS_FAILED = "TLS: "
"""The beginning of a failure that is about the certificate or the handshake."""

_TIMEOUT = 20.0
_RETRIES = 2
_PATIENCE = 300.0
"""Seconds in all that the doctor waits for a busy server."""

_MOST_RETRY_AFTER = 70.0
_DEFAULT_RETRY_AFTER = 10.0


class _Request(NamedTuple):
    label: str
    method: str
    url: str
    form: Form
    body: bytes | None
    content_type: str
    headers: Mapping[str, str]
    cookies: httpx.Cookies | None

    @property
    def address(self) -> str:
        """The URL, with the form of a GET as its query."""
        if self.method == "POST" or not self.form:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.form)}"

    @property
    def content(self) -> bytes | None:
        if self.method != "POST":
            return None
        return urlencode(self.form).encode() if self.body is None else self.body

    @property
    def fields(self) -> dict[str, str]:
        kind = {"Content-Type": self.content_type} if self.method == "POST" else {}
        return {**kind, **self.headers}

    @property
    def unusual_content_type(self) -> str:
        is_usual = self.method != "POST" or self.content_type == FORM_CONTENT_TYPE
        return "" if is_usual else self.content_type


class PoliteSession:
    """Sends requests and records them; a failure is a recorded exchange, never an error.

    ``most``: requests in all. ``pause``: seconds between two requests.
    """

    def __init__(self, client: httpx.AsyncClient, clock: Clock, *, most: int, pause: float) -> None:
        self._client = client
        self._clock = clock
        self._pause = pause
        self._most = most
        self._turn = asyncio.Lock()
        self._free_at = clock.now()
        self._patience = _PATIENCE
        self.sent = 0

    async def send(
        self,
        label: str,
        method: str,
        url: str,
        *,
        form: Form = (),
        body: bytes | None = None,
        content_type: str = FORM_CONTENT_TYPE,
        headers: Mapping[str, str] | None = None,
        waits_if_busy: bool = True,
        cookies: httpx.Cookies | None = None,
    ) -> Exchange:
        """The exchange of one request; ``form`` is the query of a GET and the body of a POST.

        ``waits_if_busy``: repeat the request after the time that a 429 or 503 asks for.
        """
        request = _Request(label, method, url, form, body, content_type, headers or {}, cookies)
        for attempt in range(_RETRIES + 1):
            await self._take_turn()
            exchange = await self._send_now(request)
            wait = _retry_after(exchange)
            is_patient = waits_if_busy and attempt < _RETRIES and wait <= self._patience
            if not (is_patient and _is_busy(exchange)):
                return exchange
            self._patience -= wait
            await self._clock.sleep(wait)
        raise AssertionError

    async def send_at_once(
        self, times: int, label: str, url: str, *, form: Form, headers: Mapping[str, str]
    ) -> list[Exchange]:
        """``times`` equal requests at this moment: the only ones that don't wait for their turn."""
        self._free_at = self._clock.now() + self._pause
        request = _Request(label, "POST", url, form, None, FORM_CONTENT_TYPE, headers, None)
        return list(await asyncio.gather(*(self._send_now(request) for _ in range(times))))

    async def _take_turn(self) -> None:
        async with self._turn:
            wait = self._free_at - self._clock.now()
            if wait > 0:
                await self._clock.sleep(wait)
            self._free_at = self._clock.now() + self._pause

    async def _send_now(self, asked: _Request) -> Exchange:
        sent_at = self._clock.now()

        def recorded(**response: Any) -> Exchange:
            return Exchange(
                asked.label,
                asked.method,
                asked.url,
                asked.form,
                asked.unusual_content_type,
                sent_at=sent_at,
                received_at=self._clock.now(),
                **response,
            )

        if self.sent >= self._most:
            return recorded(failure=f"not sent: the doctor sends at most {self._most} requests")
        self.sent += 1
        try:
            request = self._client.build_request(
                asked.method,
                asked.address,
                content=asked.content,
                headers=asked.fields,
                cookies=asked.cookies,
                timeout=_TIMEOUT,
            )
            async with asyncio.timeout(_TIMEOUT + 10):
                return recorded(**await self._response(request, asked.cookies))
        except (TimeoutError, httpx.TimeoutException):
            return recorded(failure="no complete response in time")
        except ProxyFailedError as failed:
            return recorded(failure=str(failed))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, ValueError) as error:
            return recorded(failure=_reason(error))

    async def _response(self, request: httpx.Request, cookies: httpx.Cookies | None) -> dict[str, Any]:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) >= MOST_BODY:
                    break
            if cookies is not None:
                cookies.extract_cookies(response)
        finally:
            await response.aclose()
            self._client.cookies.clear()
        fields = tuple((name.lower(), value[:2000]) for name, value in list(response.headers.items())[:60])
        return {"status": response.status_code, "headers": fields, "body": bytes(body[:MOST_BODY])}


def _is_busy(exchange: Exchange) -> bool:
    """Whether the server asks for a pause; ``slow_down`` is a response to judge, whatever its status."""
    statuses = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return exchange.status in statuses and exchange.error != ErrorCode.SLOW_DOWN


def _retry_after(exchange: Exchange) -> float:
    text = exchange.header("retry-after")
    seconds = float(text[:9]) if text.isascii() and text.isdigit() else _DEFAULT_RETRY_AFTER
    return min(seconds, _MOST_RETRY_AFTER)


def _reason(error: Exception) -> str:
    """Why there is no response, in a few words."""
    seen: BaseException | None = error
    while seen is not None:
        if type(seen).__name__ in {"SSLCertVerificationError", "SSLError"}:
            why = getattr(seen, "verify_message", "") or getattr(seen, "reason", "") or "failed"
            return f"{TLS_FAILED}{why}"
        seen = seen.__cause__ or seen.__context__
    return f"{type(error).__name__}: {error}"[:200]
