"""Device authorizations: issued in step (B), looked up in step (D) (RFC 8628 §3.2, §3.3).

``pairing_decisions`` has what people decide about them, ``device_polls`` steps (E) and (F).
"""

from typing import NamedTuple

from pairgrant_protocol import user_code as user_codes
from pairgrant_protocol.device_grant import GrantStatus, is_open
from pairgrant_protocol.messages import DeviceAuthorizationRequest, DeviceAuthorizationResponse
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import DeviceCapability, PairingStage
from pairgrant_server.authorization_server.clients.clients import Clients
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.arrival import Arrival, arrival_of
from pairgrant_server.authorization_server.device_flow.grant_secrets import GrantSecrets
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.device_flow.opened_link import OpenedLink
from pairgrant_server.authorization_server.device_flow.return_pin import ReturnPin
from pairgrant_server.authorization_server.limits.code_attempts import CodeAttempts
from pairgrant_server.authorization_server.model.lifetimes import device_code_lifetime
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.risk.profile import rules_of
from pairgrant_server.authorization_server.secrets.identifiers import RandomBytes
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, digest
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.security_events import SecurityEvent, emit

_ISSUE_TRIES = 5


class AwaitedPin(NamedTuple):
    """The digits to type on the device; ``is_exhausted``: too many wrong ones, the pairing failed."""

    digits: str
    is_exhausted: bool

    def __repr__(self) -> str:
        return f"AwaitedPin(is_exhausted={self.is_exhausted})"


class DeviceFlow:
    """Issues device authorizations, and finds them by their user_code."""

    def __init__(
        self,
        *,
        grants: DeviceGrantStore,
        clients: Clients,
        attempts: CodeAttempts,
        return_pin: ReturnPin,
        grant_secrets: GrantSecrets,
        held: HeldPolls,
        server_key: ServerKey,
        settings: ServerSettings,
        clock: Clock,
        random_bytes: RandomBytes,
    ) -> None:
        self._grants = grants
        self._clients = clients
        self._attempts = attempts
        self._return_pin = return_pin
        self._secrets = grant_secrets
        self._held = held
        self._server_key = server_key
        self._settings = settings
        self._clock = clock
        self._random_bytes = random_bytes

    async def issue(
        self,
        client: Client,
        request: DeviceAuthorizationRequest,
        scope: tuple[str, ...],
        address: str,
        *,
        resource: str = "",
        dpop_jkt: str | None = None,
        code_challenge: str | None = None,
    ) -> DeviceAuthorizationResponse:
        """A new pair of codes (§3.2), durable when this returns.

        Raises:
            StoreUnavailableError: every generated user_code was taken, or the store can't be reached.
        """
        lifetime = device_code_lifetime(client.policy, self._settings)
        length = await self._attempts.code_length()
        for _ in range(_ISSUE_TRIES):
            now = self._clock()
            code = user_codes.generate(self._random_bytes, length=length)
            device_code = OpaqueCode.issue(now, self._random_bytes)
            grant = DeviceGrant(
                grant_id=device_code.grant_id,
                device_code_digest=digest(device_code.text),
                user_code_digest=self._user_code_digest(code),
                client_id=client.client_id,
                scope=scope,
                interval=self._settings.interval,
                created_at=now,
                expires_at=now + lifetime,
                device_name=None if client.policy.ignores_device_names else request.device_name,
                address=address,
                resource=resource,
                dpop_jkt=dpop_jkt,
                code_challenge=code_challenge,
                capabilities=" ".join(request.capabilities),
                device_label=request.device_label,
            )
            if await self._grants.insert_grant(grant):
                shows_proofs = (
                    DeviceCapability.FRESH_SCAN in request.capabilities
                    and rules_of(client.policy).fresh_scan != "off"
                )
                proof_key = self._secrets.proof_key(grant.grant_id) if shows_proofs else None
                return self._response(grant, device_code.text, code, lifetime, proof_key)
        raise StoreUnavailableError("no free user code was found")

    def _response(
        self, grant: DeviceGrant, device_code: Secret, code: str, lifetime: int, proof_key: Secret | None
    ) -> DeviceAuthorizationResponse:
        return DeviceAuthorizationResponse(
            device_code=device_code,
            user_code=user_codes.display(code),
            verification_uri=f"{self._settings.public_url}/device",
            verification_uri_complete=f"{self._settings.public_url}/D/{code}",
            expires_in=lifetime,
            interval=grant.interval,
            proof_key=proof_key,
        )

    def _user_code_digest(self, code: str) -> bytes:
        return self._server_key.mac("user_code", code)

    async def look_up(
        self, user_code: str, user_id: str | None = None, *, network: str | None = None
    ) -> DeviceGrant | None:
        """The open grant of a normalized code, or one that ``user_id`` decided; ``network`` is the caller's.

        None where it is unknown, expired, redeemed or decided by another person: the caller can't tell them
        apart (§5.1). That a used code comes again is an event.
        """
        grant = await self._grants.grant_by_user_code(self._user_code_digest(user_code))
        if grant is None or self.may_know(grant, user_id):
            return grant
        if grant.status is not GrantStatus.PENDING and grant.cancelled_at is None:
            emit(
                SecurityEvent.CODE_REUSED,
                network=network,
                client_id=grant.client_id,
                user_id=user_id,
                grant_id=grant.grant_id,
                address=grant.address,
            )
        return None

    def may_know(self, grant: DeviceGrant, user_id: str | None) -> bool:
        """Whether a person who has the code may know what became of it: it is open, or they decided it."""
        is_own = user_id is not None and grant.user_id == user_id
        return is_own or is_open(grant, self._clock())

    def arrival(self, grant: DeviceGrant, user_code: str, link: OpenedLink | None) -> Arrival:
        """How a browser came to the normalized code of ``grant``."""
        return arrival_of(link, user_code, self._secrets.proof_key(grant.grant_id), grant.created_at)

    def return_pin(self, grant: DeviceGrant) -> str:
        """The digits that only the approving side shows."""
        return self._return_pin.of(grant.grant_id)

    async def awaited_pin(self, grant: DeviceGrant) -> AwaitedPin | None:
        """The return PIN that the device of an approved grant still has to send; None if it needs none."""
        client = await self._clients.client(grant.client_id)
        if (
            client is None
            or not client.policy.requires_return_pin
            or grant.status is not GrantStatus.APPROVED
        ):
            return None
        return AwaitedPin(self.return_pin(grant), await self._return_pin.is_exhausted(grant.grant_id))

    async def grant(self, grant_id: bytes) -> DeviceGrant | None:
        """The grant in whatever state."""
        return await self._grants.grant(grant_id)

    async def open_grant(self, grant_id: bytes) -> DeviceGrant | None:
        """The grant if it can still be decided."""
        grant = await self._grants.grant(grant_id)
        return grant if grant is not None and is_open(grant, self._clock()) else None

    async def advance_stage(self, grant_id: bytes, stage: PairingStage) -> None:
        """Let the device know how far the person has come."""
        await self._grants.set_grant_stage(grant_id, stage)
        self._held.wake(grant_id)
