"""What both engines promise about holds, confirmations, viewers of a code, enrolled keys and reports."""

import asyncio
from dataclasses import replace

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.model.approval_hold import ApprovalHold
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.model.risk_records import (
    DeviceKey,
    GrantViewer,
    OutboxEvent,
    Report,
)
from pairgrant_server.authorization_server.store.errors import UnstorableError
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.retention import Retention
from tests.store.sample_records import ALICE, CLIENT, DEVICE, NOW
from tests.store.test_contract import GRANT
from tests.store.test_every_field_contract import ROTATION

BOB = User("u2", "bob", "$argon2id$", NOW, "Bob")
KEY = DeviceKey("lobby-tv", "k" * 43, "Lobby screen", NOW, "Ground floor")
REPORT = Report("r1", "lobby-tv", "192.0.2.7", NOW, "consent", "{}", grant_id=GRANT.grant_id)
EVENT = OutboxEvent("e1", "pairing.reported", "{}", NOW)


@pytest.fixture
async def known(store: Store) -> Store:
    """A store with a client, two people, and a pending grant."""
    assert await store.add_client(CLIENT)
    assert await store.add_user(ALICE)
    assert await store.add_user(BOB)
    assert await store.insert_grant(GRANT)
    return store


async def approve(store: Store, hold: ApprovalHold = ApprovalHold()) -> None:  # noqa: B008 - a constant
    assert await store.decide_grant(GRANT.grant_id, GrantStatus.APPROVED, "u1", NOW, NOW, hold=hold)


async def status_of(store: Store) -> GrantStatus:
    grant = await store.grant(GRANT.grant_id)
    assert grant is not None
    return grant.status


class TestHold:
    async def test_approval_on_hold_is_not_redeemed_before_its_time(self, known: Store) -> None:
        await approve(known, ApprovalHold(held_until=NOW + 20))

        assert not await known.redeem_grant(GRANT.grant_id, DEVICE, b"response", NOW + 19.9)
        assert await known.connected_device(DEVICE.device_id) is None
        assert await known.redeem_grant(GRANT.grant_id, DEVICE, b"response", NOW + 20)


class TestConfirmation:
    UNCONFIRMED = replace(DEVICE, confirm_by=NOW + 120)

    async def test_device_that_is_not_confirmed_in_time_is_gone(self, known: Store) -> None:
        await known.add_connected_device(replace(self.UNCONFIRMED, dpop_jkt="k" * 43))

        assert len(await known.connected_devices("u1", NOW + 119)) == 1
        assert await known.has_device_with_key("lobby-tv", "k" * 43, NOW + 119)
        assert not await known.connected_devices("u1", NOW + 120)
        assert not await known.has_device_with_key("lobby-tv", "k" * 43, NOW + 120)

    @pytest.mark.parametrize(("seconds", "rotates"), [(119, True), (120, False)])
    async def test_refresh_token_is_rotated_only_in_time(
        self, known: Store, seconds: int, *, rotates: bool
    ) -> None:
        await known.add_connected_device(replace(self.UNCONFIRMED, refresh_digest=b"r" * 32))

        rotation = replace(ROTATION, rotated_at=NOW + seconds)
        assert await known.rotate_refresh(rotation) is rotates

    async def test_confirmed_device_does_not_end_by_itself(self, known: Store) -> None:
        await known.add_connected_device(self.UNCONFIRMED)

        assert await known.confirm_device(DEVICE.device_id, "u1", NOW + 60)
        assert not await known.confirm_device(DEVICE.device_id, "u1", NOW + 60)
        assert len(await known.connected_devices("u1", NOW + 600)) == 1

    async def test_device_is_confirmed_neither_late_nor_by_another_person(self, known: Store) -> None:
        await known.add_connected_device(self.UNCONFIRMED)

        assert not await known.confirm_device(DEVICE.device_id, "u2", NOW)
        assert not await known.confirm_device(DEVICE.device_id, "u1", NOW + 120)

    async def test_unconfirmed_devices_are_found_until_they_are_revoked(self, known: Store) -> None:
        await known.add_connected_device(self.UNCONFIRMED)
        await known.add_connected_device(replace(DEVICE, device_id="2" * 32))

        assert not await known.unconfirmed_devices(NOW + 119)
        assert [device.device_id for device in await known.unconfirmed_devices(NOW + 120)] == ["0" * 32]
        assert await known.revoke_device(DEVICE.device_id, NOW + 121, EndedBy.USER)
        assert not await known.unconfirmed_devices(NOW + 122)

    async def test_earlier_connections_include_those_that_have_ended(self, known: Store) -> None:
        await known.add_connected_device(replace(DEVICE, revoked_at=NOW))
        await known.add_connected_device(replace(DEVICE, device_id="2" * 32, created_at=NOW + 1))
        await known.add_connected_device(replace(DEVICE, device_id="3" * 32, user_id="u2"))

        found = await known.earlier_connections("u1", "lobby-tv")

        assert [device.device_id for device in found] == ["2" * 32, "0" * 32]


