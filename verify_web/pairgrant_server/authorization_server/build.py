"""Assembles the authorization server from a store, a key and settings, without a database or a page."""

import os
from dataclasses import dataclass

from pairgrant_protocol.metadata import OPENID_SUFFIX, RFC8414_SUFFIX
from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.authentication.dpop import DPoP
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.clients.defined_scopes import DefinedScopes
from pairgrant_server.authorization_server.clients.device_keys import DeviceKeys
from pairgrant_server.authorization_server.clients.initial_access_tokens import InitialAccessTokens
from pairgrant_server.authorization_server.clients.private_key_jwt import PrivateKeyJwt
from pairgrant_server.authorization_server.clients.registration import ClientRegistration
from pairgrant_server.authorization_server.clock import Clock, system_clock
from pairgrant_server.authorization_server.code_flow.code_flow import CodeFlow
from pairgrant_server.authorization_server.code_flow.code_redemption import CodeRedemption
from pairgrant_server.authorization_server.code_flow.id_token_hint import IdTokenHints
from pairgrant_server.authorization_server.code_flow.logout_requests import LogoutRequests
from pairgrant_server.authorization_server.device_flow.cancellation import GrantCancellation
from pairgrant_server.authorization_server.device_flow.device_admission import DeviceAdmission
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceFlow
from pairgrant_server.authorization_server.device_flow.device_polls import DevicePolls
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.device_flow.opened_link import OpenedLinks
from pairgrant_server.authorization_server.device_flow.pairing_decisions import PairingDecisions
from pairgrant_server.authorization_server.device_flow.pairing_evidence import PairingEvidence
from pairgrant_server.authorization_server.device_flow.pairing_reports import PairingReports
from pairgrant_server.authorization_server.device_flow.poll_pace import PollPace
from pairgrant_server.authorization_server.device_flow.return_pin import ReturnPin
from pairgrant_server.authorization_server.endpoints.authorize import authorize_endpoints
from pairgrant_server.authorization_server.endpoints.device_authorization import (
    DEVICE_AUTHORIZATION_PATH,
    device_authorization_endpoint,
)
from pairgrant_server.authorization_server.endpoints.discovery import (
    health_endpoint,
    jwks_endpoint,
    metadata_endpoint,
)
from pairgrant_server.authorization_server.endpoints.end_session import end_session_endpoints
from pairgrant_server.authorization_server.endpoints.introspection import introspection_endpoint
from pairgrant_server.authorization_server.endpoints.pushed_authorization import (
    PAR_PATH,
    pushed_authorization_endpoint,
)
from pairgrant_server.authorization_server.endpoints.registration import registration_endpoint
from pairgrant_server.authorization_server.endpoints.revocation import REVOCATION_PATH, revocation_endpoint
from pairgrant_server.authorization_server.endpoints.token import TOKEN_PATH, token_endpoint
from pairgrant_server.authorization_server.endpoints.token_grants.authorization_code import (
    authorization_code_grant,
)
from pairgrant_server.authorization_server.endpoints.token_grants.client_credentials import (
    client_credentials_grant,
)
from pairgrant_server.authorization_server.endpoints.token_grants.device_code import device_code_grant
from pairgrant_server.authorization_server.endpoints.token_grants.jwt_bearer import jwt_bearer_grant
from pairgrant_server.authorization_server.endpoints.token_grants.refresh_token import refresh_token_grant
from pairgrant_server.authorization_server.endpoints.token_grants.token_request import TokenGrant
from pairgrant_server.authorization_server.endpoints.userinfo import USERINFO_PATH, userinfo_endpoints
from pairgrant_server.authorization_server.http.server import AuthorizationServer
from pairgrant_server.authorization_server.keys.signing_keys import SigningKeys
from pairgrant_server.authorization_server.limits.authorization_request_limits import (
    AuthorizationRequestLimits,
)
from pairgrant_server.authorization_server.limits.code_attempts import CodeAttempts
from pairgrant_server.authorization_server.limits.device_authorization_limits import (
    DeviceAuthorizationLimits,
)
from pairgrant_server.authorization_server.limits.pin_attempts import PinAttempts
from pairgrant_server.authorization_server.limits.sign_in_attempts import SignInAttempts
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.places.places import NO_PLACES, Places
from pairgrant_server.authorization_server.secrets.identifiers import RandomBytes
from pairgrant_server.authorization_server.secrets.server_key import ServerKey
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.authorization_server.tokens.device_history import DeviceHistory
from pairgrant_server.authorization_server.tokens.device_lists import DeviceLists
from pairgrant_server.authorization_server.tokens.device_removals import DeviceRemovals
from pairgrant_server.authorization_server.tokens.introspection import Introspection
from pairgrant_server.authorization_server.tokens.refresh_token_rotation import RefreshTokenRotation
from pairgrant_server.authorization_server.tokens.revocation import Revocation
from pairgrant_server.authorization_server.tokens.token_issuer import TokenIssuer


