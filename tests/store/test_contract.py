"""What every engine promises, whatever it is: one winner, nothing resurrected, nothing acknowledged that is not kept."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.model.records import (
    Client,
    ConnectedDevice,
    DeviceGrant,
    Notice,
    PolledGrant,
    Rotation,
    SigningKey,
    User,
    WebSession,
)
from pairgrant_server.authorization_server.secrets.identifiers import new_id
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError, UnstorableError
from pairgrant_server.authorization_server.store.interface.store import Store

NOW = 1_790_000_000.0
CLIENT = Client("lobby-tv", "Lobby TV", frozenset({GrantType.DEVICE_CODE}), ("openid", "board:read"), NOW)
ALICE = User("u1", "alice", "$argon2id$", NOW, "Alice", "alice@example.org")
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
DEVICE = ConnectedDevice(
    device_id="0" * 32,
    user_id="u1",
    client_id="lobby-tv",
    scope=("openid",),
    name="Lobby",
    address="192.0.2.7",
    created_at=NOW,
    last_seen_at=NOW,
    auth_time=NOW,
    expires_at=NOW + 3600,
    refresh_sequence=1,
    refresh_digest=b"r1" * 16,
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
    async def test_a_client_comes_back_as_it_was_added(self, store: Store) -> None:
        confidential = replace(CLIENT, secret_digest=b"s" * 32, redirect_uris=("http://127.0.0.1/back",))
        assert await store.add_client(confidential)
        assert await store.client("lobby-tv") == confidential
        assert await store.clients() == [confidential]

    async def test_a_taken_client_id_changes_nothing(self, store: Store) -> None:
        assert await store.add_client(CLIENT)
        assert not await store.add_client(replace(CLIENT, name="Impostor"))
        assert await store.client("lobby-tv") == CLIENT

    async def test_removing_a_client_takes_its_grants_and_devices_along(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert await grants.remove_client("lobby-tv")
        assert await grants.grant(GRANT.grant_id) is None
        assert await grants.connected_device(DEVICE.device_id) is None
        assert not await grants.remove_client("lobby-tv")


class TestUsers:
    async def test_a_user_is_found_by_id_and_by_name_in_any_case(self, store: Store) -> None:
        assert await store.add_user(ALICE)
        assert await store.user("u1") == ALICE
        assert await store.user_by_name("ALICE") == ALICE
        assert await store.user_by_name("bob") is None

    async def test_a_name_is_taken_in_any_case(self, store: Store) -> None:
        assert await store.add_user(ALICE)
        assert not await store.add_user(replace(ALICE, user_id="u2", username="Alice"))
        assert await store.users() == [ALICE]

    async def test_lock_and_password_are_changed(self, store: Store) -> None:
        assert await store.add_user(ALICE)
        assert await store.set_user_locked("u1", locked=True)
        assert await store.set_password_hash("u1", "new")
        assert await store.user("u1") == replace(ALICE, locked=True, password_hash="new", session_epoch=2)
        assert not await store.set_user_locked("nobody", locked=True)

    async def test_removing_a_user_takes_everything_of_theirs_along(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        await grants.put_session(WebSession(b"s" * 32, NOW, NOW + 60, user_id="u1"))
        assert await grants.add_notice(Notice("n1", "u1", "Welcome", NOW), limit=5)
        assert await grants.remove_user("u1")
        assert await grants.grant(GRANT.grant_id) is None
        assert await grants.connected_device(DEVICE.device_id) is None
        assert await grants.session(b"s" * 32) is None
        assert await grants.notices("u1") == []


class TestDeviceGrants:
    async def test_a_grant_comes_back_as_it_was_issued(self, grants: Store) -> None:
        assert await grants.grant(GRANT.grant_id) == GRANT
        assert await grants.grant_by_user_code(b"u" * 32) == GRANT
        assert await grants.grant_by_user_code(b"x" * 32) is None

    async def test_what_a_poll_reads_is_what_the_grant_says(self, grants: Store) -> None:
        await grants.set_grant_stage(GRANT.grant_id, PairingStage.CONFIRMING)
        await grants.set_grant_interval(GRANT.grant_id, 10)
        assert await approve(grants)
        grant = await grants.grant(GRANT.grant_id)
        assert grant is not None
        read = {name: getattr(grant, name) for name in PolledGrant._fields}
        assert await grants.polled_grant(GRANT.grant_id) == PolledGrant(**read)
        assert read["status"] is GrantStatus.APPROVED
        assert read["stage"] is PairingStage.CONFIRMING
        assert read["interval"] == 10

    async def test_a_user_code_in_use_is_not_given_twice(self, grants: Store) -> None:
        assert not await grants.insert_grant(replace(GRANT, grant_id=b"h" * 16))
        assert await grants.grant(b"h" * 16) is None
        assert await grants.polled_grant(b"h" * 16) is None

    async def test_a_grant_of_a_client_that_was_removed_meanwhile_is_not_issued(self, store: Store) -> None:
        with pytest.raises(StoreUnavailableError):
            await store.insert_grant(GRANT)

    async def test_only_the_first_decision_counts(self, grants: Store) -> None:
        assert await grants.decide_grant(GRANT.grant_id, GrantStatus.DENIED, "u1", NOW, NOW + 1)
        assert not await approve(grants, NOW + 2)
        found = await grants.grant(GRANT.grant_id)
        assert found is not None
        assert found.status is GrantStatus.DENIED

    async def test_a_decision_after_expiry_comes_too_late(self, grants: Store) -> None:
        assert not await approve(grants, GRANT.expires_at)
        assert await grants.grant(GRANT.grant_id) == GRANT

    async def test_redeeming_needs_an_approval(self, grants: Store) -> None:
        assert not await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert await grants.connected_device(DEVICE.device_id) is None

    async def test_redeeming_after_expiry_comes_too_late(self, grants: Store) -> None:
        assert await approve(grants)
        assert not await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", GRANT.expires_at)

    async def test_of_fifty_redemptions_at_once_one_wins(self, grants: Store) -> None:
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

    async def test_of_approvals_denials_and_redemptions_at_once_one_story_remains(
        self, grants: Store
    ) -> None:
        decisions = await asyncio.gather(
            *(
                grants.decide_grant(GRANT.grant_id, status, "u1", NOW, NOW)
                for status in (GrantStatus.APPROVED, GrantStatus.DENIED) * 10
            )
        )
        assert decisions.count(True) == 1

    async def test_a_redeemed_grant_is_never_decided_again(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert not await approve(grants)
        assert not await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        found = await grants.grant(GRANT.grant_id)
        assert found is not None
        assert (found.status, found.replay, found.redeemed_at) == (GrantStatus.REDEEMED, b"answer", NOW)

    async def test_the_interval_only_grows(self, grants: Store) -> None:
        await grants.set_grant_interval(GRANT.grant_id, 15)
        await grants.set_grant_interval(GRANT.grant_id, 10)
        assert await grants.grant(GRANT.grant_id) == replace(GRANT, interval=15)

    async def test_the_stage_only_advances(self, grants: Store) -> None:
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

    async def test_a_device_is_listed_until_it_is_revoked_or_dead_of_age(self, connected: Store) -> None:
        assert await connected.connected_devices("u1", NOW) == [DEVICE]
        assert await connected.connected_devices("u1", DEVICE.expires_at) == []
        assert await connected.revoke_device(DEVICE.device_id, NOW + 5)
        assert not await connected.revoke_device(DEVICE.device_id, NOW + 6)
        assert await connected.connected_devices("u1", NOW) == []
        found = await connected.connected_device(DEVICE.device_id)
        assert found == replace(DEVICE, revoked_at=NOW + 5, refresh_digest=None)

    async def test_a_rotation_is_kept_whole(self, connected: Store) -> None:
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

    async def test_of_fifty_rotations_at_once_one_wins(self, connected: Store) -> None:
        rotations = [replace(self.rotation, refresh_digest=bytes([number]) * 32) for number in range(50)]
        won = await asyncio.gather(*map(connected.rotate_refresh, rotations))
        assert won.count(True) == 1
        found = await connected.connected_device(DEVICE.device_id)
        assert found is not None
        assert found.refresh_digest == rotations[won.index(True)].refresh_digest

    async def test_a_revoked_device_never_rotates(self, connected: Store) -> None:
        assert await connected.revoke_device(DEVICE.device_id, NOW)
        assert not await connected.rotate_refresh(self.rotation)


class TestSessions:
    async def test_a_session_is_replaced_and_removed(self, grants: Store) -> None:
        first = WebSession(b"s" * 32, NOW, NOW + 60, grant_id=b"g" * 16, sealed_user_code=b"sealed")
        await grants.put_session(first)
        assert await grants.session(b"s" * 32) == first
        second = replace(first, user_id="u1", auth_time=NOW)
        await grants.put_session(second)
        assert await grants.session(b"s" * 32) == second
        await grants.remove_session(b"s" * 32)
        assert await grants.session(b"s" * 32) is None


class TestAttempts:
    async def test_attempts_add_up_per_subject_and_window(self, store: Store) -> None:
        assert await store.spend_attempts(["account:u1", "server"], 600) == [1, 1]
        assert await store.spend_attempts(["server"], 600) == [2]
        assert await store.spend_attempts(["server"], 1200) == [1]
        assert await store.attempts("server", 600) == 3
        assert await store.attempts("server", 1200) == 1
        assert await store.attempts("nobody", 0) == 0

    async def test_none_is_lost_when_fifty_come_at_once(self, store: Store) -> None:
        counts = await asyncio.gather(*(store.spend_attempts(["server"], 600) for _ in range(50)))
        assert sorted(count for (count,) in counts) == list(range(1, 51))

    async def test_what_is_given_back_never_goes_below_zero(self, store: Store) -> None:
        assert await store.spend_attempts(["server"], 600, -1) == [0]
        assert await store.spend_attempts(["server"], 600) == [1]
        assert await store.spend_attempts(["server"], 600, -1) == [0]


class TestSigningKeys:
    async def test_processes_that_start_at_once_agree_on_one_key(self, store: Store) -> None:
        keys = [SigningKey(f"k{number}", "ES256", b"sealed", NOW) for number in range(10)]
        won = await asyncio.gather(*(store.add_signing_key(key, unless_since=0) for key in keys))
        assert won.count(True) == 1
        assert await store.signing_keys() == [keys[won.index(True)]]


class TestNotices:
    async def test_the_youngest_stands_first_and_the_board_has_an_end(self, grants: Store) -> None:
        notices = [Notice(f"n{number}", "u1", f"Notice {number}", NOW + number) for number in range(3)]
        assert [await grants.add_notice(notice, limit=2) for notice in notices] == [True, True, False]
        assert await grants.notices("u1") == [notices[1], notices[0]]

    async def test_nobody_posts_for_a_user_who_is_gone(self, grants: Store) -> None:
        assert not await grants.add_notice(Notice("n1", "u2", "Hello", NOW), limit=2)

    async def test_nobody_removes_another_persons_notice(self, grants: Store) -> None:
        assert await grants.add_notice(Notice("n1", "u1", "Mine", NOW), limit=2)
        assert not await grants.remove_notice("u2", "n1")
        assert await grants.remove_notice("u1", "n1")
        assert await grants.notices("u1") == []


class TestSweep:
    async def test_an_expired_grant_outlives_its_expiry_for_a_while_then_goes(self, grants: Store) -> None:
        assert await grants.sweep(GRANT.expires_at + 60) == 0
        assert await grants.grant(GRANT.grant_id) == GRANT
        assert await grants.sweep(GRANT.expires_at + 86_400) == 1
        assert await grants.grant(GRANT.grant_id) is None

    async def test_sessions_and_attempts_go_when_they_are_over(self, grants: Store) -> None:
        await grants.put_session(WebSession(b"s" * 32, NOW, NOW + 60))
        await grants.spend_attempts(["server"], int(NOW))
        assert await grants.sweep(NOW + 61) == 1
        assert await grants.session(b"s" * 32) is None
        assert await grants.sweep(NOW + 7000) == 1
        assert await grants.attempts("server", 0) == 0

    async def test_a_revoked_device_is_remembered_for_a_month(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        assert await grants.revoke_device(DEVICE.device_id, NOW)
        await grants.sweep(NOW + 29 * 86_400)
        assert await grants.connected_device(DEVICE.device_id) is not None
        await grants.sweep(NOW + 31 * 86_400)
        assert await grants.connected_device(DEVICE.device_id) is None

    async def test_what_is_dead_of_age_goes_too(self, grants: Store) -> None:
        assert await approve(grants)
        assert await grants.redeem_grant(GRANT.grant_id, DEVICE, b"answer", NOW)
        await grants.sweep(DEVICE.expires_at + 31 * 86_400)
        assert await grants.connected_device(DEVICE.device_id) is None


class TestTextThatNoRowCanHold:
    HALF_A_PAIR = "\ud83d"

    async def test_it_is_the_callers_mistake_to_keep_it(self, grants: Store) -> None:
        bad = replace(
            GRANT, grant_id=b"h" * 16, user_code_digest=b"v" * 32, device_name=f"TV {self.HALF_A_PAIR}"
        )
        with pytest.raises(UnstorableError):
            await grants.insert_grant(bad)
        assert await grants.grant(b"h" * 16) is None
        assert await grants.polled_grant(b"h" * 16) is None

    async def test_it_finds_nothing(self, grants: Store) -> None:
        assert await grants.client(self.HALF_A_PAIR) is None
        assert await grants.user(self.HALF_A_PAIR) is None
        assert await grants.user_by_name(self.HALF_A_PAIR) is None
        assert await grants.connected_device(self.HALF_A_PAIR) is None
        assert await grants.attempts(self.HALF_A_PAIR, 0) == 0


class TestNews:
    async def test_what_another_process_does_with_a_grant_is_heard(
        self, grants: Store, open_store: Callable[[], Awaitable[Store]]
    ) -> None:
        news: asyncio.Queue[bytes | None] = asyncio.Queue()
        grants.listen(news.put_nowait)
        assert await asyncio.wait_for(news.get(), 120) is None  # now it listens; what came before was missed
        another = await open_store()
        await another.set_grant_stage(GRANT.grant_id, PairingStage.OPENED)
        assert await asyncio.wait_for(news.get(), 120) in {GRANT.grant_id, None}
        assert await approve(another)
        assert await asyncio.wait_for(news.get(), 120) in {GRANT.grant_id, None}

    async def test_nothing_is_heard_after_the_end(self, grants: Store) -> None:
        news: asyncio.Queue[bytes | None] = asyncio.Queue()
        grants.listen(news.put_nowait)
        await grants.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
