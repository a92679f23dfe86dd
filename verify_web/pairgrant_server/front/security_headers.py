"""The headers under which a browser shows a page: nothing framed, nothing sniffed, nothing run that we did not write."""

import secrets
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NONCE = "pairgrant.nonce"
"""Key of the ASGI scope: the nonce of this answer's own scripts."""

_LIVE_MARK = "X-NiceGUI-Content"
"""Header of the answers that NiceGUI renders: live pages. Every other page runs no script at all."""

FORM_ACTION = "X-Pairgrant-Form-Action"
"""Header of the answers whose form leads out of the site: where to. It never leaves the server."""

HAS_SCRIPT = "X-Pairgrant-Has-Script"
"""Header of the answers that carry a script of ours under the nonce. It never leaves the server."""

_STILL_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with it browsers send "Origin: null" along with our own forms. No path leaves with this one.
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
"""Over plain http, in a demo on a network one trusts, browsers ignore these and complain."""


def _new_nonce() -> str:
    return secrets.token_urlsafe(16)


class SecurityHeaders:
    """Wraps every page and every error of the site.

    ``origin`` is the site's own; a live page may talk to it over a websocket, which older browsers want named.
    """

    def __init__(self, app: ASGIApp, *, origin: str, new_nonce: Callable[[], str] = _new_nonce) -> None:
        self.app = app
        self._socket_origin = "ws" + origin.removeprefix("http")
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
                is_live = _LIVE_MARK in headers
                policy = self._live_policy(nonce) if is_live else _STILL_POLICY
                if (leads_to := headers.get(FORM_ACTION)) is not None:
                    # Chromium holds the whole chain of redirects that a form begins to this.
                    policy = policy.replace("form-action 'self'", f"form-action 'self' {leads_to}")
                if HAS_SCRIPT in headers:
                    policy += f"; script-src 'nonce-{nonce}'"
                headers["Content-Security-Policy"] = policy
                del headers[_LIVE_MARK], headers[FORM_ACTION], headers[HAS_SCRIPT]
                if self._is_https:
                    headers.update(_HTTPS_HEADERS)
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, send_secured)

    def _live_policy(self, nonce: str) -> str:
        return f"{_STILL_POLICY}; script-src 'nonce-{nonce}'; connect-src 'self' {self._socket_origin}"
