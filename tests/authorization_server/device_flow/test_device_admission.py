"""Which devices may start: keys, networks, labels and capabilities that a client's policy requires."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.risk_records import DeviceKey, OutboxEvent, Report
from pairgrant_server.authorization_server.risk.assessment import Reason
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from tests.authorization_server.authentication.test_dpop import KEY, OTHER, proof
from tests.authorization_server.server_under_test import ServerUnderTest

HERE = ("192.0.2.0/24",)
JKT = KEY.thumbprint()


async def rule(server: ServerUnderTest, **rules: Any) -> None:
    await server.change_client("lobby-tv", policy=ClientPolicy(**rules))
    server.clock.advance(3)  # clients are remembered for two seconds


async def start(server: ServerUnderTest, key: Any = None, **form: str) -> tuple[int, str]:
    """The status and error of a start that proves ``key``."""
    headers = {} if key is None else {"dpop": proof("/device_authorization", key, at=server.clock())}
    asked = {"client_id": "lobby-tv", **form}
    response = await server.post("/device_authorization", asked, headers=headers)
    return response.status_code, response.json().get("error", "")


STARTED = (200, "")
REFUSED = (400, "unauthorized_client")
NO_PROOF = (400, "invalid_dpop_proof")
LACKS = (400, "invalid_request")


class TestManaged:
    async def test_stranger_may_not_start(self, server: ServerUnderTest) -> None:
        await rule(server, profile="managed")
        assert await start(server) == NO_PROOF
        assert await start(server, OTHER) == REFUSED

    async def test_key_of_the_policy_or_of_the_enrolment_may_start(self, server: ServerUnderTest) -> None:
        await rule(server, profile="managed", enrolled_keys=(JKT,))
        assert await start(server, KEY) == STARTED
        assert await start(server, OTHER) == REFUSED
        await server.store.put_device_key(
            DeviceKey("lobby-tv", OTHER.thumbprint(), "Lobby screen", server.clock())
        )
        assert await start(server, OTHER) == STARTED

    async def test_trusted_network_is_enough(self, server: ServerUnderTest) -> None:
        await rule(server, profile="managed", trusted_networks=HERE)
        assert await start(server) == STARTED
        async with server.called_from("198.51.100.1"):
            assert await start(server) == NO_PROOF

    async def test_thumbprint_that_is_only_named_admits_no_device(self, server: ServerUnderTest) -> None:
        await rule(server, profile="managed", enrolled_keys=(JKT,))
        assert await start(server, dpop_jkt=JKT) == NO_PROOF


class TestKnownDevice:
    async def test_only_an_enrolled_or_connected_device_starts(self, server: ServerUnderTest) -> None:
        codes = await server.post(
            "/device_authorization",
            {"client_id": "lobby-tv"},
            headers={"dpop": proof("/device_authorization", KEY)},
        )
        assert await server.decide(codes.json())
        await server.poll(codes.json(), headers={"dpop": proof(key=KEY)})
        await rule(server, requires_known_device=True)

        assert await start(server) == NO_PROOF
        assert await start(server, OTHER) == REFUSED
        assert await start(server, KEY) == STARTED


class TestLabel:
    async def test_label_is_required_where_the_policy_says_so(self, server: ServerUnderTest) -> None:
        await rule(server, requires_device_label=True)
        assert await start(server) == LACKS
        assert await start(server, device_label="Room 4") == STARTED

    async def test_enrolled_device_has_to_send_its_own_label(self, server: ServerUnderTest) -> None:
        await server.store.put_device_key(
            DeviceKey("lobby-tv", JKT, "Lobby screen", server.clock(), label="Room 4")
        )
        assert await start(server, KEY, device_label="Room 5") == REFUSED
        assert await start(server, KEY, device_label="Room 4") == STARTED


class TestDowngrade:
    @pytest.mark.parametrize(
        ("rules", "lacks", "has"),
        [
            ({"number_match": "required"}, "fresh_scan", "number"),
            ({"fresh_scan": "required"}, "number", "fresh_scan number"),
        ],
    )
    async def test_device_can_not_leave_out_what_its_client_has_to_send(
        self, server: ServerUnderTest, rules: dict[str, str], lacks: str, has: str
    ) -> None:
        await rule(server, **rules)
        assert await start(server) == LACKS
        assert await start(server, device_capabilities=lacks) == LACKS
        assert await start(server, device_capabilities=has) == STARTED


class TestReports:
    async def test_known_device_is_not_stopped_by_reports_about_its_neighbours(
        self, server: ServerUnderTest
    ) -> None:
        await server.store.put_device_key(DeviceKey("lobby-tv", JKT, "Lobby screen", server.clock()))
        for number in range(3):
            grant = await server.grant(await server.start())
            network = f"203.0.113.{number}"
            await server.parts.reports.report_grant(grant, page="code", network=network, user_id=None)

        assert await start(server) == REFUSED
        assert await start(server, OTHER) == REFUSED
        assert await start(server, KEY) == STARTED

    async def test_reports_to_another_process_stop_a_sender_within_a_second(
        self, server: ServerUnderTest
    ) -> None:
        assert await start(server) == STARTED
        for number in range(3):
            report = Report(f"r{number}", "lobby-tv", "192.0.2.7", server.clock(), "code", "{}")
            told = OutboxEvent(f"e{number}", "pairing.reported", "{}", server.clock())
            by = f"203.0.113.{number}"
            await server.store.end_pairing(
                told, server.clock(), ended_by=EndedBy.REPORT, report=replace(report, reporter_network=by)
            )

        server.clock.advance(1)
        assert await start(server) == REFUSED

    async def test_report_that_is_stored_while_reports_are_read_counts_at_once(
        self, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        grant, has_reports = await server.grant(await server.start()), server.store.has_reports
        server.clock.advance(1)

        async def overtaken(since: float) -> bool:
            monkeypatch.setattr(server.store, "has_reports", has_reports)
            found = await has_reports(since)
            for number in range(3):
                await server.parts.reports.report_grant(
                    replace(grant, grant_id=bytes([number])),
                    page="code",
                    network=f"203.0.113.{number}",
                    user_id=None,
                )
            return found

        monkeypatch.setattr(server.store, "has_reports", overtaken)
        await start(server)
        assert await start(server) == REFUSED

    async def test_requests_at_the_same_time_read_once_whether_there_are_reports(
        self, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads: list[float] = []

        async def none(since: float) -> bool:
            reads.append(since)
            await asyncio.sleep(0)
            return False

        monkeypatch.setattr(server.store, "has_reports", none)
        assert await asyncio.gather(*(start(server) for _ in range(5))) == [STARTED] * 5
        assert len(reads) == 1

    async def test_reports_are_read_again_after_a_read_that_failed(
        self, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        has_reports = server.store.has_reports

        async def fails(_since: float) -> bool:
            monkeypatch.setattr(server.store, "has_reports", has_reports)
            raise StoreUnavailableError

        monkeypatch.setattr(server.store, "has_reports", fails)
        response = await server.post("/device_authorization", {"client_id": "lobby-tv"})
        assert response.status_code == 503
        reads: list[float] = []

        async def counted(since: float) -> bool:
            reads.append(since)
            return await has_reports(since)

        monkeypatch.setattr(server.store, "has_reports", counted)
        assert await start(server) == STARTED
        assert len(reads) == 1

    async def test_reports_about_its_neighbours_are_no_evidence_against_a_known_device(
        self, server: ServerUnderTest
    ) -> None:
        await rule(server, profile="strict")
        await server.store.put_device_key(DeviceKey("lobby-tv", JKT, "Lobby screen", server.clock()))
        grant = await server.grant(await server.start())
        await server.parts.reports.report_grant(grant, page="code", network="203.0.113.9", user_id="u-alice")

        async def reasons(key: Any) -> tuple[Reason, ...]:
            headers = {"dpop": proof("/device_authorization", key, at=server.clock())}
            codes = await server.post("/device_authorization", {"client_id": "lobby-tv"}, headers=headers)
            grant = await server.grant(codes.json())
            viewer = Viewer("192.0.2.7", "u-alice", "b1")
            return (await server.parts.decisions.terms(grant, viewer)).reasons

        assert Reason.REPORTED not in await reasons(KEY)
        assert Reason.REPORTED in await reasons(OTHER)

    async def test_key_of_a_known_device_has_to_be_proved_so_that_no_stranger_brings_reports_upon_it(
        self, server: ServerUnderTest
    ) -> None:
        assert await start(server, dpop_jkt=JKT) == STARTED
        await server.store.put_device_key(DeviceKey("lobby-tv", JKT, "Lobby screen", server.clock()))
        assert await start(server, dpop_jkt=JKT) == NO_PROOF
        assert await start(server, KEY, dpop_jkt=JKT) == STARTED

    async def test_reports_about_its_own_key_stop_an_enrolled_device_on_every_network(
        self, server: ServerUnderTest
    ) -> None:
        await server.store.put_device_key(DeviceKey("lobby-tv", JKT, "Lobby screen", server.clock()))
        for number in range(3):
            codes = await server.post(
                "/device_authorization",
                {"client_id": "lobby-tv"},
                headers={"dpop": proof("/device_authorization", KEY)},
            )
            grant = await server.grant(codes.json())
            network = f"203.0.113.{number}"
            await server.parts.reports.report_grant(grant, page="code", network=network, user_id=None)

        async with server.called_from("198.51.100.1"):
            assert await start(server, KEY) == REFUSED
            assert await start(server, OTHER) == STARTED
