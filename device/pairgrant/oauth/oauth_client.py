"""The OAuth client of the device: every request to the authorization server, steps (A), (B), (E) and (F)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from pairgrant.errors import NoDeviceGrantError, PairgrantError, ServerFaultError
from pairgrant.oauth.discovery import Discovery
from pairgrant.oauth.dpop_key import ALGORITHM
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.oauth.leaving_requests import LeavingRequests
from pairgrant.oauth.pkce import challenge_of, new_verifier, requires_challenge
from pairgrant.oauth.resource_responses import UserInfo, parse_userinfo
from pairgrant.oauth.responses import (
    busy,
    parse_code_redemption,
    parse_device_authorization,
    parse_poll,
    parse_pushed_request,
    parse_refresh,
)
from pairgrant.oauth.transport import Transport
from pairgrant.providers.client_authentication import basic
from pairgrant.providers.dialect import Dialect, Step
from pairgrant.translation import Translatable
from pairgrant_protocol.messages import (
    DeviceAccessTokenRequest,
    DeviceAuthorizationRequest,
    DeviceAuthorizationResponse,
    TokenResponse,
)
from pairgrant_protocol.metadata import AuthorizationServerMetadata
from pairgrant_protocol.polling import Pending, PollResult, Unreachable
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType, PairingStage

MOST_HELD = 30
"""Seconds that a server may delay the response to a poll; proxies on the way time out if it is longer."""

FIRST_HELD = 10
"""The same for a server that has not yet shown that it supports this: within the timeout of any request."""

_MOST_CODES = 4
"""Codes that may be valid at once; the verifiers of older ones are forgotten."""


class OAuthClient:
    """One client (``client_id``) at one server (``issuer``); with a ``client_secret`` it authenticates (RFC
    6749 §2.3.1).

    ``device_key`` gives the key that each pairing proves if the server supports DPoP (RFC 9449); without it,
    tokens are plain bearer tokens.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        issuer: str,
        client_id: str,
        client_secret: Secret | None = None,
        device_key: Callable[[], Awaitable[Secret]] | None = None,
        discovery: Discovery | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        """``dialect`` translates for a provider that differs from the RFCs."""
        self._transport = transport
        self._discovery = discovery or Discovery(transport, issuer=issuer)
        self._dialect = dialect
        self._client_id = client_id
        self._authentication: dict[str, str] = {}
        if client_secret is not None:
            self._authentication["Authorization"] = basic(client_id, client_secret.reveal())
        self._device_key = device_key
        self._metadata: AuthorizationServerMetadata | None = None
        self._verifiers: dict[str, Secret] = {}
        self._holds_polls = False
        self._is_reachable = True
        self.leaving = LeavingRequests()

    async def metadata(self) -> AuthorizationServerMetadata:
        """The server's metadata, fetched once.

        Raises:
            TemporaryError: the metadata can't be fetched now.
            ServerFaultError: neither metadata document exists and names exactly this issuer (RFC 8414 §3.3).
        """
        if self._metadata is None:
            self._metadata = await self._discovery.metadata()
        return self._metadata

    async def authorize_device(self, request: DeviceAuthorizationRequest) -> DeviceAuthorizationResponse:
        """Steps (A) and (B); refreshes the metadata first, because a kiosk runs for months.

        Raises:
            PairgrantError: any but ``SignInEndedError``.
        """
        endpoint = (await self.refresh_metadata()).device_authorization_endpoint
        if endpoint is None:
            raise NoDeviceGrantError(
                Translatable(
                    "This server has no device sign-in: its metadata names no device_authorization_endpoint. "
                    "Check --issuer."
                )
            )
        form = request.serialize()
        verifier = new_verifier() if self._dialect is not None and self._dialect.requires_pkce else None
        challenge = {} if verifier is None else challenge_of(verifier)
        response = await self._exchange(Step.START, endpoint, {**form, **challenge})
        if verifier is None and requires_challenge(response):
            verifier = new_verifier()
            response = await self._exchange(Step.START, endpoint, {**form, **challenge_of(verifier)})
        grant = parse_device_authorization(response, client_id=self._client_id)
        self._verifiers.pop(grant.device_code.reveal(), None)
        if verifier is not None:
            latest = list(self._verifiers.items())[1 - _MOST_CODES :]
            self._verifiers = {**dict(latest), grant.device_code.reveal(): verifier}
        return grant

    def verifier_of(self, device_code: Secret) -> Secret | None:
        """The PKCE verifier that polls for ``device_code`` send; None if the server asked for none."""
        return self._verifiers.get(device_code.reveal())

    def remember_verifier(self, device_code: Secret, verifier: Secret | None) -> None:
        """Go on with a pairing that another process has begun."""
        if verifier is not None:
            self._verifiers[device_code.reveal()] = verifier

    async def refresh_metadata(self) -> AuthorizationServerMetadata:
        """Refresh the metadata before a sign-in, and use the device's key if the server supports DPoP.

        Raises:
            PairgrantError: as ``metadata`` does.
        """
        self._metadata = metadata = await self._discovery.metadata()
        await self._prepare_key(metadata)
        return metadata

    async def push_authorization_request(self, endpoint: str, form: Mapping[str, str]) -> str:
        """The ``request_uri`` of an authorization request that is sent to ``endpoint`` (RFC 9126 §2).

        Raises:
            PairgrantError: the server refused the request, or doesn't respond.
        """
        response = await self._post(endpoint, dict(form), proves=True)
        return parse_pushed_request(response, client_id=self._client_id)

    async def redeem_code(self, form: Mapping[str, str]) -> TokenResponse:
        """The tokens for an authorization code (RFC 6749 §4.1.3); ``form`` has the code, redirect_uri and
        verifier.

        Raises:
            PairgrantError: there are no tokens.
        """
        endpoint = (await self.metadata()).token_endpoint
        grant = {"grant_type": GrantType.AUTHORIZATION_CODE.value, "client_id": self._client_id}
        response = await self._post(endpoint, {**grant, **form}, proves=True)
        return parse_code_redemption(response, client_id=self._client_id, is_proved=bool(self._transport.key))

    async def poll(
        self,
        device_code: Secret,
        known_stage: PairingStage = PairingStage.WAITING,
        *,
        held_for: float = 0,
        ends_in: float | None = None,
        return_pin: Secret | None = None,
    ) -> PollResult:
        """Step (E), one poll; a network error is a result too, because the pairing goes on.

        The request prefers to wait (RFC 7240): a server that supports it delays the response until the stage
        differs from ``known_stage``, at most for ``held_for`` seconds; any other server ignores the
        preference. Only once the server has said that it applied the preference does the device wait longer
        than for other requests. After ``ends_in`` seconds the poll is cut off: the code has expired.
        """
        wait = min(int(held_for), MOST_HELD if self._holds_polls else FIRST_HELD)
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        try:
            endpoint = (await self.metadata()).token_endpoint
            form = DeviceAccessTokenRequest(self._client_id, device_code, known_stage, return_pin).serialize()
            if verifier := self._verifiers.get(device_code.reveal()):
                form["code_verifier"] = verifier.reveal()
            patience = wait if self._holds_polls else 0
            async with asyncio.timeout(ends_in):
                response = await self._exchange(Step.POLL, endpoint, form, headers, held_for=patience)
            result = parse_poll(response, is_proved=bool(self._transport.key))
        except PairgrantError as error:
            result = Unreachable(error.text)
        except TimeoutError:
            result = Unreachable(Translatable("the server didn't respond before the code expired"))
        self._is_reachable = not isinstance(result, Unreachable)
        if not self._is_reachable:
            self._holds_polls = False
        if isinstance(result, Pending):
            self._holds_polls = self._holds_polls or result.was_held
        return result

    async def refresh(self, refresh_token: Secret) -> TokenResponse:
        """New tokens for ``refresh_token`` (RFC 6749 §6).

        Raises:
            SignInEndedError: the refresh token is no longer valid.
            PairgrantError: any other failure; the refresh token stays valid.
        """
        form = {
            "grant_type": GrantType.REFRESH_TOKEN,
            "refresh_token": refresh_token.reveal(),
            "client_id": self._client_id,
        }
        endpoint = (await self.metadata()).token_endpoint
        response = await self._exchange(Step.REFRESH, endpoint, form)
        return parse_refresh(response, client_id=self._client_id, is_proved=bool(self._transport.key))

    async def revoke(self, token: Secret, token_type_hint: str) -> None:
        """Revoke ``token`` (RFC 7009).

        Raises:
            PairgrantError: the server has no revocation endpoint, or didn't confirm.
        """
        endpoint = (await self.metadata()).revocation_endpoint
        if endpoint is None:
            raise ServerFaultError(Translatable("This server has no revocation endpoint."))
        form = {"token": token.reveal(), "token_type_hint": token_type_hint, "client_id": self._client_id}
        response = await self._exchange(Step.REVOKE, endpoint, form, proves=False)
        if response.is_temporary:
            raise busy(response)
        if response.status != 200:
            raise ServerFaultError(
                Translatable(
                    "The server didn't revoke the token: it responded with {status}.", status=response.status
                )
            )

    def cancel(self, device_code: Secret) -> None:
        """Tell a server that offers it that no person waits for this code any more (RFC 7009).

        One attempt in the background, unless the last poll got no response; ``leaving.settle`` waits for it.
        """
        metadata = self._metadata
        if metadata is None or metadata.revocation_endpoint is None or not metadata.revokes_device_codes:
            return
        if not self._is_reachable:  # looking its address up could delay the end of the program
            return
        form = {"token": device_code.reveal(), "token_type_hint": "device_code", "client_id": self._client_id}
        if verifier := self._verifiers.get(device_code.reveal()):
            form["code_verifier"] = verifier.reveal()
        self.leaving.send(self._post(metadata.revocation_endpoint, form, proves=True))

    async def userinfo(self, access_token: Secret) -> UserInfo:
        """The user who approved; without a name if the server has no userinfo endpoint.

        Raises:
            TokenRejectedError: another access token may be accepted.
            PairgrantError: as the response says.
        """
        endpoint = (await self.metadata()).userinfo_endpoint
        if endpoint is None:
            return UserInfo()
        return parse_userinfo(await self._transport.get(endpoint, access_token=access_token))

    async def _prepare_key(self, metadata: AuthorizationServerMetadata) -> None:
        key = None
        if self._device_key is not None and ALGORITHM in metadata.dpop_algorithms:
            key = await self._device_key()
        self._transport.key.load(key)

    async def _exchange(
        self,
        step: Step,
        endpoint: str,
        form: dict[str, str],
        headers: Mapping[str, str] | None = None,
        *,
        held_for: float = 0,
        proves: bool = True,
    ) -> HttpResponse:
        """One request in the provider's form, and its response in that of the RFC."""
        if self._dialect is None:
            with_headers = {**self._authentication, **(headers or {})}
            return await self._transport.post_form(
                endpoint, form, with_headers, held_for=held_for, proves=proves
            )
        response = await self._transport.exchange(self._dialect.request(step, endpoint, form), proves=proves)
        status, body = self._dialect.response(step, response.status, response.body)
        return replace(response, status=status, body=body)

    async def _post(self, endpoint: str, form: dict[str, str], *, proves: bool = False) -> HttpResponse:
        return await self._transport.post_form(endpoint, form, self._authentication, proves=proves)
