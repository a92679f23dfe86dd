"""A client's limit is kept per network, and leaves a share to devices that prove a known key."""

from dataclasses import replace

import pytest

from pairgrant_server.authorization_server.limits.device_authorization_limits import (
    PER_KEY,
    RESERVED,
    DeviceAuthorizationLimits,
    strangers_share,
)
from pairgrant_server.authorization_server.limits.network import PER_SITE
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client, ConnectedDevice
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.authorization_server.model.settings import ServerSettings
from tests.authorization_server.server_under_test import ALICE, ISSUER, ServerUnderTest

HOME, OFFICE = "192.0.2.7", "192.0.2.8"
SETTINGS = ServerSettings(ISSUER, device_authorizations_per_address=0, device_authorizations_per_client=0)


@pytest.fixture
async def lobby_tv(server: ServerUnderTest) -> Client:
    client = await server.client("lobby-tv")
    return replace(client, policy=ClientPolicy(device_authorizations_per_minute=5))


def limits_of(server: ServerUnderTest, settings: ServerSettings = SETTINGS) -> DeviceAuthorizationLimits:
    return DeviceAuthorizationLimits(settings, server.store, server.store, server.clock)


async def allowed(
    limits: DeviceAuthorizationLimits, client: Client, network: str, times: int, key: str | None = None
) -> int:
    return [await limits.allow(client, network, key) for _ in range(times)].count(True)


async def test_anonymous_requests_do_not_switch_a_client_off_on_other_networks(
    server: ServerUnderTest, lobby_tv: Client
) -> None:
    limits = limits_of(server)
    assert await allowed(limits, lobby_tv, HOME, 100) == 5
    assert await allowed(limits, lobby_tv, OFFICE, 5) == 5


async def test_ipv6_48_has_the_device_authorizations_of_a_few_networks(
    server: ServerUnderTest, lobby_tv: Client
) -> None:
    networks = [f"2001:db8:1:{number:02x}00::/56" for number in range(256)]
    limits = limits_of(server)
    assert sum([await allowed(limits, lobby_tv, network, 1) for network in networks]) == PER_SITE * 5
    assert await allowed(limits, lobby_tv, "2001:db8:2::/56", 5) == 5
    client = await server.client("lobby-tv")
    limits = limits_of(server, replace(SETTINGS, device_authorizations_per_address=7))
    assert sum([await allowed(limits, client, network, 1) for network in networks]) == PER_SITE * 7


async def test_limit_of_a_policy_is_one_for_all_processes_and_counts_no_refused_request(
    server: ServerUnderTest, lobby_tv: Client
) -> None:
    assert await allowed(limits_of(server), lobby_tv, HOME, 3) == 3
    assert await allowed(limits_of(server), lobby_tv, HOME, 100) == 2
    (count,) = await server.store.spend_attempts(
        [f"device authorization lobby-tv {HOME}"], int(server.clock()) // 60 * 60, 0
    )
    assert count == 5


async def test_enrolled_key_goes_on_where_strangers_on_its_network_are_refused(
    server: ServerUnderTest, lobby_tv: Client
) -> None:
    limits = limits_of(server)
    enrolled = replace(lobby_tv, policy=replace(lobby_tv.policy, enrolled_keys=("k-enrolled",)))
    assert await allowed(limits, enrolled, HOME, 100) == 5
    assert await allowed(limits, enrolled, HOME, 100, key="k-unknown") == 0
    assert await allowed(limits, enrolled, HOME, 100, key="k-enrolled") == 5


async def test_key_that_an_operator_enrolled_by_command_goes_on_where_strangers_are_refused(
    server: ServerUnderTest, lobby_tv: Client
) -> None:
    await server.store.put_device_key(DeviceKey("lobby-tv", "k-enrolled", "Lobby screen", server.clock()))
    limits = limits_of(server)
    assert await allowed(limits, lobby_tv, HOME, 100) == 5
    assert await allowed(limits, lobby_tv, HOME, 100, key="k-enrolled") == 5


async def test_key_of_a_connected_device_goes_on_where_strangers_are_refused(
    server: ServerUnderTest,
) -> None:
    client = await server.client("lobby-tv")
    now = server.clock()
    await server.store.add_connected_device(
        ConnectedDevice(
            device_id="d1",
            user_id=ALICE.user_id,
            client_id="lobby-tv",
            scope=("openid",),
            name="Lobby",
            address=HOME,
            created_at=now,
            last_seen_at=now,
            auth_time=now,
            expires_at=now + 3600,
            refresh_sequence=1,
            refresh_digest=b"r",
            dpop_jkt="k-connected",
        )
    )
    limits = limits_of(server, replace(SETTINGS, device_authorizations_per_address=3))
    assert await allowed(limits, client, HOME, 100) == 3
    assert await allowed(limits, client, HOME, 100, key="k-connected") == PER_KEY


async def test_strangers_from_many_networks_leave_known_keys_and_other_networks_their_shares(
    server: ServerUnderTest,
) -> None:
    client = await server.client("lobby-tv")
    client = replace(client, policy=ClientPolicy(enrolled_keys=("k1",)))
    limits = limits_of(server, replace(SETTINGS, device_authorizations_per_client=40))
    per_network = [await allowed(limits, client, f"198.51.100.{number}", 100) for number in range(100)]
    assert per_network == [strangers_share(40)] + [RESERVED] * 99
    assert await allowed(limits, client, HOME, 100) == RESERVED
    assert await allowed(limits, client, HOME, 100, key="k1") == 40 // 4


async def test_known_key_is_limited_by_itself(server: ServerUnderTest, lobby_tv: Client) -> None:
    enrolled = replace(lobby_tv, policy=ClientPolicy(enrolled_keys=("k1", "k2")))
    limits = limits_of(server, replace(SETTINGS, device_authorizations_per_address=1))
    assert await allowed(limits, enrolled, HOME, 100, key="k1") == 1 + PER_KEY
    assert await allowed(limits, enrolled, HOME, 100, key="k2") == PER_KEY
