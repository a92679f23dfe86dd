"""Authorization requests, parsed and checked in one order (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

The client and its redirect URI come first: an error in them is shown to the person. Every later error is sent
to the client, at its redirect URI.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

from pairgrant_protocol.base64url import is_base64url_of_sha256
from pairgrant_protocol.messages import split_scope
from pairgrant_protocol.vocabulary import ErrorCode, GrantType
from pairgrant_server.authorization_server.clients.clients import allowed_scope, forbidden_scope
from pairgrant_server.authorization_server.clients.redirect_uris import is_registered
from pairgrant_server.authorization_server.errors import allowed_description
from pairgrant_server.authorization_server.model.audience import is_allowed_resource
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.errors import PairgrantServerError

RESPONSE_MODES = ("query", "fragment")
PROMPTS = ("none", "login", "consent", "select_account")

MAX_STATE = 1024
"""Bytes of UTF-8. A request is stored before anyone is signed in, so little of it is kept."""
MAX_PUSHED_STATE = 2048
"""The same in a pushed request; its client has authenticated itself, or is limited by network."""
MAX_NONCE = 512
MAX_LOGIN_HINT = 2048
_KEPT_LOGIN_HINT = 64
"""Characters; a page shows no more."""
_ABSENT = (None, "", ())
_UNSUPPORTED = {
    "request": ErrorCode.REQUEST_NOT_SUPPORTED,
    "request_uri": ErrorCode.REQUEST_URI_NOT_SUPPORTED,
    "registration": ErrorCode.REGISTRATION_NOT_SUPPORTED,
}
"""OpenID Connect Core §6, §7.2.1. The ``request_uri`` of a pushed request is resolved before this."""
_MAX_AGE = re.compile(r"[0-9]{1,9}")


class UnusableRequestError(PairgrantServerError):
    """There is no valid redirect URI to send an error to; the text is for the person at the browser."""


class RefusedRequestError(PairgrantServerError):
    """An error for the client; ``redirect_uri``, ``response_mode`` and ``state`` are for its response."""

    def __init__(
        self,
        code: ErrorCode,
        description: str,
        *,
        redirect_uri: str,
        response_mode: str = "query",
        state: str | None = None,
    ) -> None:
        super().__init__(allowed_description(description))
        self.code = code
        self.redirect_uri = redirect_uri
        self.response_mode = response_mode
        self.state = state


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that a person may be asked about. ``max_age`` in seconds."""

    client_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    code_challenge: str
    response_mode: str = "query"
    state: str | None = None
    nonce: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    login_hint: str | None = None
    resource: str = ""
    dpop_jkt: str | None = None
    subject: str | None = None
    """``user_id`` of the one account that is accepted."""

    @classmethod
    def parse(
        cls,
        parameters: Mapping[str, str],
        client: Client,
        settings: ServerSettings,
        *,
        pushed: bool,
        subject: str | None = None,
    ) -> Self:
        """The request of ``client``, sent through a browser or (``pushed``) by itself.

        ``subject`` is the account that ``id_token_hint`` names; None if that is not an ID token of this
        client.

        Raises:
            UnusableRequestError, RefusedRequestError
        """
        redirect_uri = _redirect_uri(parameters, client)
        mode = parameters.get("response_mode", "query")
        problem = _problem(parameters, client, settings, pushed=pushed)
        if problem is None and "id_token_hint" in parameters and subject is None:
            problem = (ErrorCode.INVALID_REQUEST, "id_token_hint is not an ID token of this client")
        if problem is not None:
            raise RefusedRequestError(
                *problem,
                redirect_uri=redirect_uri,
                response_mode=mode if mode in RESPONSE_MODES else "query",
                state=parameters.get("state"),
            )
        max_age, login_hint = parameters.get("max_age"), parameters.get("login_hint")
        return cls(
            client_id=client.client_id,
            redirect_uri=redirect_uri,
            scope=_scope(parameters, client) or (),
            code_challenge=parameters["code_challenge"],
            response_mode=mode,
            state=parameters.get("state"),
            nonce=parameters.get("nonce"),
            prompt=split_scope(parameters.get("prompt", "")),
            max_age=None if max_age is None else int(max_age),
            login_hint=None if login_hint is None else login_hint[:_KEPT_LOGIN_HINT],
            resource=" ".join(split_scope(parameters.get("resource", ""))),
            dpop_jkt=parameters.get("dpop_jkt"),
            subject=subject,
        )

    def to_json(self) -> str:
        members = {name: value for name, value in asdict(self).items() if value not in _ABSENT}
        return json.dumps(members, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        members = json.loads(text)
        members["scope"] = tuple(members.get("scope", ()))
        members["prompt"] = tuple(members.get("prompt", ()))
        return cls(**members)

    def is_still_allowed(self, client: Client) -> bool:
        """Whether the present registration of ``client`` still allows this request."""
        return (
            GrantType.AUTHORIZATION_CODE in client.grant_types
            and is_registered(self.redirect_uri, client.redirect_uris)
            and set(self.scope) <= set(client.scope)
        )

    @property
    def wants_fresh_sign_in(self) -> bool:
        """Whether a sign-in from before the request is never accepted."""
        return "login" in self.prompt or self.max_age == 0

    @property
    def wants_no_page(self) -> bool:
        return "none" in self.prompt

    @property
    def always_asks(self) -> bool:
        """Whether the person is asked although they consented before."""
        return "consent" in self.prompt or "select_account" in self.prompt

    def is_covered_by(self, consented: tuple[str, ...]) -> bool:
        """Whether an earlier consent to ``consented`` includes this request."""
        return set(self.scope) <= set(consented)


def _redirect_uri(parameters: Mapping[str, str], client: Client) -> str:
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None:
        raise UnusableRequestError("The application sent no address to return to (redirect_uri).")
    if not is_registered(redirect_uri, client.redirect_uris):
        raise UnusableRequestError(
            "The application sent a return address that is not registered for it (redirect_uri)."
        )
    return redirect_uri


Problem = tuple[ErrorCode, str]


def _problem(
    parameters: Mapping[str, str], client: Client, settings: ServerSettings, *, pushed: bool
) -> Problem | None:
    """The first thing that is wrong with the request; None if a person may be asked."""
    invalid = ErrorCode.INVALID_REQUEST
    if client.policy.requires_pushed_requests and not pushed:
        return invalid, "this client must use pushed authorization requests (RFC 9126)"
    if parameters.get("response_mode", "query") not in RESPONSE_MODES:
        return invalid, "response_mode must be one of: " + ", ".join(RESPONSE_MODES)
    if (unsupported := next((name for name in _UNSUPPORTED if name in parameters), None)) is not None:
        return _UNSUPPORTED[unsupported], f"{unsupported} is not supported; send the parameters, or push them"
    if (response_type := parameters.get("response_type")) is None:
        return invalid, "response_type is missing"
    if response_type != "code":
        return (
            ErrorCode.UNSUPPORTED_RESPONSE_TYPE,
            "response_type must be code; tokens are never sent in a redirect (RFC 9700)",
        )
    return _client_problem(parameters, client, settings) or _value_problem(parameters, pushed=pushed)


def _client_problem(
    parameters: Mapping[str, str], client: Client, settings: ServerSettings
) -> Problem | None:
    """What this client's registration does not allow."""
    if GrantType.AUTHORIZATION_CODE not in client.grant_types:
        return ErrorCode.UNAUTHORIZED_CLIENT, "this client may not use the authorization code grant"
    if _scope(parameters, client) is None:
        forbidden = forbidden_scope(client, split_scope(parameters.get("scope", "")))
        return ErrorCode.INVALID_SCOPE, f"this client may not ask for {forbidden}"
    if not is_allowed_resource(settings, client.policy, parameters.get("resource", "")):
        return ErrorCode.INVALID_TARGET, "this client may not ask for a token for that resource"
    return None


def _scope(parameters: Mapping[str, str], client: Client) -> tuple[str, ...] | None:
    return allowed_scope(client, split_scope(parameters.get("scope", "")))


def _value_problem(parameters: Mapping[str, str], *, pushed: bool) -> Problem | None:
    found = _pkce_problem(parameters) or _prompt_problem(parameters)
    if found is None and "max_age" in parameters and not _MAX_AGE.fullmatch(parameters["max_age"]):
        found = "max_age must be a number of seconds"
    if found is None and "dpop_jkt" in parameters and not is_base64url_of_sha256(parameters["dpop_jkt"]):
        found = "dpop_jkt is not a JWK thumbprint"
    longest = {
        "state": MAX_PUSHED_STATE if pushed else MAX_STATE,
        "nonce": MAX_NONCE,
        "login_hint": MAX_LOGIN_HINT,
    }
    for name, most in longest.items():
        if found is None and len(parameters.get(name, "").encode()) > most:
            found = f"{name} is longer than {most} bytes"
    return None if found is None else (ErrorCode.INVALID_REQUEST, found)


def _pkce_problem(parameters: Mapping[str, str]) -> str | None:
    """Why the request is refused (RFC 7636 §4.4.1), or None; ``plain`` is not accepted (RFC 9700 §2.1.1)."""
    challenge = parameters.get("code_challenge")
    if challenge is None:
        return "code_challenge is missing: PKCE with S256 is required"
    if parameters.get("code_challenge_method", "plain") != "S256":
        return "code_challenge_method must be S256"
    if not is_base64url_of_sha256(challenge):
        return "code_challenge is not the base64url of a SHA-256"
    return None


def _prompt_problem(parameters: Mapping[str, str]) -> str | None:
    """OpenID Connect Core §3.1.2.1."""
    prompt = set(split_scope(parameters.get("prompt", "")))
    if not prompt <= set(PROMPTS):
        return "prompt must be one of: " + ", ".join(PROMPTS)
    return "prompt=none can't be combined" if "none" in prompt and len(prompt) > 1 else None
