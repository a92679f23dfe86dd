"""The device's side of every exchange with the authorization server, steps (A), (B), (E), (F): httpx outside, shared.messages inside."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote_plus

from pairgrant.errors import NoDeviceGrantError, PairgrantError, ServerFaultError, TemporaryError
from pairgrant.oauth.dpop_key import ALGORITHM
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.oauth.pkce import challenge_of, new_verifier, wants_challenge
from pairgrant.oauth.resource_responses import UserInfo, read_userinfo
from pairgrant.oauth.responses import (
    busy,
    parsed,
    read_code,
    read_device_authorization,
    read_poll,
    read_refresh,
)
from pairgrant.oauth.transport import Transport
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.messages import (
    DeviceAccessTokenRequest,
    DeviceAuthorizationRequest,
    DeviceAuthorizationResponse,
    TokenResponse,
)
from pairgrant_protocol.metadata import AuthorizationServerMetadata, metadata_urls
from pairgrant_protocol.polling import PollResult, Unreachable
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import GrantType, PairingStage

MOST_HELD = 30
"""Seconds; how long a server may hold the response to a poll; longer, and proxies on the way lose patience."""


class OAuthClient:
    """One client (``client_id``) at one server (``issuer``); with a ``client_secret`` it authenticates (RFC 6749 §2.3.1).

    With ``uses_dpop`` every pairing has a key of its own where the server takes proofs (RFC 9449).
    """

    def __init__(
        self,
        transport: Transport,
        *,
        issuer: str,
        client_id: str,
        client_secret: Secret | None = None,
        uses_dpop: bool = False,
    ) -> None:
        self._transport = transport
        self._issuer = issuer
        self._client_id = client_id
        self._authentication = {} if client_secret is None else _basic(client_id, client_secret)
        self._uses_dpop = uses_dpop
        self._metadata: AuthorizationServerMetadata | None = None
        self._verifier: Secret | None = None

    async def metadata(self) -> AuthorizationServerMetadata:
        """The server's discovery document, fetched once.

        Raises:
            TemporaryError: the server can't be asked now.
            ServerFaultError: neither document is there and names exactly this issuer (RFC 8414 §3.3).
        """
        if self._metadata is None:
            self._metadata = await self._discover()
        return self._metadata

    async def authorize_device(self, request: DeviceAuthorizationRequest) -> DeviceAuthorizationResponse:
        """Steps (A) and (B), after a fresh look at the discovery document: a kiosk runs for months.

        Raises:
            PairgrantError: any of the tree but ``SignInEndedError``.
        """
        endpoint = (await self.refresh_metadata()).device_authorization_endpoint
        if endpoint is None:
            raise NoDeviceGrantError(
                "This server signs in no devices: it names no device_authorization_endpoint. Check --issuer."
            )
        form = request.serialize()
        self._verifier = None
        response = await self._post(endpoint, form, proves=True)
        if wants_challenge(response):
            self._verifier = new_verifier()
            response = await self._post(endpoint, {**form, **challenge_of(self._verifier)}, proves=True)
        return read_device_authorization(response, client_id=self._client_id)

    async def refresh_metadata(self) -> AuthorizationServerMetadata:
        """A fresh look at the discovery document, and a fresh key where the server takes proofs: a sign-in begins.

        Raises:
            PairgrantError: as ``metadata`` does.
        """
        self._metadata = None
        metadata = await self.metadata()
        self._take_key(metadata)
        return metadata

    async def redeem_code(self, form: Mapping[str, str]) -> TokenResponse:
        """The tokens for an authorization code (RFC 6749 §4.1.3); ``form`` has it and what proves whose it is.

        Raises:
            PairgrantError: there are none.
        """
        endpoint = (await self.metadata()).token_endpoint
        grant = {"grant_type": GrantType.AUTHORIZATION_CODE.value, "client_id": self._client_id}
        response = await self._post(endpoint, {**grant, **form}, proves=True)
        return read_code(response, client_id=self._client_id, is_proved=bool(self._transport.key))

    async def poll(
        self,
        device_code: Secret,
        known_stage: PairingStage = PairingStage.WAITING,
        *,
        held_for: float = 0,
        return_pin: Secret | None = None,
    ) -> PollResult:
        """Step (E), one poll; trouble on the way is a response too, because the pairing goes on.

        It prefers to wait (RFC 7240): a server that can hold the response until there is news beyond ``known_stage``,
        at most for ``held_for`` seconds, does so, and any other ignores it.
        """
        wait = min(int(held_for), MOST_HELD)
        headers = {**self._authentication, "Prefer": f"wait={wait}"} if wait else self._authentication
        try:
            endpoint = (await self.metadata()).token_endpoint
            form = DeviceAccessTokenRequest(self._client_id, device_code, known_stage, return_pin).serialize()
            if self._verifier is not None:
                form["code_verifier"] = self._verifier.reveal()
            response = await self._transport.post_form(endpoint, form, headers, held_for=wait, proves=True)
            return read_poll(response, is_proved=bool(self._transport.key))
        except PairgrantError as error:
            return Unreachable(str(error))

    async def refresh(self, refresh_token: Secret) -> TokenResponse:
        """New tokens for ``refresh_token`` (RFC 6749 §6).

        Raises:
            SignInEndedError: the refresh token is no longer good.
            PairgrantError: anything else; the refresh token still is.
        """
        form = {
            "grant_type": GrantType.REFRESH_TOKEN,
            "refresh_token": refresh_token.reveal(),
            "client_id": self._client_id,
        }
        endpoint = (await self.metadata()).token_endpoint
        response = await self._post(endpoint, form, proves=True)
        return read_refresh(response, client_id=self._client_id, is_proved=bool(self._transport.key))

    async def revoke(self, token: Secret, token_type_hint: str) -> None:
        """Tell the server that ``token`` is no longer wanted (RFC 7009).

        Raises:
            PairgrantError: the server offers no revocation, or didn't confirm it.
        """
        endpoint = (await self.metadata()).revocation_endpoint
        if endpoint is None:
            raise ServerFaultError("This server offers no way to revoke a token.")
        form = {"token": token.reveal(), "token_type_hint": token_type_hint, "client_id": self._client_id}
        response = await self._post(endpoint, form)
        if response.is_temporary:
            raise busy(response)
        if response.status != 200:
            raise ServerFaultError(f"The server didn't revoke the token: it answered {response.status}.")

    async def userinfo(self, access_token: Secret) -> UserInfo:
        """Who approved; nobody in particular where the server doesn't tell.

        Raises:
            PairgrantError: as the response says, ``TokenRejectedError`` where another token may help.
        """
        endpoint = (await self.metadata()).userinfo_endpoint
        if endpoint is None:
            return UserInfo()
        return read_userinfo(await self._transport.get(endpoint, access_token=access_token))

    def _take_key(self, metadata: AuthorizationServerMetadata) -> None:
        if self._uses_dpop and ALGORITHM in metadata.dpop_algorithms:
            self._transport.key.make()
        else:
            self._transport.key.take(None)

    async def _post(self, endpoint: str, form: dict[str, str], *, proves: bool = False) -> HttpResponse:
        return await self._transport.post_form(endpoint, form, self._authentication, proves=proves)

    async def _discover(self) -> AuthorizationServerMetadata:
        """RFC 8414 first; the OpenID document fills what that leaves open, or stands in for it."""
        found: AuthorizationServerMetadata | None = None
        trouble: ServerFaultError | None = None
        for url in metadata_urls(self._issuer):
            try:
                document = self._read_document(await self._transport.get(url))
            except ServerFaultError as error:
                trouble = trouble or error
                continue
            except TemporaryError:
                if found is None:
                    raise
                break
            found = document if found is None else _completed(found, document)
            if found.device_authorization_endpoint and found.userinfo_endpoint and found.revocation_endpoint:
                break
        if found is None:
            raise trouble or ServerFaultError("The server has no discovery document. Check --issuer.")
        return found

    def _read_document(self, response: HttpResponse) -> AuthorizationServerMetadata:
        if response.is_temporary:
            raise busy(response)
        if response.status != 200:
            raise ServerFaultError(
                f"No authorization server answers at {self._issuer} ({response.status} for its discovery document). "
                "Check --issuer."
            )
        try:
            members = parse_object(response.body)
        except MalformedMessageError as malformed:
            raise ServerFaultError(
                f"{self._issuer} is no authorization server: {malformed}. Check --issuer, and whether a proxy or "
                "the network's own sign-in page answers in its place."
            ) from None
        return parsed(
            lambda found: AuthorizationServerMetadata.parse(found, expected_issuer=self._issuer), members
        )


def _basic(client_id: str, client_secret: Secret) -> dict[str, str]:
    """HTTP Basic with both parts form-encoded first (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret.reveal())}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _completed(
    first: AuthorizationServerMetadata, second: AuthorizationServerMetadata
) -> AuthorizationServerMetadata:
    """``first`` with what only ``second`` names."""
    return replace(
        first,
        device_authorization_endpoint=first.device_authorization_endpoint
        or second.device_authorization_endpoint,
        revocation_endpoint=first.revocation_endpoint or second.revocation_endpoint,
        userinfo_endpoint=first.userinfo_endpoint or second.userinfo_endpoint,
        jwks_uri=first.jwks_uri or second.jwks_uri,
        protected_resources=first.protected_resources or second.protected_resources,
        dpop_algorithms=first.dpop_algorithms or second.dpop_algorithms,
        authorization_endpoint=first.authorization_endpoint or second.authorization_endpoint,
        names_issuer=first.names_issuer or second.names_issuer,
        code_challenge_methods=first.code_challenge_methods or second.code_challenge_methods,
    )
