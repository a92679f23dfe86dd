"""Sends each request directly or through its proxy, and says which proxy failed."""

import ssl
from importlib.util import find_spec

import httpx

from pairgrant.errors import DeviceSettingsError
from pairgrant.oauth.proxies import Proxy, ProxyRules
from pairgrant.translation import Translatable


class ProxyFailedError(httpx.ConnectError):
    """The proxy failed, and the server was not reached."""


class RoutedTransport(httpx.AsyncBaseTransport):
    """Chooses the way of each request by ``rules``."""

    def __init__(self, rules: ProxyRules, authorities: ssl.SSLContext) -> None:
        """Prepare the connections.

        Raises:
            DeviceSettingsError: a proxy needs an extra that is not installed.
        """
        self._rules = rules
        self._ways: dict[Proxy | None, httpx.AsyncHTTPTransport] = {
            None: httpx.AsyncHTTPTransport(verify=authorities, trust_env=False)
        }
        require_extras(rules)
        for proxy in rules.in_use():
            if proxy not in self._ways:
                address = proxy.address.reveal()
                own_tls = authorities if address.startswith("https:") else None
                self._ways[proxy] = httpx.AsyncHTTPTransport(
                    verify=authorities, trust_env=False, proxy=httpx.Proxy(address, ssl_context=own_tls)
                )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` the way that the rules say.

        Raises:
            ProxyFailedError: the proxy can't be reached, or refuses.
        """
        proxy = self._rules.proxy_for(str(request.url))
        try:
            return await self._ways[proxy].handle_async_request(request)
        except httpx.ProxyError as error:
            if proxy is None:
                raise
            raise ProxyFailedError(_refusal(proxy, str(error))) from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if proxy is None or _is_of_the_server(error):
                raise
            raise ProxyFailedError(
                Translatable(
                    "The proxy {proxy} can't be reached. Check {variable} and the network.",
                    proxy=proxy.origin,
                    variable=proxy.variable,
                )
            ) from None

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()


def require_extras(rules: ProxyRules) -> None:
    """Check that what the proxies need is installed.

    Raises:
        DeviceSettingsError: an extra is missing.
    """
    for proxy in rules.in_use():
        if proxy.uses_socks and find_spec("socksio") is None:
            raise DeviceSettingsError(
                f"{proxy.variable} can't be used: a SOCKS proxy needs an extra. "
                "Install it with: pip install 'pairgrant[socks]'"
            )


def _refusal(proxy: Proxy, reason: str) -> str:
    if reason.startswith("407"):
        return Translatable(
            "The proxy {proxy} asks for a username and password. "
            "Write them into {variable}: http://USER:PASSWORD@HOST:PORT",
            proxy=proxy.origin,
            variable=proxy.variable,
        )
    return Translatable(
        "The proxy {proxy} doesn't connect to the server. "
        "Check {variable}, NO_PROXY, and that the server is running.",
        proxy=proxy.origin,
        variable=proxy.variable,
    )


def _is_of_the_server(error: BaseException | None) -> bool:
    """Whether the connection failed after the proxy had opened it: in the TLS handshake."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
