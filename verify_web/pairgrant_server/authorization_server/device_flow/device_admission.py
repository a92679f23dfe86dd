"""Which devices may start a pairing, step (A): a client's policy on the request (RFC 8628 §5.4, RFC 10027).

A client that has to send something can't be downgraded by leaving it out.
"""

from pairgrant_protocol.messages import DeviceAuthorizationRequest
from pairgrant_protocol.vocabulary import DeviceCapability, ErrorCode
from pairgrant_server.authorization_server.authentication.dpop import missing_proof
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.pairing_evidence import PairingEvidence
from pairgrant_server.authorization_server.device_flow.pairing_reports import PairingReports
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.limits.network import is_in, network_of
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.risk.profile import Rules, rules_of
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.security_events import SecurityEvent, emit

_NOT_TRUSTED = "the network is not one of trusted_networks"
_NOT_ENROLLED = "no enrolled key was proved"
_NOT_KNOWN = "the device is neither enrolled nor connected"
_ONLY_NAMED = "the key of a known device was named and not proved"
_OTHER_LABEL = "device_label is not the one that the key is enrolled with"
_NEED_A_KEY = (_NOT_ENROLLED, _NOT_KNOWN, _ONLY_NAMED)


class DeviceAdmission:
    def __init__(
        self,
        evidence: PairingEvidence,
        reports: PairingReports,
        devices: ConnectedDeviceStore,
        clock: Clock,
    ) -> None:
        self._evidence = evidence
        self._reports = reports
        self._devices = devices
        self._clock = clock

    async def require(
        self,
        client: Client,
        request: DeviceAuthorizationRequest,
        address: str,
        proved_key: str | None,
        *,
        named_key: str | None = None,
    ) -> None:
        """Check ``request`` from ``address``; ``proved_key`` is the thumbprint of its DPoP proof.

        ``named_key`` is the one of ``dpop_jkt``. One that the server knows has to be proved: a stranger who
        only names it would show its name at consent, and bring reports upon its device.

        Raises:
            OAuthError: the client's policy refuses this device, or the request lacks something.
        """
        policy = client.policy
        rules = rules_of(policy)
        _require_parameters(policy, rules, request)
        enrolled = (
            None if proved_key is None else await self._evidence.enrolled_key(client.client_id, proved_key)
        )
        is_enrolled = enrolled is not None or proved_key in policy.enrolled_keys
        is_trusted = is_in(address, policy.trusted_networks)
        reason = None
        if rules.refuses_other_starts:
            reason = None if is_enrolled or is_trusted else _NOT_ENROLLED
        elif policy.trusted_networks and not is_trusted:
            reason = _NOT_TRUSTED
        elif policy.enrolled_keys and not is_enrolled:
            reason = _NOT_ENROLLED
        if reason is None and policy.requires_known_device and not is_enrolled:
            reason = None if await self._is_connected(client, proved_key) else _NOT_KNOWN
        if reason is None and enrolled is not None and enrolled.label not in {"", request.device_label}:
            reason = _OTHER_LABEL
        is_only_named = proved_key is None and named_key is not None
        if reason is None and is_only_named and await self._is_known(client, named_key):
            reason = _ONLY_NAMED
        if reason is not None:
            network = network_of(address)
            emit(SecurityEvent.START_REFUSED, client_id=client.client_id, network=network, reason=reason)
            raise missing_proof() if proved_key is None and reason in _NEED_A_KEY else _refused(reason)
        network = network_of(address)
        if await self._reports.throttled_until(client.client_id, network, proved_key):
            await self._require_own_reputation(client, network, proved_key, is_enrolled=is_enrolled)

    async def _is_connected(self, client: Client, key: str | None) -> bool:
        """Whether this is the key of a connection that has not ended."""
        return key is not None and await self._devices.has_device_with_key(
            client.client_id, key, self._clock()
        )

    async def _is_known(self, client: Client, key: str | None) -> bool:
        is_enrolled = await self._evidence.is_enrolled(client.policy, client.client_id, key)
        return is_enrolled or await self._is_connected(client, key)

    async def _require_own_reputation(
        self, client: Client, network: str, proved_key: str | None, *, is_enrolled: bool
    ) -> None:
        """A known device is stopped by reports about its own key alone, not by its neighbours'."""
        is_known = is_enrolled or await self._is_connected(client, proved_key)
        if is_known and not await self._reports.throttled_until(client.client_id, None, proved_key):
            return
        emit(SecurityEvent.SENDER_THROTTLED, network=network, client_id=client.client_id)
        raise _refused("people reported pairings that were started here")


def _require_parameters(policy: ClientPolicy, rules: Rules, request: DeviceAuthorizationRequest) -> None:
    for capability, asking in (
        (DeviceCapability.NUMBER, rules.number_match),
        (DeviceCapability.FRESH_SCAN, rules.fresh_scan),
    ):
        if asking == "required" and capability not in request.capabilities:
            raise OAuthError(
                ErrorCode.INVALID_REQUEST,
                f"device_capabilities lacks {capability.value}, which this client requires",
            )
    if policy.requires_device_label and not request.device_label:
        raise OAuthError(ErrorCode.INVALID_REQUEST, "device_label is missing, which this client requires")


def _refused(reason: str) -> OAuthError:
    return OAuthError(ErrorCode.UNAUTHORIZED_CLIENT, f"{reason}; ask the operator of this client")
