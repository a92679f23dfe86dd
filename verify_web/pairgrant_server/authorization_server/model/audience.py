"""Who an access token is for: resource indicators (RFC 8707), and what follows from the scope where there is none."""

from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.scopes import BOARD_PREFIX, OPENID
from pairgrant_server.authorization_server.model.settings import ServerSettings


def audience(settings: ServerSettings, resource: str, scope: tuple[str, ...]) -> list[str]:
    """The ``aud`` of a token for ``resource`` (space-separated indicators; "" where none was asked for).

    Without an indicator it is the board for its scopes. This server (userinfo) is meant where the scope says who someone
    is, and where nothing else is.
    """
    named = resource.split()
    if not named and any(value.startswith(BOARD_PREFIX) for value in scope):
        named = [settings.resource]
    if not named or (OPENID in scope and settings.public_url not in named):
        named.append(settings.public_url)
    return named


def is_allowed_resource(settings: ServerSettings, policy: ClientPolicy, resource: str) -> bool:
    """Whether a client may ask tokens for every one of the indicators in ``resource``."""
    allowed = {settings.resource, settings.public_url, *policy.resources}
    return allowed.issuperset(resource.split())


def is_narrower_resource(approved: str, wanted: str) -> bool:
    """Whether tokens for ``wanted`` are covered by what was approved; no indicator at all approves of any allowed one."""
    return not approved or set(approved.split()).issuperset(wanted.split())
