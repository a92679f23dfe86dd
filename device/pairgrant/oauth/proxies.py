"""Which proxy a request takes, by the variables that other programs follow too; pure.

HTTPS_PROXY, HTTP_PROXY and ALL_PROXY name proxies, NO_PROXY what is reached without one. As with curl, the
lower-case variable takes precedence, and a name stands for its subdomains. A network (10.0.0.0/8, fd00::/8)
and a port (pair.example:8443) are understood too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible

_SCHEMES = ("http", "https", "socks5", "socks5h")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and the variable that names it; the address may contain a password."""

    address: Secret
    variable: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, for a message."""
        parts = urlsplit(self.address.reveal())
        return visible(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")

    @property
    def uses_socks(self) -> bool:
        return self.address.reveal().startswith("socks")


@dataclass(frozen=True, slots=True)
class _Exception:
    """One entry of NO_PROXY: a network or a name, at one port or at every port."""

    network: IPv4Network | IPv6Network | None = None
    name: str = ""
    port: int | None = None

    def covers(self, host: str, port: int) -> bool:
        if self.port not in {None, port}:
            return False
        if self.network is None:
            return self.name in {"*", host} or host.endswith(f".{self.name}")
        try:
            return ip_address(host) in self.network
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class ProxyRules:
    """The proxies for http and https, and what is reached without them."""

    http: Proxy | None = None
    https: Proxy | None = None
    exceptions: tuple[_Exception, ...] = ()

    def proxy_for(self, url: str) -> Proxy | None:
        """The proxy for ``url``; None if it is reached directly."""
        parts = urlsplit(url)
        proxy = self.https if parts.scheme == "https" else self.http
        host = (parts.hostname or "").rstrip(".").lower()
        port = parts.port or _PORTS.get(parts.scheme, 0)
        if any(exception.covers(host, port) for exception in self.exceptions):
            return None
        return proxy

    def in_use(self) -> list[Proxy]:
        """The proxies that some request may take."""
        return [proxy for proxy in (self.https, self.http) if proxy is not None]


DIRECT = ProxyRules()
"""Every server is reached without a proxy."""


def proxy_rules(variables: Mapping[str, str]) -> ProxyRules:
    """The rules that ``variables`` of the environment set.

    Raises:
        DeviceSettingsError: a variable has no address of a proxy; the message names it.
    """
    http = _proxy(variables, "http_proxy", *_unless_cgi(variables), "all_proxy", "ALL_PROXY")
    https = _proxy(variables, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    listed = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    return ProxyRules(http, https, tuple(map(_exception, listed.replace(",", " ").split())))


def _unless_cgi(variables: Mapping[str, str]) -> tuple[str, ...]:
    """HTTP_PROXY, except in a CGI program, where a header of the visitor sets it (CVE-2016-5385)."""
    return () if "REQUEST_METHOD" in variables else ("HTTP_PROXY",)


def _proxy(variables: Mapping[str, str], *names: str) -> Proxy | None:
    variable = next((name for name in names if variables.get(name, "").strip()), None)
    if variable is None:
        return None
    given = variables[variable].strip()
    address = given if "://" in given else f"http://{given}"
    parts = _parts(address)
    if parts is None:
        raise DeviceSettingsError(
            f"{variable} can't be used: it is not the address of a proxy, such as http://proxy.example:3128."
        )
    if parts.scheme not in _SCHEMES:
        raise DeviceSettingsError(
            f"{variable} can't be used: {visible(parts.scheme)!r} is not a kind of proxy that this program "
            f"knows ({', '.join(_SCHEMES)})."
        )
    return Proxy(Secret(address), variable)


def _parts(address: str) -> SplitResult | None:
    """The parts of ``address``; None if it has no host, or what no address has."""
    try:
        parts = urlsplit(address)
        is_address = parts.hostname and parts.port != 0 and address.isprintable() and " " not in address
    except ValueError:
        return None
    return parts if is_address else None


def _exception(entry: str) -> _Exception:
    network = _network(entry)
    if network is not None:
        return _Exception(network)
    head, _, tail = entry.rpartition(":")
    if head and tail.isascii() and tail.isdecimal():
        return _Exception(_network(head), _name(head), int(tail))
    return _Exception(name=_name(entry))


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """The network of ``text``: an address, also in brackets, and perhaps the length of its prefix."""
    address, closing, rest = text.removeprefix("[").partition("]")
    if text.startswith("[") != bool(closing) or rest.startswith(":"):
        return None
    try:
        return ip_network(address + rest, strict=False)
    except ValueError:
        return None


def _name(text: str) -> str:
    return text.lower().removeprefix("*.").strip(".") or "*"