class TestViewers:
    async def test_browser_is_one_viewer_however_often_it_looks(self, known: Store) -> None:
        assert await known.add_grant_viewer(GrantViewer(GRANT.grant_id, "b1", NOW))
        assert await known.add_grant_viewer(GrantViewer(GRANT.grant_id, "b1", NOW + 1, "u1"))
        assert await known.add_grant_viewer(GrantViewer(GRANT.grant_id, "b2", NOW + 2))

        assert await known.grant_viewers(GRANT.grant_id) == [
            GrantViewer(GRANT.grant_id, "b1", NOW + 1, "u1"),
            GrantViewer(GRANT.grant_id, "b2", NOW + 2),
        ]

    async def test_code_has_at_most_fifty_viewers(self, known: Store) -> None:
        added = [await known.add_grant_viewer(GrantViewer(GRANT.grant_id, f"b{n}", NOW)) for n in range(60)]

        assert sum(added) == 50
        assert await known.add_grant_viewer(GrantViewer(GRANT.grant_id, "b1", NOW + 1))

    async def test_strangers_never_keep_an_account_from_being_stored(self, known: Store) -> None:
        for n in range(50):
            assert await known.add_grant_viewer(GrantViewer(GRANT.grant_id, f"b{n}", NOW))

        assert await known.add_grant_viewer(GrantViewer(GRANT.grant_id, "alice", NOW + 1, "u1"))
        assert await known.add_grant_viewer(GrantViewer(GRANT.grant_id, "b7", NOW + 2, "u2"))
        found = await known.grant_viewers(GRANT.grant_id)
        assert [seen.user_id for seen in found if seen.user_id] == ["u1", "u2"]

    async def test_viewer_of_a_removed_account_is_still_someone_else(self, known: Store) -> None:
        await known.add_grant_viewer(GrantViewer(GRANT.grant_id, "b1", NOW, "u2"))

        assert await known.remove_user("u2")
        assert await known.grant_viewers(GRANT.grant_id) == [GrantViewer(GRANT.grant_id, "b1", NOW)]

    async def test_unknown_grant_has_no_viewers(self, known: Store) -> None:
        assert not await known.add_grant_viewer(GrantViewer(b"x" * 16, "b1", NOW))
        assert not await known.grant_viewers(b"x" * 16)


class TestDeviceKeys:
    async def test_enrolled_key_is_found_for_its_client_only(self, known: Store) -> None:
        await known.put_device_key(KEY)

        assert await known.device_key("lobby-tv", "k" * 43) == KEY
        assert await known.device_key("other", "k" * 43) is None

    async def test_second_enrolment_of_a_key_replaces_the_first(self, known: Store) -> None:
        await known.put_device_key(KEY)
        await known.put_device_key(replace(KEY, name="Moved screen"))

        assert [key.name for key in await known.device_keys()] == ["Moved screen"]

    async def test_removed_key_is_gone(self, known: Store) -> None:
        await known.put_device_key(KEY)

        assert await known.remove_device_key("lobby-tv", "k" * 43)
        assert not await known.remove_device_key("lobby-tv", "k" * 43)
        assert not await known.device_keys()


class TestEnd:
    async def test_pending_grant_is_denied_by_the_person(self, known: Store) -> None:
        ended = await known.end_pairing(
            EVENT, NOW, ended_by=EndedBy.USER, grant_id=GRANT.grant_id, user_id="u1"
        )

        assert ended == (True, False)
        grant = await known.grant(GRANT.grant_id)
        assert grant is not None
        assert (grant.status, grant.user_id) == (GrantStatus.DENIED, "u1")

    async def test_approval_is_withdrawn_and_never_redeemed(self, known: Store) -> None:
        await approve(known, ApprovalHold(held_until=NOW + 20))

        ended = await known.end_pairing(
            EVENT, NOW, ended_by=EndedBy.USER, grant_id=GRANT.grant_id, user_id="u2"
        )

        assert ended == (True, False)
        grant = await known.grant(GRANT.grant_id)
        assert grant is not None
        assert (grant.status, grant.user_id) == (GrantStatus.DENIED, "u1")
        assert not await known.redeem_grant(GRANT.grant_id, DEVICE, b"response", NOW + 20)

    async def test_device_of_a_redeemed_grant_is_revoked(self, known: Store) -> None:
        await approve(known)
        assert await known.redeem_grant(GRANT.grant_id, DEVICE, b"response", NOW)

        ended = await known.end_pairing(EVENT, NOW + 1, ended_by=EndedBy.USER, grant_id=GRANT.grant_id)

        assert ended == (False, True)
        device = await known.connected_device(DEVICE.device_id)
        assert device is not None
        assert (device.revoked_at, device.refresh_digest) == (NOW + 1, None)

    async def test_device_is_revoked_by_its_own_id(self, known: Store) -> None:
        await known.add_connected_device(DEVICE)
        await known.add_connected_device(replace(DEVICE, device_id="2" * 32))

        assert await known.end_pairing(EVENT, NOW, ended_by=EndedBy.USER, device_id="0" * 32) == (False, True)
        assert [device.device_id for device in await known.connected_devices("u1", NOW)] == ["2" * 32]

    async def test_cause_is_stored_together_with_the_end(self, known: Store) -> None:
        await known.end_pairing(EVENT, NOW, ended_by=EndedBy.USER, grant_id=GRANT.grant_id)

        assert await known.outbox(10) == [EVENT]

    async def test_end_that_can_not_be_stored_ends_nothing(self, known: Store) -> None:
        with pytest.raises(UnstorableError):
            await known.end_pairing(
                replace(EVENT, facts="\ud800"), NOW, ended_by=EndedBy.USER, grant_id=GRANT.grant_id
            )

        assert await status_of(known) is GrantStatus.PENDING


