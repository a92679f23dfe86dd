"""The scopes that this server knows (RFC 6749 §3.3), and how each is described to a person at consent."""

from pairgrant_protocol.translatable import Translatable

OPENID = "openid"
"""OpenID Connect Core §3.1.2.1: an ID token, and userinfo."""
PROFILE = "profile"
EMAIL = "email"
OFFLINE_ACCESS = "offline_access"
"""OpenID Connect Core §11: a refresh token."""

BOARD_PREFIX = "board:"
BOARD_READ = "board:read"
BOARD_WRITE = "board:write"

SCOPES = {
    OPENID: Translatable("Know that it is you"),
    PROFILE: Translatable("See your name"),
    EMAIL: Translatable("See your e-mail address"),
    OFFLINE_ACCESS: Translatable("Stay signed in while you are away"),
    BOARD_READ: Translatable("Show your board of notices"),
    BOARD_WRITE: Translatable("Change your board of notices"),
}
"""Scope -> its description on the consent pages, in the order in which the metadata lists them."""
