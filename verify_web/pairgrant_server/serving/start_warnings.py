"""What an operator is warned about once, when the server starts."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from urllib.parse import urlsplit

from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.addresses import is_loopback
from pairgrant_server.authorization_server.model.lifetimes import LONGEST_ADVISABLE_DEVICE_CODE
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.settings import Settings

DEVICE_VARIABLES = frozenset(
    {
        "PAIRGRANT_ACCENT",
        "PAIRGRANT_AUTO",
        "PAIRGRANT_BELL",
        "PAIRGRANT_BRAND",
        "PAIRGRANT_CA_FILE",
        "PAIRGRANT_CLIENT_ID",
        "PAIRGRANT_CLIENT_SECRET",
        "PAIRGRANT_CLIENT_SECRET_FILE",
        "PAIRGRANT_CONFIG",
        "PAIRGRANT_CREDENTIAL_HOSTS",
        "PAIRGRANT_DEVICE_ENDPOINT",
        "PAIRGRANT_DEVICE_LABEL",
        "PAIRGRANT_DEVICE_NAME",
        "PAIRGRANT_DPOP",
        "PAIRGRANT_GUEST_IDLE",
        "PAIRGRANT_GUEST_UNTIL",
        "PAIRGRANT_HEALTH_FILE",
        "PAIRGRANT_HINT",
        "PAIRGRANT_ISSUER",
        "PAIRGRANT_LANGUAGE",
        "PAIRGRANT_LOCK",
        "PAIRGRANT_LOGO",
        "PAIRGRANT_LOG_FILE",
        "PAIRGRANT_PIN_FILE",
        "PAIRGRANT_PROFILE",
        "PAIRGRANT_PROVIDER",
        "PAIRGRANT_PROVIDER_VAR",
        "PAIRGRANT_QUIET_HOURS",
        "PAIRGRANT_REVOCATION_ENDPOINT",
        "PAIRGRANT_SCOPE",
        "PAIRGRANT_SIGN_IN_HINT",
        "PAIRGRANT_STATIC_QR",
        "PAIRGRANT_STORE",
        "PAIRGRANT_THEME",
        "PAIRGRANT_TOKEN",
        "PAIRGRANT_TOKEN_ENDPOINT",
        "PAIRGRANT_TOKEN_FILE",
        "PAIRGRANT_USERINFO_ENDPOINT",
    }
)
"""Variables of the other program, which may share an environment file with this one."""

_PREFIX = "PAIRGRANT_"
_KNOWN = DEVICE_VARIABLES | {_PREFIX + name.upper() for name in Settings.model_fields}


def unknown_variables(names: Iterable[str]) -> Sequence[str]:
    """A sentence for each variable that looks like a setting but is none; case does not count."""
    ours = {name.upper(): name for name in names if name.upper().startswith(_PREFIX)}
    return [_unknown(name) for upper, name in sorted(ours.items()) if upper not in _KNOWN]


def _unknown(name: str) -> str:
    shown = visible(name, limit=64)
    settings = [known.removeprefix(_PREFIX) for known in sorted(_KNOWN)]
    nearest = get_close_matches(name.upper().removeprefix(_PREFIX), settings, n=1)
    meant = f"; did you mean {_PREFIX}{nearest[0]}?" if nearest else ""
    return f"{shown} is no setting, so it is ignored{meant}"


def unnamed_proxy(settings: Settings) -> str | None:
    """What to set if only a proxy on this machine can pass requests on, but none is trusted.

    Such a proxy may send no forwarding header, so that no request shows that it is there.
    """
    is_behind_proxy = is_loopback(settings.host) and not is_loopback(
        urlsplit(settings.public_url).hostname or ""
    )
    if settings.proxies or not is_behind_proxy:
        return None
    example = "::1" if ":" in settings.host else "127.0.0.1"
    return (
        f"only a proxy can pass requests on to {settings.host}, so everyone seems to be on its network; "
        f"name the address it connects from, like PAIRGRANT_TRUSTED_PROXIES={example}"
    )


def long_device_codes(clients: Iterable[Client], settings: ServerSettings) -> Sequence[str]:
    """The setting and the clients whose device codes live too long, with their lifetimes in seconds."""
    lifetimes = {"PAIRGRANT_DEVICE_CODE_LIFETIME": settings.device_code_lifetime} | {
        f"client {client.client_id}": client.policy.device_code_lifetime or 0 for client in clients
    }
    return [f"{where}: {of}" for where, of in lifetimes.items() if of > LONGEST_ADVISABLE_DEVICE_CODE]


def clients_below_standard(clients: Iterable[Client]) -> Sequence[str]:
    """The clients whose devices are approved on no evidence at all (RFC 10027)."""
    return [
        client.client_id
        for client in clients
        if client.policy.profile == "open" and GrantType.DEVICE_CODE in client.grant_types
    ]