class TestReports:
    async def test_grant_counts_once_however_often_it_is_reported(self, known: Store) -> None:
        first = await known.end_pairing(
            EVENT, NOW, ended_by=EndedBy.USER, grant_id=GRANT.grant_id, report=REPORT
        )
        again = await known.end_pairing(
            replace(EVENT, event_id="e2"),
            NOW + 1,
            ended_by=EndedBy.USER,
            grant_id=GRANT.grant_id,
            report=replace(REPORT, report_id="r2"),
        )

        assert (first, again) == ((True, False), (False, False))
        assert len(await known.reports(NOW - 1)) == 1

    async def test_reports_are_found_by_network_and_by_key(self, known: Store) -> None:
        elsewhere = replace(REPORT, report_id="r2", grant_id=None, network="192.0.2.9", dpop_jkt="k" * 43)
        await known.end_pairing(EVENT, NOW, ended_by=EndedBy.USER, report=REPORT)
        await known.end_pairing(replace(EVENT, event_id="e2"), NOW, ended_by=EndedBy.USER, report=elsewhere)

        async def found(network: str, jkt: str | None, since: float = NOW - 1) -> list[str]:
            about = await known.reports_about("lobby-tv", network, jkt, since)
            return sorted(report.report_id for report in about)

        assert await found("192.0.2.7", None) == ["r1"]
        assert await found("192.0.2.7", "k" * 43) == ["r1", "r2"]
        assert await found("198.51.100.1", "k" * 43) == ["r2"]
        assert await found("192.0.2.7", None, NOW) == []

    async def test_reports_about_several_networks_read_at_once_stay_apart(self, known: Store) -> None:
        elsewhere = replace(REPORT, report_id="r2", grant_id=None, network="192.0.2.9")
        later = replace(REPORT, report_id="r3", grant_id=None, created_at=NOW + 1)
        for number, report in enumerate((later, elsewhere, REPORT)):
            event = replace(EVENT, event_id=f"e{number}")
            await known.end_pairing(event, NOW, ended_by=EndedBy.USER, report=report)

        about = await asyncio.gather(
            *(
                known.reports_about("lobby-tv", network, None, since)
                for network, since in (
                    ("198.51.100.1", 0.0),
                    ("192.0.2.9", 0.0),
                    ("192.0.2.7", 0.0),
                    ("192.0.2.7", NOW),
                    ("not an address\0", 0.0),
                )
            )
        )
        assert [[report.report_id for report in found] for found in about] == [
            [],
            ["r2"],
            ["r1", "r3"],
            ["r3"],
            [],
        ]

    async def test_report_counts_only_after_the_time_that_is_asked_for(self, known: Store) -> None:
        assert not await known.has_reports(0)
        await known.end_pairing(EVENT, NOW, ended_by=EndedBy.USER, report=REPORT)

        assert [await known.has_reports(since) for since in (NOW - 1, NOW)] == [True, False]

    async def test_lifted_report_does_not_count(self, known: Store) -> None:
        await known.end_pairing(EVENT, NOW, ended_by=EndedBy.USER, report=REPORT)

        assert await known.has_reports(NOW - 1)
        assert await known.lift_report("r1", NOW + 1)
        assert not await known.lift_report("r1", NOW + 1)
        assert not await known.has_reports(NOW - 1)
        assert not await known.reports_about("lobby-tv", "192.0.2.7", None, NOW - 1)
        assert [report.lifted_at for report in await known.reports(NOW - 1)] == [NOW + 1]

    async def test_sweep_removes_old_reports_and_events(self, known: Store) -> None:
        await known.end_pairing(EVENT, NOW, ended_by=EndedBy.USER, report=REPORT)
        keep = Retention.at(NOW)

        await known.sweep(NOW + (NOW - keep.oldest_report) - 1)
        assert len(await known.reports(0)) == 1
        assert not await known.outbox(10)
        await known.sweep(NOW + (NOW - keep.oldest_report) + 1)
        assert not await known.reports(0)
