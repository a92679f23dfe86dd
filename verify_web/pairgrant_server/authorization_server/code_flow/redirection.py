"""Redirects to a registered redirect URI: who can receive them, and how a response is added to the URI."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from pairgrant_server.authorization_server.model.records import Client

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def is_of_native_app(redirect_uri: str) -> bool:
    """Whether any program on the machine could receive it: loopback, or a private scheme (RFC 8252 §8.6)."""
    parts = urlsplit(redirect_uri)
    return parts.scheme not in {"http", "https"} or parts.hostname in _LOOPBACK


def identifies(client: Client, redirect_uri: str) -> bool:
    """Whether a response sent there reaches only this client, so that consent may be skipped."""
    return client.secret_digest is not None or client.jwks is not None or not is_of_native_app(redirect_uri)


def form_action(redirect_uri: str) -> str:
    """The CSP source expression that lets the response to a form redirect to ``redirect_uri``.

    It is the scheme, not the host: Chromium applies the policy to every redirect that follows a form, and an
    application may redirect to another host of its own. CSP also has no way to name ``[::1]``.
    """
    return f"{urlsplit(redirect_uri).scheme}:"


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """``uri`` with ``parameters`` added to its query (RFC 6749 §4.1.2)."""
    parts = urlsplit(uri)
    query = "&".join(filter(None, [parts.query, urlencode(parameters)]))
    return urlunsplit(parts._replace(query=query))
