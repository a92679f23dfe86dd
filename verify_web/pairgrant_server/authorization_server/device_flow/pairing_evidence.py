"""Collects the evidence about one pairing from the store, without judging it (RFC 10027)."""

from collections.abc import Sequence
from typing import Protocol

from pairgrant_protocol.vocabulary import DeviceCapability
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.sender_throttle import weight
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.limits.network import is_in, is_known, is_same_network, network_of
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import ConnectedDevice, DeviceGrant
from pairgrant_server.authorization_server.model.risk_records import DeviceKey, Report
from pairgrant_server.authorization_server.places.places import Places
from pairgrant_server.authorization_server.risk.evidence import Evidence, Network, number_state, scan_state
from pairgrant_server.authorization_server.risk.profile import rules_of
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.device_keys import DeviceKeyStore
from pairgrant_server.authorization_server.store.interface.grant_viewers import GrantViewerStore
from pairgrant_server.authorization_server.store.interface.reports import ReportStore

REPORTS_COUNT_FOR = 86_400.0
"""Seconds in which a report raises the risk of its sender's next pairings."""

OPERATOR_EVIDENCE = Evidence(operator=True)


class EvidenceStore(ConnectedDeviceStore, DeviceKeyStore, GrantViewerStore, ReportStore, Protocol):
    """The parts of the store that the evidence comes from."""


class PairingEvidence:
    def __init__(self, store: EvidenceStore, places: Places, clock: Clock) -> None:
        self._store = store
        self._places = places
        self._clock = clock

    async def of(
        self, grant: DeviceGrant, policy: ClientPolicy, viewer: Viewer, *, is_number_matched: bool = False
    ) -> Evidence:
        """What is known of ``grant`` before ``viewer`` decides about it."""
        earlier = (
            ()
            if viewer.user_id is None
            else await self._store.earlier_connections(viewer.user_id, grant.client_id)
        )
        rules = rules_of(policy)
        known_key = any(is_left_connected(one, grant.dpop_jkt) for one in earlier)
        enrolled = await self.is_enrolled(policy, grant.client_id, grant.dpop_jkt)
        reports = await self.reports_about(grant)
        if known_key or enrolled:  # those about its neighbours say nothing about a known device
            reports = [report for report in reports if report.dpop_jkt == grant.dpop_jkt]
        return Evidence(
            number=number_state(
                rules,
                can_show=DeviceCapability.NUMBER in grant.capabilities.split(),
                is_matched=is_number_matched,
                has_return_pin=policy.requires_return_pin,
            ),
            scan=scan_state(
                rules,
                can_show=DeviceCapability.FRESH_SCAN in grant.capabilities.split(),
                is_fresh=viewer.arrival.is_fresh_scan,
            ),
            network=network_relation(grant.address, viewer.network, policy.trusted_networks),
            entry=viewer.arrival.entry,
            came_from=viewer.arrival.came_from,
            known_key=known_key,
            enrolled=enrolled,
            started_on_trusted_network=is_in(grant.address, policy.trusted_networks),
            known_device_name=any(one.name == grant.device_name for one in earlier),
            earlier_approvals=len(earlier),
            seen_by_others=await self.is_seen_by_others(grant.grant_id, viewer),
            reports=weight(reports),
            hosting_network=self._places.is_hosting(grant.address),
        )

    async def enrolled_key(self, client_id: str, dpop_jkt: str | None) -> DeviceKey | None:
        """What the operator enrolled about a key that a device has proved."""
        return None if dpop_jkt is None else await self._store.device_key(client_id, dpop_jkt)

    async def is_enrolled(self, policy: ClientPolicy, client_id: str, dpop_jkt: str | None) -> bool:
        return dpop_jkt in policy.enrolled_keys or await self.enrolled_key(client_id, dpop_jkt) is not None

    async def is_seen_by_others(self, grant_id: bytes, viewer: Viewer) -> bool:
        """Whether another account, or a browser that is not signed in, has looked the code up as well."""
        return any(
            seen.browser_id != viewer.browser_id and (seen.user_id is None or seen.user_id != viewer.user_id)
            for seen in await self._store.grant_viewers(grant_id)
        )

    async def reports_about(self, grant: DeviceGrant) -> Sequence[Report]:
        """Reports of the last day about this client's devices in the device's network, or with its key."""
        since = self._clock() - REPORTS_COUNT_FOR
        network = network_of(grant.address)
        return await self._store.reports_about(grant.client_id, network, grant.dpop_jkt, since)


def network_relation(device: str, browser: str, trusted_networks: tuple[str, ...]) -> Network:
    """Where the browser is, seen from the device; both are addresses or networks of callers."""
    if not (is_known(device) and is_known(browser)):
        return Network.UNKNOWN
    if is_same_network(device, browser):
        return Network.SAME
    is_operators = is_in(device, trusted_networks) and is_in(browser.partition("/")[0], trusted_networks)
    return Network.OPERATOR if is_operators else Network.OTHER


def is_left_connected(device: ConnectedDevice, dpop_jkt: str | None) -> bool:
    """Whether the person approved a device with this key, and nothing has revoked it since.

    A device that was removed, reported, or not confirmed may be an attacker's, so its key proves nothing.
    """
    return dpop_jkt is not None and (
        device.dpop_jkt == dpop_jkt
        and device.revoked_at is None
        and device.confirm_by is None
        and device.remove_at is None
    )
