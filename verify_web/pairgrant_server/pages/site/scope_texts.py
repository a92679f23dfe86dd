"""What each scope means, as a person reads it at consent and in the list of connected devices."""

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.scopes import SCOPES


def scope_text(scope_value: str) -> str:
    """What ``scope_value`` allows; a scope that this server does not know is shown by its name."""
    return SCOPES.get(scope_value) or f"“{visible(scope_value)}”"
