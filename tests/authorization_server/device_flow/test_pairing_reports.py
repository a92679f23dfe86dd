"""A person says "I didn't start this": what ends, what is recorded, and whom it stops."""

import json

import httpx
from structlog.testing import capture_logs

from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.model.risk_records import EndedPairing
from tests.authorization_server.server_under_test import ServerUnderTest

REPORTER = "203.0.113.9"


async def report(
    server: ServerUnderTest, grant: DeviceGrant, user_id: str | None = None, *, network: str = REPORTER
) -> EndedPairing:
    current = await server.parts.device_flow.grant(grant.grant_id)
    assert current is not None
    return await server.parts.reports.report_grant(current, page="code", network=network, user_id=user_id)


async def start(server: ServerUnderTest, **form: str) -> httpx.Response:
    return await server.post("/device_authorization", {"client_id": "lobby-tv", **form})


async def reported(server: ServerUnderTest, *networks: str) -> None:
    """By people on these networks who are not signed in."""
    for network in networks:
        await report(server, await server.grant(await server.start()), network=network)


THREE = ("203.0.113.1", "203.0.113.2", "203.0.113.3")


class TestReport:
    async def test_pending_pairing_is_denied(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        assert await report(server, await server.grant(codes)) == (True, False)
        assert (await server.poll(codes)).json()["error"] == "access_denied"

    async def test_every_token_of_the_code_ends(self, server: ServerUnderTest) -> None:
        codes = await server.start()
        grant = await server.grant(codes)
        assert await server.decide(codes)
        tokens = (await server.poll(codes)).json()

        assert await report(server, grant, "u-alice") == (False, True)

        assert await server.introspect(tokens["access_token"]) == {"active": False}
        assert (await server.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        assert (await server.poll(codes)).json()["error"] == "invalid_grant"

    async def test_connected_device_is_revoked_however_old(self, server: ServerUnderTest) -> None:
        tokens = await server.connect()
        (device,) = await server.parts.devices.of_user("u-alice")
        ended = await server.parts.reports.report_device(
            device, page="device", network=REPORTER, user_id="u-alice"
        )
        assert ended == (False, True)
        assert await server.introspect(tokens["access_token"]) == {"active": False}

    async def test_what_was_seen_is_recorded_without_a_secret(self, server: ServerUnderTest) -> None:
        codes = await server.start(device_name="Lobby \u202escreen")
        with capture_logs() as logs:
            await report(server, await server.grant(codes), "u-alice")
        (stored,) = await server.parts.reports.recent(0)
        assert (stored.client_id, stored.network, stored.page) == ("lobby-tv", "192.0.2.7", "code")
        assert (stored.user_id, stored.reporter_network) == ("u-alice", REPORTER)
        assert json.loads(stored.seen)["status"] == "pending"
        assert "\u202e" not in stored.seen
        (line,) = logs
        assert (line["event"], line["network"], line["address"]) == (
            "pairing.reported",
            REPORTER,
            "192.0.2.7",
        )
        (event,) = await server.store.outbox(10)
        assert codes["user_code"] not in event.facts + stored.seen


class TestThrottle:
    async def test_third_report_within_the_hour_stops_new_codes_for_the_sender(
        self, server: ServerUnderTest
    ) -> None:
        await reported(server, *THREE[:2])
        assert (await start(server)).status_code == 200
        await reported(server, THREE[2])
        with capture_logs() as logs:
            response = await start(server)
        assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")
        assert [line["event"] for line in logs] == ["sender.throttled"]
        server.clock.advance(86_401)
        assert (await start(server)).status_code == 200

    async def test_other_networks_and_clients_go_on(self, server: ServerUnderTest) -> None:
        await reported(server, *THREE)
        async with server.called_from("198.51.100.1"):
            assert (await start(server)).status_code == 200

    async def test_lifted_reports_let_the_sender_go_on(self, server: ServerUnderTest) -> None:
        await reported(server, *THREE)
        (newest, *_) = await server.parts.reports.recent(0)
        assert await server.parts.reports.lift(newest.report_id)
        assert not await server.parts.reports.lift(newest.report_id)
        assert (await start(server)).status_code == 200

    async def test_one_pairing_counts_once_however_often_it_is_reported(
        self, server: ServerUnderTest
    ) -> None:
        grant = await server.grant(await server.start())
        for _ in range(5):
            await report(server, grant)
        assert (await start(server)).status_code == 200

    async def test_report_raises_the_risk_of_the_senders_next_pairings(self, server: ServerUnderTest) -> None:
        await report(server, await server.grant(await server.start()), "u-alice")
        grant = await server.grant(await server.start())
        terms = await server.parts.decisions.terms(grant, Viewer("192.0.2.7", "u-alice", "b1"))
        assert terms.holds

    async def test_passer_by_can_not_lock_people_out_by_reports(self, server: ServerUnderTest) -> None:
        await reported(server, *[REPORTER] * 5)
        grant = await server.grant(await server.start())
        presented = await server.parts.decisions.presented(grant, Viewer("192.0.2.7", "u-alice", "b1"))
        assert presented.is_reported
        assert not presented.terms.holds

    async def test_flood_of_a_passer_by_is_stored_once_an_hour_and_still_denies(
        self, server: ServerUnderTest
    ) -> None:
        await reported(server, *[REPORTER] * 3)
        codes = await server.start()
        assert await report(server, await server.grant(codes)) == (True, False)
        assert (await server.poll(codes)).json()["error"] == "access_denied"
        assert len(await server.parts.reports.recent(0)) == 1
        assert len(await server.store.outbox(10)) == 4
        server.clock.advance(3600)
        await reported(server, REPORTER)
        assert len(await server.parts.reports.recent(0)) == 2
