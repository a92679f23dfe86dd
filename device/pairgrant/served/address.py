"""Where the screens are served, and which requests of a browser are meant for that place; pure."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.visible_text import visible

_HOST = r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+"
_NAMED = re.compile(rf"(?:({_HOST})?:)?(\d{{1,5}})|({_HOST})", re.ASCII)
_LOCAL = "localhost"


@dataclass(frozen=True, slots=True)
class Address:
    """A host name or IP address, without brackets, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can open it."""
        return self.host == _LOCAL or _is_loopback(self.host)

    def accepts_host(self, host: str) -> bool:
        """Whether a ``Host`` names this place. Other names may be another site's, which points here to
        read the screen (DNS rebinding); an IP address can't be that.
        """
        name = parse_host(host)
        if self.is_local:
            return name == _LOCAL or _is_loopback(name)
        return name in {_LOCAL, self.host} or _is_ip(name)

    def accepts_origin(self, origin: str | None, host: str) -> bool:
        """Whether a WebSocket is opened by a page of this place: browsers let every site open one."""
        return self.accepts_host(host) and origin == f"http://{host}"


def parse_address(text: str, default: str) -> Address:
    """``HOST:PORT``, ``HOST`` or ``PORT``; the rest is that of ``default``.

    Raises:
        DeviceSettingsError: it is no address.
    """
    match = _NAMED.fullmatch(text.strip())
    host, port = (match[1] or match[3] or "", match[2]) if match else ("", None)
    number = int(port or default.rpartition(":")[2])
    if match is None or not 0 < number < 65_536:
        raise DeviceSettingsError(
            f"--serve can't be used: {visible(text, limit=80)!r} is no address. Write it like {default}."
        )
    return Address(host.strip("[]").lower() or default.rpartition(":")[0], number)


def parse_host(host: str) -> str:
    """The name or the IP address in a ``Host``, in lower case and without the port."""
    name = host.lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return _is_ip(host) and ip_address(host).is_loopback
