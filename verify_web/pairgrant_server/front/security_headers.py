"""The security headers of every page: no framing, no MIME sniffing, a CSP with a nonce."""

import secrets
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NONCE = "pairgrant.nonce"
"""Key of the ASGI scope: the nonce of this response's scripts."""

LIVE_MARK = "X-NiceGUI-Content"
"""Internal header of live pages, which have scripts that connect to the site; NiceGUI sets it on its own."""

FORM_ACTION = "X-Pairgrant-Form-Action"
"""Internal header of a response whose form may redirect out of the site: the allowed source."""

HAS_SCRIPT = "X-Pairgrant-Has-Script"
"""Internal header of a response that has an inline script with the nonce."""

_STILL_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers would send "Origin: null" with our own forms. This one sends no path.
    "Referrer-Policy": "strict-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_HTTPS_HEADERS = {
    "Strict-Transport-Security": "max-age=63072000",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Left out over plain http, as in the demo, where browsers ignore them with a warning."""


def _new_nonce() -> str:
    return secrets.token_urlsafe(16)


class SecurityHeaders:
    """Adds the headers to every page and every error of the site.

    ``origin`` is the site's own; live pages open a websocket to it, which older browsers want named in the
    CSP. An IPv6 address is no valid source (CSP3 §2.3.1), so there ``'self'`` has to do, which current
    browsers extend to websockets.
    """

    def __init__(self, app: ASGIApp, *, origin: str, new_nonce: Callable[[], str] = _new_nonce) -> None:
        self.app = app
        self._connect_sources = "'self'" if "[" in origin else f"'self' ws{origin.removeprefix('http')}"
        self._is_https = origin.startswith("https:")
        self._new_nonce = new_nonce

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = self._new_nonce()
        scope = {**scope, NONCE: nonce}

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.update(_HEADERS)
                is_live = LIVE_MARK in headers
                policy = self._live_policy(nonce) if is_live else _STILL_POLICY
                if (leads_to := headers.get(FORM_ACTION)) is not None:
                    # Chromium applies form-action to the whole chain of redirects after a form.
                    policy = policy.replace("form-action 'self'", f"form-action 'self' {leads_to}")
                if HAS_SCRIPT in headers:
                    policy += f"; script-src 'nonce-{nonce}'"
                headers["Content-Security-Policy"] = policy
                del headers[LIVE_MARK], headers[FORM_ACTION], headers[HAS_SCRIPT]
                if self._is_https:
                    headers.update(_HTTPS_HEADERS)
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, send_secured)

    def _live_policy(self, nonce: str) -> str:
        return f"{_STILL_POLICY}; script-src 'nonce-{nonce}'; connect-src {self._connect_sources}"