@dataclass(frozen=True, slots=True)
class AuthorizationServerParts:
    """The endpoints, and the services that pages and commands share with them."""

    endpoints: AuthorizationServer
    clients: Clients
    scopes: DefinedScopes
    device_flow: DeviceFlow
    decisions: PairingDecisions
    reports: PairingReports
    opened_links: OpenedLinks
    device_polls: DevicePolls
    code_flow: CodeFlow
    logouts: LogoutRequests
    devices: ConnectedDevices
    removals: DeviceRemovals
    device_history: DeviceHistory
    device_lists: DeviceLists
    device_keys: DeviceKeys
    code_attempts: CodeAttempts
    sign_in_attempts: SignInAttempts
    places: Places
    held: HeldPolls
    keys: SigningKeys
    initial_access_tokens: InitialAccessTokens

    async def end_due(self) -> int:
        """Revoke the devices that were removed, or not confirmed in time; their number."""
        return await self.removals.finish_due() + await self.devices.end_unconfirmed()


async def assemble(
    store: Store,
    server_key: ServerKey,
    settings: ServerSettings,
    *,
    clock: Clock = system_clock,
    random_bytes: RandomBytes = os.urandom,
    held: HeldPolls | None = None,
    places: Places = NO_PLACES,
) -> AuthorizationServerParts:
    """Steps (A) to (F) without pages.

    Raises:
        UnreadableKeyError: the store's signing keys belong to another server key.
        StoreUnavailableError
    """
    keys = await SigningKeys.load(store, server_key, clock)
    held = HeldPolls() if held is None else held
    dpop = DPoP(settings, server_key, clock)
    issuer = TokenIssuer(settings, keys, server_key, clock, random_bytes)
    clients = Clients(store, server_key, clock, PrivateKeyJwt(store, settings, clock))
    scopes = DefinedScopes(store, clock)
    code_attempts = CodeAttempts(store, clock)
    devices = ConnectedDevices(store, store, clock)
    history = DeviceHistory(store, store, clock, random_bytes)
    rotation = RefreshTokenRotation(
        store=store,
        users=store,
        devices=devices,
        history=history,
        issuer=issuer,
        server_key=server_key,
        settings=settings,
        clock=clock,
    )
    introspection = Introspection(
        devices=store,
        users=store,
        clients=store,
        spent=store,
        keys=keys,
        server_key=server_key,
        clock=clock,
    )
    revocation = Revocation(devices=devices, spent=store, keys=keys, server_key=server_key, clock=clock)
    return_pin = ReturnPin(server_key, PinAttempts(store))
    grant_secrets = GrantSecrets(server_key)
    evidence = PairingEvidence(store, places, clock)
    decisions = PairingDecisions(
        store,
        clients=clients,
        evidence=evidence,
        grant_secrets=grant_secrets,
        return_pin=return_pin,
        held=held,
        clock=clock,
    )
    reports = PairingReports(store, evidence=evidence, held=held, clock=clock, random_bytes=random_bytes)
    device_flow = DeviceFlow(
        grants=store,
        clients=clients,
        attempts=code_attempts,
        return_pin=return_pin,
        grant_secrets=grant_secrets,
        held=held,
        server_key=server_key,
        settings=settings,
        clock=clock,
        random_bytes=random_bytes,
    )
    device_polls = DevicePolls(
        grants=store,
        viewers=store,
        users=store,
        devices=devices,
        issuer=issuer,
        return_pin=return_pin,
        grant_secrets=grant_secrets,
        poll_pace=PollPace(settings.device_code_lifetime),
        held=held,
        settings=settings,
        clock=clock,
    )
    code_flow = CodeFlow(
        grants=store,
        consents=store,
        server_key=server_key,
        clock=clock,
        random_bytes=random_bytes,
    )
    redemption = CodeRedemption(
        grants=store, users=store, devices=devices, issuer=issuer, settings=settings, clock=clock
    )
    hints = IdTokenHints(settings, keys)
    logouts = LogoutRequests(clients, hints, server_key)
    request_limits = AuthorizationRequestLimits(settings, clock)
    token_grants: dict[GrantType, TokenGrant] = {
        GrantType.DEVICE_CODE: device_code_grant(device_polls),
        GrantType.AUTHORIZATION_CODE: authorization_code_grant(redemption),
        GrantType.REFRESH_TOKEN: refresh_token_grant(rotation),
        GrantType.CLIENT_CREDENTIALS: client_credentials_grant(settings, store, issuer),
        GrantType.JWT_BEARER: jwt_bearer_grant(settings, store, issuer, clock),
    }
    initial_access_tokens = InitialAccessTokens(store, clock, random_bytes)
    registration = ClientRegistration(clients, initial_access_tokens, token_grants, clock, random_bytes)
    metadata = metadata_endpoint(settings, tuple(token_grants), scopes)
    userinfo = userinfo_endpoints(settings, introspection, dpop)
    endpoints = AuthorizationServer(
        {
            RFC8414_SUFFIX: {"GET": metadata},
            OPENID_SUFFIX: {"GET": metadata},
            DEVICE_AUTHORIZATION_PATH: {
                "POST": device_authorization_endpoint(
                    settings,
                    clients,
                    device_flow,
                    limits=DeviceAuthorizationLimits(settings, store, store, clock),
                    admission=DeviceAdmission(evidence, reports, store, clock),
                    dpop=dpop,
                )
            },
            TOKEN_PATH: {"POST": token_endpoint(clients, token_grants, dpop)},
            REVOCATION_PATH: {
                "POST": revocation_endpoint(
                    clients,
                    revocation,
                    GrantCancellation(grants=store, devices=devices, held=held, clock=clock),
                    dpop,
                )
            },
            "/introspect": {"POST": introspection_endpoint(settings, clients, introspection)},
            "/register": {"POST": registration_endpoint(registration)},
            USERINFO_PATH: userinfo,
            "/jwks": {"GET": jwks_endpoint(keys)},
            "/authorize": authorize_endpoints(settings, clients, code_flow, hints, request_limits),
            PAR_PATH: {
                "POST": pushed_authorization_endpoint(
                    settings,
                    clients,
                    code_flow,
                    hints=hints,
                    dpop=dpop,
                    limits=request_limits,
                )
            },
            "/logout": end_session_endpoints(logouts),
            "/healthz": {"GET": health_endpoint(store)},
        }
    )
    return AuthorizationServerParts(
        endpoints=endpoints,
        clients=clients,
        scopes=scopes,
        device_flow=device_flow,
        decisions=decisions,
        reports=reports,
        opened_links=OpenedLinks(server_key, clock),
        device_polls=device_polls,
        code_flow=code_flow,
        logouts=logouts,
        devices=devices,
        removals=DeviceRemovals(store, store, clock, random_bytes),
        device_history=history,
        device_lists=DeviceLists(store, clients, places, clock),
        device_keys=DeviceKeys(store, clock),
        code_attempts=code_attempts,
        sign_in_attempts=SignInAttempts(store, clock),
        places=places,
        held=held,
        keys=keys,
        initial_access_tokens=initial_access_tokens,
    )
