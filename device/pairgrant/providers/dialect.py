"""Translates requests and responses between RFC 8628 and a provider; pure.

Everything else in this package knows the RFC's form only: a request is a form of its parameters, a response
is a JSON object of its members, and its ``error`` says what it means.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlencode

from pairgrant.providers.client_authentication import basic
from pairgrant.providers.preset import Body, Method, SecretPlace, StepForm
from pairgrant.providers.provider import Provider
from pairgrant.providers.provider_responses import sent_back, started, tokens
from pairgrant.providers.templates import filled
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import FORM_CONTENT_TYPE

_STANDARD = {
    "client_id",
    "scope",
    "grant_type",
    "device_code",
    "refresh_token",
    "token",
    "token_type_hint",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
}
"""Parameters of the RFCs; those of Pairgrant's own server are not sent to another provider."""


class Step(StrEnum):
    """The requests that a provider may want in a form of its own."""

    START = "device authorization"
    POLL = "poll"
    REFRESH = "refresh"
    REVOKE = "revocation"


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """One HTTP request; its parts may have secrets."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)


class Dialect:
    """The form of one client's requests at one provider, and the RFC's form of its responses."""

    def __init__(
        self, provider: Provider, *, client_id: str, client_secret: Secret | None, scope: tuple[str, ...]
    ) -> None:
        self._provider = provider
        self._preset = provider.preset
        self._client_id = client_id
        self._client_secret = client_secret.reveal() if client_secret else ""
        self._scope = scope

    @property
    def requires_pkce(self) -> bool:
        return self._preset.requires_pkce

    def request(self, step: Step, endpoint: str, form: Mapping[str, str]) -> ProviderRequest:
        """The request of ``step``; ``form`` has the RFC's parameters."""
        style = {
            Step.START: self._preset.start,
            Step.POLL: self._preset.poll,
            Step.REFRESH: self._preset.refreshing,
            Step.REVOKE: self._preset.revoking,
        }[step]
        sent = {name: value for name, value in form.items() if name in _STANDARD}
        values = {
            **self._provider.variables,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        if step is Step.POLL:
            echoed = sent_back(self._preset, sent["device_code"])
            sent |= echoed
            values |= echoed
            endpoint = self._provider.poll_endpoint(echoed) or endpoint
        if step is Step.START or style.adds_scope:
            scope = self._scope or tuple(self._preset.default_scope.split())
            sent["scope"] = self._preset.scope_separator.join(scope)
        parameters = {
            style.names.get(name, name): value for name, value in sent.items() if name not in style.omit
        }
        parameters |= {name: filled(template, values) for name, template in style.params.items()}
        given = {name: value for name, value in parameters.items() if value}
        return self._encoded(style, endpoint, given)

    def response(self, step: Step, status: int, body: bytes) -> tuple[int, bytes]:
        """Status and body of ``step``'s response as the RFC has them."""
        match step:
            case Step.START:
                return started(self._preset, self._provider.variables, status, body)
            case Step.REVOKE:
                return status, body
            case _:
                return tokens(self._preset, status, body, is_poll=step is Step.POLL)

    def _encoded(self, style: StepForm, url: str, parameters: dict[str, str]) -> ProviderRequest:
        headers = dict(style.headers)
        if self._client_secret and style.secret is SecretPlace.BASIC:
            headers["Authorization"] = basic(self._client_id, self._client_secret)
        if self._client_secret and style.secret is SecretPlace.POST:
            name = style.names.get("client_secret", "client_secret")
            parameters[name] = self._client_secret
        content: bytes | None = None
        match style.body:
            case Body.FORM:
                headers["Content-Type"] = FORM_CONTENT_TYPE
                content = urlencode(parameters).encode()
            case Body.JSON:
                headers["Content-Type"] = "application/json"
                content = json.dumps(parameters).encode()
            case Body.QUERY:
                url += ("&" if "?" in url else "?") + urlencode(parameters) if parameters else ""
                content = None if style.method is Method.GET else b""
            case Body.MULTIPART:
                boundary = sha256(repr(sorted(parameters.items())).encode()).hexdigest()
                headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
                content = _multipart(parameters, boundary)
        return ProviderRequest(style.method.value, url, headers, content)


def _multipart(parameters: Mapping[str, str], boundary: str) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parameters.items()
    ]
    return ("".join(parts) + f"--{boundary}--\r\n").encode()
