"""Sending a browser to a registered redirect URI: who is reached there, and how the answer is written into it."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from pairgrant_server.authorization_server.model.records import Client

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def is_of_native_app(redirect_uri: str) -> bool:
    """Whether any program on the machine could have it: loopback, or a scheme of its own (RFC 8252 §8.6)."""
    parts = urlsplit(redirect_uri)
    return parts.scheme not in {"http", "https"} or parts.hostname in _LOOPBACK


def identifies(client: Client, redirect_uri: str) -> bool:
    """Whether an answer sent there reaches this client and nobody else, so that it need not be asked about again."""
    return client.secret_digest is not None or client.jwks is not None or not is_of_native_app(redirect_uri)


def form_action(redirect_uri: str) -> str:
    """The source expression of a Content Security Policy under which a form's answer may lead to ``redirect_uri``.

    Its scheme and not its host: Chromium holds all the redirects that a form begins to this policy, those of the
    application too, and an application may send a browser on to another host of its own. Nor can it name ``[::1]``.
    """
    return f"{urlsplit(redirect_uri).scheme}:"


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """``uri`` with more parameters in its query; those that it has stay as they are (RFC 6749 §4.1.2)."""
    parts = urlsplit(uri)
    query = "&".join(filter(None, [parts.query, urlencode(parameters)]))
    return urlunsplit(parts._replace(query=query))
