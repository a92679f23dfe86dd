"""The server is killed at each step of each change; then the change has happened as a whole or not at all.

For each method of the store that changes something there is a scenario, in the order of what happens: what is
there before, *the act* (yielded; its process is killed), and what holds after a restart. Each runs through
all points of both engines.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.crash.changes import CHANGES
from tests.crash.scenarios import applications, devices, machines, operators, people, starting, upstream
from tests.crash.scenarios.fates import FEWER_POINTS, OFTEN, POINTS, Act, Scenario
from tests.crash.world import World

SCENARIOS: dict[str, tuple[Callable[[World], Scenario], str]] = {
    "insert_grant": (devices.insert_grant, "device_grants"),
    "redeem_grant": (devices.redeem_grant, "device_grants"),
    "cancel_grant": (devices.cancel_grant, "device_grants"),
    "use_grant_replay": (devices.use_grant_replay, "device_grants"),
    "set_grant_interval": (devices.set_grant_interval, "device_grants"),
    "rotate_refresh": (devices.rotate_refresh, "connected_devices"),
    "use_refresh_replay": (devices.use_refresh_replay, "connected_devices"),
    "revoke_device": (devices.revoke_device, "connected_devices"),
    "add_notice": (devices.add_notice, "notices"),
    "remove_notice": (devices.remove_notice, "notices"),
    "decide_grant": (people.decide_grant, "device_grants"),
    "set_grant_stage": (people.set_grant_stage, "device_grants"),
    "add_grant_viewer": (people.add_grant_viewer, "grant_viewers"),
    "end_pairing": (people.end_pairing, "device_grants"),
    "add_device_event": (devices.add_device_event, "device_events"),
    "ask_removal": (people.ask_removal, "connected_devices"),
    "undo_removal": (people.undo_removal, "connected_devices"),
    "finish_removal": (people.finish_removal, "connected_devices"),
    "rename_device": (people.rename_device, "connected_devices"),
    "confirm_device": (people.confirm_device, "connected_devices"),
    "add_session": (people.add_session, "web_sessions"),
    "put_session_pairing": (people.put_session_pairing, "session_pairings"),
    "supersede_session": (people.supersede_session, "web_sessions"),
    "set_session_upstream": (upstream.set_session_upstream, "web_sessions"),
    "remove_session": (people.remove_session, "web_sessions"),
    "spend_attempts": (people.spend_attempts, "attempts"),
    "renew_password_hash": (people.renew_password_hash, "users"),
    "put_device_key": (operators.put_device_key, "device_keys"),
    "remove_device_key": (operators.remove_device_key, "device_keys"),
    "lift_report": (operators.lift_report, "reports"),
    "set_password_hash": (operators.set_password_hash, "users"),
    "set_user_locale": (operators.set_user_locale, "users"),
    "set_user_profile": (operators.set_user_profile, "users"),
    "replace_client": (operators.replace_client, "clients"),
    "remove_signing_key": (operators.remove_signing_key, "signing_keys"),
    "add_client": (operators.add_client, "clients"),
    "remove_client": (operators.remove_client, "clients"),
    "add_user": (operators.add_user, "users"),
    "set_user_locked": (operators.set_user_locked, "users"),
    "remove_user": (operators.remove_user, "users"),
    "sweep": (starting.sweep, "device_grants"),
    "insert_authorization": (applications.insert_authorization, "authorization_grants"),
    "decide_authorization": (applications.decide_authorization, "authorization_grants"),
    "put_consent": (applications.put_consent, "consents"),
    "remove_consent": (applications.remove_consent, "consents"),
    "redeem_authorization": (applications.redeem_authorization, "authorization_grants"),
    "add_user_with_identity": (upstream.add_user_with_identity, "users"),
    "put_upstream": (operators.put_upstream, "upstreams"),
    "remove_upstream": (operators.remove_upstream, "upstreams"),
    "put_defined_scope": (operators.put_defined_scope, "defined_scopes"),
    "remove_defined_scope": (operators.remove_defined_scope, "defined_scopes"),
    "add_identity": (operators.add_identity, "identities"),
    "remove_identity": (operators.remove_identity, "identities"),
    "spend_identifier": (machines.spend_identifier, "spent_identifiers"),
    "add_connected_device": (machines.add_connected_device, "connected_devices"),
    "use_initial_access_token": (machines.use_initial_access_token, "initial_access_tokens"),
    "add_initial_access_token": (operators.add_initial_access_token, "initial_access_tokens"),
    "remove_initial_access_token": (operators.remove_initial_access_token, "initial_access_tokens"),
}
"""The method of the store: what leads to it, and the table that it changes first."""


def every_point(engine: str, change: str) -> list[Any]:
    points = POINTS[engine] if change in OFTEN else FEWER_POINTS[engine]
    return [pytest.param(engine, change, point, id=f"{engine}: {point} {change}") for point in points]


async def die(world: World, point: str, change: str, table: str, act: Act) -> None:
    """Act, and kill the process at the point; the act gets no response."""
    if point == "under way":
        async with world.locked(table) as one_waits:
            acting = asyncio.ensure_future(act())
            await one_waits()
            world.kill()
            await unanswered(acting)
        return
    world.die_at(f"{point} {change}")
    acting = asyncio.ensure_future(act())
    if point == "commit":
        await world.point_is_reached()
        # A change that is acknowledged too early would have its response by the end of this loop.
        for _ in range(3 * world.is_up):
            assert (await world.http.get("/healthz")).status_code == 200, "reads go on"
        assert not acting.done(), "acknowledged before it was committed"
        world.kill()
    await unanswered(acting)
    world.die_at("")


async def unanswered(acting: "asyncio.Future[Any]") -> None:
    with pytest.raises(httpx.TransportError):
        await acting


@pytest.mark.parametrize(
    ("engine", "change", "point"),
    [parameters for engine in POINTS for change in SCENARIOS for parameters in every_point(engine, change)],
)
async def test_a_killed_change_has_happened_as_a_whole_or_not_at_all(
    world: World, change: str, point: str
) -> None:
    scenario, table = SCENARIOS[change]
    await run_through(world, scenario(world), change, table, point)


@pytest.mark.parametrize(
    ("engine", "point"),
    [("sqlite", "commit"), ("sqlite", "after"), ("postgresql", "under way"), ("postgresql", "after")],
)
async def test_a_killed_approve_command_has_happened_as_a_whole_or_not_at_all(
    world: World, point: str
) -> None:
    await run_through(world, operators.approve_by_hand(world), "decide_grant", "device_grants", point)


async def run_through(world: World, scenario: Scenario, change: str, table: str, point: str) -> None:
    act = await anext(scenario)
    await die(world, point, change, table, act)
    await world.rise()
    await world.is_whole()
    with pytest.raises(StopAsyncIteration):
        await scenario.asend(POINTS[world.engine][point])
    await world.is_whole()


class TestFirstStart:
    @pytest.mark.parametrize(
        ("engine", "change", "point"),
        [
            *every_point("sqlite", "add_signing_key"),
            *every_point("postgresql", "add_signing_key"),
            *every_point("sqlite", "schema")[:1],
        ],
    )
    async def test_a_killed_first_start_is_completed_by_the_next(
        self, new_world: World, change: str, point: str
    ) -> None:
        if point == "under way":
            await (await new_world.open_store()).close()  # the tables, for one of them to be locked
        await die(new_world, point, change, "signing_keys", new_world.start)
        await new_world.rise()
        algorithms = [key["alg"] for key in (await new_world.http.get("/jwks")).json()["keys"]]
        assert algorithms == ["ES256", "RS256"]
        assert await new_world.count("signing_keys") == 2
        await new_world.is_whole()


def test_every_change_of_the_store_has_a_scenario() -> None:
    missing = set(CHANGES) - SCENARIOS.keys() - {"add_signing_key"}
    assert not missing, (
        "add a scenario to tests/crash/scenarios, or the name to READS in tests/crash/changes.py"
    )
    assert SCENARIOS.keys() <= set(CHANGES)
