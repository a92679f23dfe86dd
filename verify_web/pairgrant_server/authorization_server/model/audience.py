"""The audience of an access token: from resource indicators (RFC 8707), or else from the scope."""

from functools import lru_cache

from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.scopes import BOARD_PREFIX, OPENID
from pairgrant_server.authorization_server.model.settings import ServerSettings


def audience(settings: ServerSettings, resource: str, scope: tuple[str, ...]) -> tuple[str, ...]:
    """The ``aud`` of a token for ``resource`` (space-separated indicators; "" without any).

    Without an indicator it is the board if the scope has one of its scopes. This server (userinfo) is added
    if the scope has ``openid``, and if there is no other.
    """
    return _audience(settings.public_url, settings.resource, resource, scope)


@lru_cache(256)  # few differ, and every token has one
def _audience(issuer: str, board: str, resource: str, scope: tuple[str, ...]) -> tuple[str, ...]:
    named = _indicators(resource)
    if not named and any(value.startswith(BOARD_PREFIX) for value in scope):
        named = [board]
    if not named or (OPENID in scope and issuer not in named):
        named.append(issuer)
    return tuple(named)


def is_allowed_resource(settings: ServerSettings, policy: ClientPolicy, resource: str) -> bool:
    """Whether a client may request tokens for every indicator in ``resource``."""
    if not resource:
        return True
    allowed = {settings.resource, settings.public_url, *policy.resources}
    return allowed.issuperset(_indicators(resource))


def is_narrower_resource(approved: str, wanted: str) -> bool:
    """Whether ``approved`` covers ``wanted``.

    An approval without indicators covers every one the client may have.
    """
    return not approved or set(_indicators(approved)).issuperset(_indicators(wanted))


def _indicators(resource: str) -> list[str]:
    """The indicators, each once, of a list in which one space (U+0020) separates them."""
    return list(dict.fromkeys(resource.split(" "))) if resource else []
