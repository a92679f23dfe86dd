"""The language and time zone of each page, as far as the request itself says; an account may say more."""

from collections.abc import Mapping
from datetime import tzinfo
from gettext import NullTranslations

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pairgrant_server.accept_language import accepted
from pairgrant_server.translation import SOURCE_LANGUAGE, Reader, languages, write_for


class PageLanguage:
    """Chooses the language that a person chose with the switch, else the one that the browser asks for.

    ``cookie_name`` is the switch's; ``time_zone`` and ``own_catalogues`` are the operator's. Names the
    language of the response, and what it depends on.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        cookie_name: str,
        time_zone: tzinfo,
        own_catalogues: Mapping[str, NullTranslations] | None = None,
    ) -> None:
        self.app = app
        self._cookie_name = cookie_name
        self._time_zone = time_zone
        self._own_catalogues = own_catalogues

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reader = Reader(self._language(Headers(scope=scope)), self._time_zone, self._own_catalogues)
        write_for(reader)

        async def send_with_language(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers["Content-Language"] = reader.language
                headers.add_vary_header("Accept-Language, Cookie")
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, send_with_language)

    def _language(self, headers: Headers) -> str:
        chosen = cookie_parser(headers.get("cookie", "")).get(self._cookie_name)
        if chosen in languages():
            return chosen
        return accepted(headers.get("accept-language", ""), languages()) or SOURCE_LANGUAGE
