"""What both engines promise: one winner, nothing restored, nothing acknowledged that is not stored."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import PairingStage
from pairgrant_server.authorization_server.model.connected_device import Rotation
from pairgrant_server.authorization_server.model.polled_grant import PolledGrant
from pairgrant_server.authorization_server.model.records import DeviceGrant, Notice, SigningKey, WebSession
from pairgrant_server.authorization_server.secrets.identifiers import new_id
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError, UnstorableError
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.sql.rows import POLLED_GRANT_COLUMNS
from tests.store.sample_records import ALICE, CLIENT, DEVICE, NOW

GRANT = DeviceGrant(
    grant_id=new_id(NOW, lambda size: b"g" * size),
    device_code_digest=b"d" * 32,
    user_code_digest=b"u" * 32,
    client_id="lobby-tv",
    scope=("openid", "board:read"),
    interval=5,
    created_at=NOW,
    expires_at=NOW + 600,
    device_name="Lobby",
    address="192.0.2.7",
)


@pytest.fixture
async def grants(store: Store) -> Store:
    """A store with a client, a person and one pending grant."""
    assert await store.add_client(CLIENT)
    assert await store.add_user(ALICE)
    assert await store.insert_grant(GRANT)
    return store


async def approve(store: Store, now: float = NOW) -> bool:
    return await store.decide_grant(GRANT.grant_id, GrantStatus.APPROVED, "u1", NOW, now)


class TestClients:
    async def test_client_is_found_as_it_was_added(self, store: Store) -> None:
        confidential = replace(CLIENT, secret_digest=b"s" * 32, redirect_uris=("http://127.0.0.1/back",))
        assert await store.add_client(confidential)
        assert await store.client("lobby-tv") == confidential
        assert await store.clients() == [confidential]

    async def test_adding_a_taken_client_id_changes_nothing(self, store: Store) -> None:
        assert await store.add_client(CLIENT)
        assert not await store.add_client(replace(CLIENT, name="Impostor"))
        assert await store.client("lobby-tv") == CLIENT

    async def test_removing_a_client_removes_its_grants_and_devices(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert await grants.remove_client("lobby-tv")
        assert await grants.grant(GRANT.grant_id) is None
        assert await grants.connected_device(DEVICE.device_id) is None
        assert not await grants.remove_client("lobby-tv")


class TestUsers:
    async def test_user_is_found_by_id_and_by_name_in_any_case(self, store: Store) -> None:
        assert await store.add_user(ALICE)
        assert await store.user("u1") == ALICE
        assert await store.user_by_name("ALICE") == ALICE
        assert await store.user_by_name("bob") is None

    async def test_username_is_taken_in_any_case(self, store: Store) -> None:
        assert await store.add_user(ALICE)
        assert not await store.add_user(replace(ALICE, user_id="u2", username="Alice"))
        assert await store.users() == [ALICE]

    async def test_lock_and_password_of_a_user_are_changed(self, store: Store) -> None:
        assert await store.add_user(ALICE)
        assert await store.set_user_locked("u1", locked=True)
        assert await store.set_password_hash("u1", "new")
        assert await store.user("u1") == replace(ALICE, locked=True, password_hash="new", session_epoch=2)
        assert not await store.set_user_locked("unknown", locked=True)

    async def test_new_password_that_ends_connections_revokes_devices_and_denies_approvals_of_this_user_only(
        self, grants: Store
    ) -> None:
        bob = replace(ALICE, user_id="u2", username="bob")
        assert await grants.add_user(bob)
        await grants.add_connected_device(DEVICE)
        await grants.add_connected_device(replace(DEVICE, device_id="1" * 32, user_id="u2"))
        assert await approve(grants)
        assert not await grants.set_password_hash("unknown", "new", connections_end=NOW)
        assert await grants.set_password_hash("u1", "new")
        assert len(await grants.connected_devices("u1", NOW)) == 1
        assert await grants.set_password_hash("u1", "newer", connections_end=NOW)
        assert await grants.connected_devices("u1", NOW) == []
        assert len(await grants.connected_devices("u2", NOW)) == 1
        revoked = await grants.connected_device(DEVICE.device_id)
        assert revoked is not None
        assert (revoked.revoked_at, revoked.refresh_digest, revoked.replay) == (NOW, None, None)
        grant = await grants.grant(GRANT.grant_id)
        assert grant is not None
        assert grant.status is GrantStatus.DENIED
        late = replace(DEVICE, device_id="2" * 32)
        assert not await grants.redeem_grant(GRANT.grant_id, late, b"answer", NOW)

    async def test_new_password_that_can_not_end_the_connections_is_not_set(self, grants: Store) -> None:
        """The last statement fails: a time that no column can hold undoes the first ones."""
        await grants.add_connected_device(DEVICE)
        assert await approve(grants)
        with pytest.raises(UnstorableError):
            await grants.set_password_hash("u1", "new", connections_end="\ud800")  # type: ignore[arg-type]
        assert await grants.user("u1") == ALICE
        grant = await grants.grant(GRANT.grant_id)
        assert grant is not None
        assert grant.status is GrantStatus.APPROVED
        assert len(await grants.connected_devices("u1", NOW)) == 1

    async def test_redemptions_beside_a_new_password_leave_no_device(self, grants: Store) -> None:
        assert await approve(grants)
        redeemed, changed = await asyncio.gather(
            grants.redeem_grant(GRANT.grant_id, DEVICE, b"response", NOW),
            grants.set_password_hash("u1", "new", connections_end=NOW),
        )
        assert changed
        assert await grants.connected_devices("u1", NOW) == []
        grant = await grants.grant(GRANT.grant_id)
        assert grant is not None
        assert grant.status is (GrantStatus.REDEEMED if redeemed else GrantStatus.DENIED)

    async def test_removing_a_user_removes_all_rows_of_the_user(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert await grants.add_session(WebSession(b"s" * 32, NOW, NOW + 60, user_id="u1"))
        assert await grants.add_notice(Notice("n1", "u1", "Welcome", NOW), limit=5)
        assert await grants.remove_user("u1")
        assert await grants.grant(GRANT.grant_id) is None
        assert await grants.connected_device(DEVICE.device_id) is None
        assert await grants.session(b"s" * 32) is None
        assert await grants.notices("u1") == []


class TestDeviceGrants:
    async def test_grant_is_found_as_it_was_issued(self, grants: Store) -> None:
        assert await grants.grant(GRANT.grant_id) == GRANT
        assert await grants.grant_by_user_code(b"u" * 32) == GRANT
        assert await grants.grant_by_user_code(b"x" * 32) is None

    async def test_polled_grant_agrees_with_the_whole_grant(self, grants: Store) -> None:
        await grants.set_grant_stage(GRANT.grant_id, PairingStage.CONFIRMING)
        await grants.set_grant_interval(GRANT.grant_id, 10)
        assert await approve(grants)
        grant = await grants.grant(GRANT.grant_id)
        assert grant is not None
        polled = await grants.polled_grant(GRANT.grant_id)
        assert polled is not None
        read = {name: getattr(grant, name) for name in POLLED_GRANT_COLUMNS}
        assert polled == PolledGrant(**read, approved=polled.approved)
        assert read["status"] is GrantStatus.APPROVED
        assert read["stage"] is PairingStage.CONFIRMING
        assert read["interval"] == 10

    async def test_user_code_in_use_is_not_issued_twice(self, grants: Store) -> None:
        assert not await grants.insert_grant(replace(GRANT, grant_id=b"h" * 16))
        assert await grants.grant(b"h" * 16) is None
        assert await grants.polled_grant(b"h" * 16) is None

    async def test_grant_of_a_removed_client_is_not_issued(self, store: Store) -> None:
        with pytest.raises(StoreUnavailableError):
            await store.insert_grant(GRANT)

    async def test_only_the_first_decision_about_a_grant_counts(self, grants: Store) -> None:
        assert await grants.decide_grant(GRANT.grant_id, GrantStatus.DENIED, "u1", NOW, NOW + 1)
        assert not await approve(grants, NOW + 2)
        found = await grants.grant(GRANT.grant_id)
        assert found is not None
        assert found.status is GrantStatus.DENIED

    async def test_expired_grant_is_not_decided(self, grants: Store) -> None:
        assert not await approve(grants, GRANT.expires_at)
        assert await grants.grant(GRANT.grant_id) == GRANT

    async def test_pending_grant_is_not_redeemed(self, grants: Store) -> None:
        assert not await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert await grants.connected_device(DEVICE.device_id) is None

    async def test_expired_grant_is_not_redeemed(self, grants: Store) -> None:
        assert await approve(grants)
        assert not await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", GRANT.expires_at)

    async def test_one_of_fifty_concurrent_redemptions_wins(self, grants: Store) -> None:
        assert await approve(grants)
        devices = [replace(DEVICE, device_id=f"{number:032x}") for number in range(50)]
        won = await asyncio.gather(
            *(grants.redeem_grant(GRANT.grant_id, device, b"answer", NOW) for device in devices)
        )
        assert won.count(True) == 1
        found = await grants.grant(GRANT.grant_id)
        assert found is not None
        assert found.connected_device_id == devices[won.index(True)].device_id
        kept = await grants.connected_devices("u1", NOW)
        assert [device.device_id for device in kept] == [found.connected_device_id]

    async def test_one_of_concurrent_approvals_and_denials_wins(self, grants: Store) -> None:
        decisions = await asyncio.gather(
            *(
                grants.decide_grant(GRANT.grant_id, status, "u1", NOW, NOW)
                for status in (GrantStatus.APPROVED, GrantStatus.DENIED) * 10
            )
        )
        assert decisions.count(True) == 1

    async def test_redeemed_grant_is_not_decided_or_redeemed_again(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert not await approve(grants)
        assert not await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        found = await grants.grant(GRANT.grant_id)
        assert found is not None
        assert (found.status, found.replay, found.redeemed_at) == (GrantStatus.REDEEMED, b"answer", NOW)

    async def test_response_of_a_grant_is_used_up_once(self, grants: Store) -> None:
        assert not await grants.use_grant_replay(GRANT.grant_id), "not redeemed yet"
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        won = await asyncio.gather(*(grants.use_grant_replay(GRANT.grant_id) for _ in range(10)))
        assert won.count(True) == 1
        found = await grants.grant(GRANT.grant_id)
        assert found is not None
        assert (found.status, found.replay) == (GrantStatus.REDEEMED, None)

    async def test_interval_of_a_grant_never_decreases(self, grants: Store) -> None:
        await grants.set_grant_interval(GRANT.grant_id, 15)
        await grants.set_grant_interval(GRANT.grant_id, 10)
        assert await grants.grant(GRANT.grant_id) == replace(GRANT, interval=15)

    async def test_stage_of_a_grant_never_goes_back(self, grants: Store) -> None:
        await grants.set_grant_stage(GRANT.grant_id, PairingStage.CONFIRMING)
        await grants.set_grant_stage(GRANT.grant_id, PairingStage.OPENED)
        assert await grants.grant(GRANT.grant_id) == replace(GRANT, stage=PairingStage.CONFIRMING)


class TestConnectedDevices:
    @pytest.fixture
    async def connected(self, grants: Store) -> Store:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        return grants

    rotation = Rotation(
        DEVICE.device_id, b"r1" * 16, 2, b"r2" * 16, NOW + 7200, NOW + 60, b"replay", "192.0.2.8"
    )

    async def test_device_is_listed_until_it_is_revoked_or_expired(self, connected: Store) -> None:
        assert await connected.connected_devices("u1", NOW) == [DEVICE]
        assert await connected.connected_devices("u1", DEVICE.expires_at) == []
        assert await connected.revoke_device(DEVICE.device_id, NOW + 5, EndedBy.USER)
        assert not await connected.revoke_device(DEVICE.device_id, NOW + 6, EndedBy.USER)
        assert await connected.connected_devices("u1", NOW) == []
        found = await connected.connected_device(DEVICE.device_id)
        assert found == replace(DEVICE, revoked_at=NOW + 5, ended_by=EndedBy.USER, refresh_digest=None)

    async def test_key_of_a_device_is_known_to_its_client_until_the_device_ends(
        self, connected: Store
    ) -> None:
        bound = replace(DEVICE, device_id="1" * 32, dpop_jkt="k1", refresh_digest=b"r9" * 16)
        await connected.add_connected_device(bound)
        assert await connected.has_device_with_key("lobby-tv", "k1", NOW)
        assert not await connected.has_device_with_key("lobby-tv", "k2", NOW)
        assert not await connected.has_device_with_key("other", "k1", NOW)
        assert not await connected.has_device_with_key("lobby-tv", "k1", bound.expires_at)
        assert await connected.revoke_device(bound.device_id, NOW + 5, EndedBy.USER)
        assert not await connected.has_device_with_key("lobby-tv", "k1", NOW)

    async def test_rotation_is_stored_whole(self, connected: Store) -> None:
        assert await connected.rotate_refresh(self.rotation)
        assert await connected.connected_device(DEVICE.device_id) == replace(
            DEVICE,
            refresh_sequence=2,
            refresh_digest=b"r2" * 16,
            expires_at=NOW + 7200,
            rotated_at=NOW + 60,
            last_seen_at=NOW + 60,
            replay=b"replay",
            address="192.0.2.8",
        )

    async def test_one_of_fifty_concurrent_rotations_wins(self, connected: Store) -> None:
        rotations = [replace(self.rotation, refresh_digest=bytes([number]) * 32) for number in range(50)]
        won = await asyncio.gather(*map(connected.rotate_refresh, rotations))
        assert won.count(True) == 1
        found = await connected.connected_device(DEVICE.device_id)
        assert found is not None
        assert found.refresh_digest == rotations[won.index(True)].refresh_digest

    async def test_response_of_a_rotation_is_used_up_once(self, connected: Store) -> None:
        assert not await connected.use_refresh_replay(DEVICE.device_id, 1), "not rotated yet"
        assert await connected.rotate_refresh(self.rotation)
        assert not await connected.use_refresh_replay(DEVICE.device_id, 1), "another rotation"
        used = (connected.use_refresh_replay(DEVICE.device_id, 2) for _ in range(10))
        assert (await asyncio.gather(*used)).count(True) == 1
        found = await connected.connected_device(DEVICE.device_id)
        assert found is not None
        assert (found.refresh_sequence, found.replay) == (2, None)

    async def test_response_of_a_rotation_is_stored_after_the_one_before_was_used_up(
        self, connected: Store
    ) -> None:
        assert await connected.rotate_refresh(self.rotation)
        assert await connected.use_refresh_replay(DEVICE.device_id, 2)
        after = replace(
            self.rotation, expected_digest=b"r2" * 16, refresh_sequence=3, refresh_digest=b"r3" * 16
        )
        assert await connected.rotate_refresh(after)
        assert await connected.use_refresh_replay(DEVICE.device_id, 3)

    async def test_response_of_a_revoked_or_unknown_device_is_not_used_up(self, connected: Store) -> None:
        assert await connected.rotate_refresh(self.rotation)
        assert await connected.revoke_device(DEVICE.device_id, NOW, EndedBy.USER)
        for device_id in (DEVICE.device_id, "unknown", "\0"):
            assert not await connected.use_refresh_replay(device_id, 2)

    async def test_revoked_device_is_not_rotated(self, connected: Store) -> None:
        assert await connected.revoke_device(DEVICE.device_id, NOW, EndedBy.USER)
        assert not await connected.rotate_refresh(self.rotation)


class TestAttempts:
    async def test_attempts_are_added_up_per_subject_and_window(self, store: Store) -> None:
        assert await store.spend_attempts(["account:u1", "server"], 600) == [1, 1]
        assert await store.spend_attempts(["server"], 600) == [2]
        assert await store.spend_attempts(["server"], 1200) == [1]
        assert await store.attempts("server", 600) == 3
        assert await store.attempts("server", 1200) == 1
        assert await store.attempts("unknown", 0) == 0

    async def test_fifty_concurrent_attempts_are_all_counted(self, store: Store) -> None:
        counts = await asyncio.gather(*(store.spend_attempts(["server"], 600) for _ in range(50)))
        assert sorted(count for (count,) in counts) == list(range(1, 51))

    async def test_concurrent_attempts_on_several_subjects_are_counted_one_after_the_other(
        self, store: Store
    ) -> None:
        calls = [(["a", "b"], 1), (["b"], 2), (["b", "c"], 1), (["a"], 3)]
        counts = await asyncio.gather(*(store.spend_attempts(names, 600, by) for names, by in calls))
        assert sorted(map(tuple, counts)) == [(1, 1), (3,), (4,), (4, 1)]

    async def test_concurrent_attempts_in_different_windows_are_counted_apart(self, store: Store) -> None:
        windows = (600, 1200, 600, 1200)
        counts = await asyncio.gather(*(store.spend_attempts(["server"], window) for window in windows))
        assert counts == [[1], [1], [2], [2]]

    async def test_attempt_that_can_not_be_stored_spoils_no_other(self, store: Store) -> None:
        counts = await asyncio.gather(
            *(store.spend_attempts([name], 600) for name in ("a", "\ud800", "b")), return_exceptions=True
        )
        assert (counts[0], counts[2]) == ([1], [1])
        assert isinstance(counts[1], UnstorableError)

    async def test_count_of_attempts_never_becomes_negative(self, store: Store) -> None:
        assert await store.spend_attempts(["server"], 600, -1) == [0]
        assert await store.spend_attempts(["server"], 600) == [1]
        assert await store.spend_attempts(["server"], 600, -1) == [0]


class TestSigningKeys:
    async def test_processes_that_start_at_once_agree_on_one_signing_key(self, store: Store) -> None:
        keys = [SigningKey(f"k{number}", "ES256", b"sealed", NOW) for number in range(10)]
        won = await asyncio.gather(*(store.add_signing_key(key, unless_since=0) for key in keys))
        assert won.count(True) == 1
        assert await store.signing_keys() == [keys[won.index(True)]]


class TestNotices:
    async def test_notices_are_listed_newest_first_up_to_the_limit(self, grants: Store) -> None:
        notices = [Notice(f"n{number}", "u1", f"Notice {number}", NOW + number) for number in range(3)]
        assert [await grants.add_notice(notice, limit=2) for notice in notices] == [True, True, False]
        assert await grants.notices("u1") == [notices[1], notices[0]]

    async def test_notice_for_a_removed_user_is_refused(self, grants: Store) -> None:
        assert not await grants.add_notice(Notice("n1", "u2", "Hello", NOW), limit=2)

    async def test_notice_of_another_user_is_not_removed(self, grants: Store) -> None:
        assert await grants.add_notice(Notice("n1", "u1", "Mine", NOW), limit=2)
        assert not await grants.remove_notice("u2", "n1")
        assert await grants.remove_notice("u1", "n1")
        assert await grants.notices("u1") == []


class TestSweep:
    async def test_expired_grant_is_kept_for_a_while_and_then_removed(self, grants: Store) -> None:
        assert await grants.sweep(GRANT.expires_at + 60) == 0
        assert await grants.grant(GRANT.grant_id) == GRANT
        assert await grants.sweep(GRANT.expires_at + 86_400) == 1
        assert await grants.grant(GRANT.grant_id) is None

    async def test_ended_sessions_and_attempts_are_removed(self, grants: Store) -> None:
        assert await grants.add_session(WebSession(b"s" * 32, NOW, NOW + 60))
        await grants.spend_attempts(["server"], int(NOW))
        assert await grants.sweep(NOW + 61) == 1
        assert await grants.session(b"s" * 32) is None
        assert await grants.sweep(NOW + 7000) == 1
        assert await grants.attempts("server", 0) == 0

    async def test_revoked_device_is_kept_for_a_month(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert await grants.revoke_device(DEVICE.device_id, NOW, EndedBy.USER)
        await grants.sweep(NOW + 29 * 86_400)
        assert await grants.connected_device(DEVICE.device_id) is not None
        await grants.sweep(NOW + 31 * 86_400)
        assert await grants.connected_device(DEVICE.device_id) is None

    async def test_expired_device_is_removed_after_a_month(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        await grants.sweep(DEVICE.expires_at + 31 * 86_400)
        assert await grants.connected_device(DEVICE.device_id) is None


class TestUnstorableText:
    HALF_A_PAIR = "\ud83d"

    async def test_unstorable_text_is_refused(self, grants: Store) -> None:
        bad = replace(
            GRANT, grant_id=b"h" * 16, user_code_digest=b"v" * 32, device_name=f"TV {self.HALF_A_PAIR}"
        )
        with pytest.raises(UnstorableError):
            await grants.insert_grant(bad)
        assert await grants.grant(b"h" * 16) is None
        assert await grants.polled_grant(b"h" * 16) is None

    async def test_look_up_by_unstorable_text_finds_nothing(self, grants: Store) -> None:
        assert await grants.client(self.HALF_A_PAIR) is None
        assert await grants.user(self.HALF_A_PAIR) is None
        assert await grants.user_by_name(self.HALF_A_PAIR) is None
        assert await grants.connected_device(self.HALF_A_PAIR) is None
        assert await grants.attempts(self.HALF_A_PAIR, 0) == 0


class TestChangesByOtherProcesses:
    async def test_changed_grant_of_another_process_is_reported(
        self, grants: Store, open_store: Callable[[], Awaitable[Store]]
    ) -> None:
        changed: asyncio.Queue[bytes | None] = asyncio.Queue()
        grants.listen(changed.put_nowait)
        assert await asyncio.wait_for(changed.get(), 120) is None  # it listens from now on
        another = await open_store()
        await another.set_grant_stage(GRANT.grant_id, PairingStage.OPENED)
        assert await asyncio.wait_for(changed.get(), 120) in {GRANT.grant_id, None}
        assert await approve(another)
        assert await asyncio.wait_for(changed.get(), 120) in {GRANT.grant_id, None}

    async def test_close_ends_the_listening_task(self, grants: Store) -> None:
        changed: asyncio.Queue[bytes | None] = asyncio.Queue()
        grants.listen(changed.put_nowait)
        await grants.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
