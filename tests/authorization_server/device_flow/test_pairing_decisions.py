"""What a person decides, weighed by the evidence: numbers, fresh scans, holds, undo and other viewers."""

import json
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.fresh_scan import proof
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.user_code import normalize
from pairgrant_server.authorization_server.device_flow.approval import (
    Approval,
    ApprovalRefusedError,
    ApprovalTerms,
    PolicyViolation,
)
from pairgrant_server.authorization_server.device_flow.arrival import Arrival, arrival_of
from pairgrant_server.authorization_server.device_flow.opened_link import OpenedLink
from pairgrant_server.authorization_server.device_flow.pairing_evidence import is_left_connected
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.limits.network import network_of, unknown_address
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.risk.evidence import CameFrom, Entry
from tests.authorization_server.authentication.test_dpop import KEY
from tests.authorization_server.authentication.test_dpop import proof as proof_of
from tests.authorization_server.device_flow.test_return_channel import hold
from tests.authorization_server.server_under_test import ALICE, ServerUnderTest

HERE = network_of("192.0.2.7")
"""The network of the device of conftest.py."""
ELSEWHERE = network_of("198.51.100.1")

CAN_ALL = "number fresh_scan"
SCANNED = Arrival(Entry.PREFILLED, CameFrom.DIRECT, is_fresh_scan=True)
LINKED = Arrival(Entry.PREFILLED, CameFrom.DIRECT)


def alice(network: str = HERE, arrival: Arrival = Arrival(), browser_id: str = "b1") -> Viewer:  # noqa: B008
    return Viewer(network, "u-alice", browser_id, arrival)


async def start(server: ServerUnderTest, capabilities: str = "", **rules: Any) -> dict[str, Any]:
    await server.change_client("lobby-tv", policy=ClientPolicy(**rules))
    server.clock.advance(3)  # clients are remembered for two seconds
    return await server.start(scope="openid board:read", device_capabilities=capabilities)


async def approve(
    server: ServerUnderTest, grant: DeviceGrant, viewer: Viewer, **typed: Any
) -> Approval | None:
    return await server.parts.decisions.approve(
        grant, user_id="u-alice", auth_time=server.clock(), viewer=viewer, **typed
    )


async def refusal(
    server: ServerUnderTest, grant: DeviceGrant, viewer: Viewer, **typed: Any
) -> tuple[PolicyViolation, ...]:
    with pytest.raises(ApprovalRefusedError) as refused:
        await approve(server, grant, viewer, **typed)
    return refused.value.violations


async def pending(server: ServerUnderTest, codes: dict[str, Any]) -> dict[str, Any]:
    """The response to a poll that is on time."""
    server.clock.advance(6)
    response = await server.poll(codes)
    members: dict[str, Any] = response.json()
    return members


def same_number_by_chance(server: ServerUnderTest, grant: DeviceGrant) -> bool:
    """Whether Alice and Bob have the same digits, as one grant in a hundred has."""
    number = server.parts.decisions._secrets.number
    return number(grant.grant_id, "u-alice") == number(grant.grant_id, "u-bob")


def wrong(number: str) -> str:
    return f"{(int(number) + 1) % 100:02}"


class TestNumber:
    async def test_number_reaches_the_device_once_a_signed_in_person_looked_its_code_up(
        self, server: ServerUnderTest
    ) -> None:
        codes = await start(server, CAN_ALL)
        grant = await server.grant(codes)
        assert "number" not in await pending(server, codes)

        await server.parts.decisions.look(grant, Viewer(HERE, None, "b1"))
        waiting = await pending(server, codes)
        assert (waiting["pairing_stage"], "number" in waiting) == ("signing_in", False)

        await server.parts.decisions.look(grant, alice())
        matching = await pending(server, codes)
        assert matching["pairing_stage"] == "matching_number"
        assert await approve(server, grant, alice(), number=matching["number"]) is not None
        assert "access_token" in await pending(server, codes)

    async def test_approval_without_digits_is_refused_and_costs_no_try(self, server: ServerUnderTest) -> None:
        codes = await start(server, CAN_ALL)
        grant = await server.grant(codes)
        await server.parts.decisions.look(grant, alice())

        assert await refusal(server, grant, alice()) == (PolicyViolation.NUMBER_MISSING,)
        number = (await pending(server, codes))["number"]
        assert await approve(server, grant, alice(), number=number) is not None

    async def test_wrong_digits_deny_the_grant_and_are_an_event(self, server: ServerUnderTest) -> None:
        codes = await start(server, CAN_ALL)
        grant = await server.grant(codes)
        await server.parts.decisions.look(grant, alice())
        number = (await pending(server, codes))["number"]

        with capture_logs() as logs:
            assert await refusal(server, grant, alice(), number=wrong(number)) == (
                PolicyViolation.WRONG_NUMBER,
            )
        assert [line["event"] for line in logs] == ["number.wrong"]
        assert await approve(server, grant, alice(), number=number) is None
        assert (await pending(server, codes))["error"] == "access_denied"
        (event,) = await server.store.outbox(10)
        assert (event.name, json.loads(event.facts)["user_id"]) == ("number.wrong", "u-alice")

    async def test_device_that_can_not_show_a_number_is_not_asked_for_one(
        self, server: ServerUnderTest
    ) -> None:
        codes = await start(server)
        grant = await server.grant(codes)
        await server.parts.decisions.look(grant, alice())
        assert (await pending(server, codes))["pairing_stage"] == "confirming"
        assert await approve(server, grant, alice()) is not None

    async def test_open_profile_asks_for_no_number(self, server: ServerUnderTest) -> None:
        grant = await server.grant(await start(server, CAN_ALL, profile="open"))
        assert await approve(server, grant, alice(ELSEWHERE, LINKED)) is not None

    async def test_number_is_that_of_the_account_that_looked_last(self, server: ServerUnderTest) -> None:
        """So a number that an attacker saw with an account of their own is of no use in a mail."""
        await server.store.add_user(replace(ALICE, user_id="u-bob", username="bob"))
        codes = await start(server, CAN_ALL)
        while same_number_by_chance(server, await server.grant(codes)):
            codes = await start(server, CAN_ALL)
        grant, seen = await server.grant(codes), []
        for user_id in ("u-bob", "u-alice"):
            await server.parts.decisions.look(grant, Viewer(HERE, user_id, f"browser of {user_id}"))
            seen.append((await pending(server, codes))["number"])

        assert seen[0] != seen[1]
        assert await refusal(server, grant, alice(), number=seen[0]) == (PolicyViolation.WRONG_NUMBER,)

    async def test_held_poll_has_the_next_number_at_once(self, server: ServerUnderTest) -> None:
        await server.store.add_user(replace(ALICE, user_id="u-bob", username="bob"))
        codes = await start(server, CAN_ALL)
        while same_number_by_chance(server, await server.grant(codes)):
            codes = await start(server, CAN_ALL)
        grant = await server.grant(codes)
        await server.parts.decisions.look(grant, Viewer(HERE, "u-bob", "b2"))
        before = (await pending(server, codes))["number"]
        server.clock.advance(6)
        poll = await hold(server, codes)
        await server.parts.decisions.look(grant, alice())

        assert (await poll).json()["number"] != before

    async def test_held_poll_has_a_number_at_once_that_changed_between_two_polls(
        self, server: ServerUnderTest
    ) -> None:
        await server.store.add_user(replace(ALICE, user_id="u-bob", username="bob"))
        codes = await start(server, CAN_ALL)
        while same_number_by_chance(server, await server.grant(codes)):
            codes = await start(server, CAN_ALL)
        grant = await server.grant(codes)
        poll = await hold(server, codes)
        await server.parts.decisions.look(grant, Viewer(HERE, "u-bob", "b2"))
        before = (await poll).json()["number"]
        server.clock.advance(6)
        await server.parts.decisions.look(grant, alice())

        next_poll = await hold(server, codes)
        assert next_poll.done()
        assert (await next_poll).json()["number"] != before
        server.clock.advance(6)
        again = await hold(server, codes)
        assert not again.done()
        server.timers.expire()
        await again

    async def test_number_of_a_grant_is_always_the_same_two_digits(self, server: ServerUnderTest) -> None:
        codes = await start(server, CAN_ALL)
        await server.parts.decisions.look(await server.grant(codes), alice())
        first, second = await pending(server, codes), await pending(server, codes)
        assert first["number"] == second["number"]
        assert (len(first["number"]), first["number"].isdecimal()) == (2, True)

    async def test_wrong_digits_never_end_what_another_person_has_approved(
        self, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await server.store.add_user(replace(ALICE, user_id="u-bob", username="bob"))
        codes = await start(server, CAN_ALL)
        grant, decisions = await server.grant(codes), server.parts.decisions
        await decisions.look(grant, alice())
        number = (await pending(server, codes))["number"]
        terms = decisions.terms

        async def meanwhile(*args: Any, **kwargs: Any) -> ApprovalTerms:
            now = server.clock()
            assert await server.store.decide_grant(grant.grant_id, GrantStatus.APPROVED, "u-bob", now, now)
            return await terms(*args, **kwargs)

        monkeypatch.setattr(decisions, "terms", meanwhile)
        assert await approve(server, grant, alice(), number=wrong(number)) is None
        kept = await server.store.grant(grant.grant_id)
        assert kept is not None
        assert kept.status is GrantStatus.APPROVED


class TestOperator:
    async def test_override_gives_the_strong_scopes_too(self, server: ServerUnderTest) -> None:
        codes = await start(server, CAN_ALL, profile="strict", strong_scope=("board:read",))
        grant = await server.grant(codes)
        await server.parts.decisions.approve(
            grant,
            user_id="u-alice",
            auth_time=server.clock(),
            viewer=None,
            override_policy=True,
        )
        approved = await server.store.grant(grant.grant_id)
        assert approved is not None
        assert "board:read" in approved.scope


class TestFreshScan:
    async def test_device_gets_a_proof_key_only_if_it_can_show_proofs(self, server: ServerUnderTest) -> None:
        assert "proof_key" not in await start(server)
        assert "proof_key" not in await start(server, "number")
        assert len((await start(server, CAN_ALL))["proof_key"]) == 43
        assert "proof_key" not in await start(server, CAN_ALL, fresh_scan="off")

    async def test_fresh_scan_in_the_devices_network_needs_no_digits(self, server: ServerUnderTest) -> None:
        codes = await start(server, CAN_ALL)
        grant = await server.grant(codes)
        await server.parts.decisions.look(grant, alice(arrival=SCANNED))
        assert (await pending(server, codes))["pairing_stage"] == "confirming"
        approval = await approve(server, grant, alice(arrival=SCANNED))
        assert approval is not None
        assert approval.held_until is None

    async def test_fresh_scan_from_another_network_needs_the_digits(self, server: ServerUnderTest) -> None:
        """It may be an attacker's page that redirects to a fresh link."""
        grant = await server.grant(await start(server, CAN_ALL))
        viewer = alice(ELSEWHERE, SCANNED)
        assert await refusal(server, grant, viewer) == (PolicyViolation.NUMBER_MISSING,)

    @pytest.mark.parametrize(("age", "is_fresh"), [(0, True), (44, True), (45, False), (-1, True)])
    async def test_proof_is_fresh_for_three_steps(
        self, server: ServerUnderTest, age: int, *, is_fresh: bool
    ) -> None:
        codes = await start(server, CAN_ALL)
        grant = await server.grant(codes)
        code, key = normalize(codes["user_code"]), Secret(codes["proof_key"])
        link = OpenedLink(code, proof(key, code, 0), CameFrom.DIRECT, grant.created_at + age)
        assert arrival_of(link, code, key, grant.created_at).is_fresh_scan is is_fresh

    async def test_person_who_replaced_the_links_code_typed_it(self, server: ServerUnderTest) -> None:
        key = Secret((await start(server, CAN_ALL))["proof_key"])
        link = OpenedLink("WDJBMJHT", None, CameFrom.CROSS_SITE, 0)
        assert arrival_of(link, "BCDFGHJK", key, 0) == Arrival()


class TestLinks:
    async def test_code_of_a_link_has_to_be_typed_where_nothing_else_is_proved(
        self, server: ServerUnderTest
    ) -> None:
        grant = await server.grant(await start(server))
        assert await refusal(server, grant, alice(ELSEWHERE, LINKED)) == (PolicyViolation.CODE_NOT_TYPED,)
        assert await approve(server, grant, alice(ELSEWHERE)) is not None

    async def test_code_of_a_link_is_enough_in_the_devices_network(self, server: ServerUnderTest) -> None:
        grant = await server.grant(await start(server))
        assert await approve(server, grant, alice(HERE, LINKED)) is not None

    async def test_link_on_another_site_has_to_be_typed_in_the_devices_network_too(
        self, server: ServerUnderTest
    ) -> None:
        grant = await server.grant(await start(server))
        arrival = Arrival(Entry.PREFILLED, CameFrom.CROSS_SITE)
        assert await refusal(server, grant, alice(HERE, arrival)) == (PolicyViolation.CODE_NOT_TYPED,)


class TestKnownKey:
    """A device on another network, whose key this account has approved before, is scanned again."""

    async def connected(self, server: ServerUnderTest) -> str:
        """The id of the first connection."""
        await server.change_client("lobby-tv", policy=ClientPolicy(profile="open"))
        server.clock.advance(3)
        grant = await self.scanned(server)
        assert await approve(server, grant, alice()) is not None
        await server.poll(server.codes, headers={"dpop": proof_of(key=KEY, at=server.clock())})
        await server.change_client("lobby-tv", policy=ClientPolicy())
        server.clock.advance(3)
        (device,) = await server.store.earlier_connections("u-alice", "lobby-tv")
        return device.device_id

    async def scanned(self, server: ServerUnderTest) -> DeviceGrant:
        form = {"client_id": "lobby-tv", "scope": "openid", "device_capabilities": CAN_ALL}
        headers = {"dpop": proof_of("/device_authorization", KEY, at=server.clock())}
        server.codes = (await server.post("/device_authorization", form, headers=headers)).json()
        return await server.grant(server.codes)

    async def test_key_of_an_earlier_approval_stands_for_the_network(self, server: ServerUnderTest) -> None:
        await self.connected(server)

        assert await approve(server, await self.scanned(server), alice(ELSEWHERE, SCANNED)) == Approval()

    async def test_key_of_a_removed_device_stands_for_nothing(self, server: ServerUnderTest) -> None:
        await server.store.revoke_device(await self.connected(server), server.clock(), EndedBy.USER)

        grant = await self.scanned(server)
        assert await refusal(server, grant, alice(ELSEWHERE, SCANNED)) == (PolicyViolation.NUMBER_MISSING,)

    async def test_key_of_a_device_that_awaits_its_confirmation_stands_for_nothing(
        self, server: ServerUnderTest
    ) -> None:
        await self.connected(server)
        (device,) = await server.store.earlier_connections("u-alice", "lobby-tv")

        assert is_left_connected(device, device.dpop_jkt)
        assert not is_left_connected(replace(device, confirm_by=server.clock() + 60), device.dpop_jkt)


class TestHold:
    async def test_approval_from_another_network_takes_effect_after_twenty_seconds(
        self, server: ServerUnderTest
    ) -> None:
        codes = await start(server)
        grant = await server.grant(codes)
        with capture_logs() as logs:
            approval = await approve(server, grant, alice(ELSEWHERE))
        assert approval is not None
        assert approval.held_until == server.clock() + 20
        (line,) = [line for line in logs if line["event"] == "approval.held"]
        assert line["reasons"]

        finishing = await pending(server, codes)
        assert (finishing["error"], finishing["pairing_stage"]) == ("authorization_pending", "finishing")
        server.clock.advance(7)
        assert (await pending(server, codes))["pairing_stage"] == "finishing"
        server.clock.advance(1)
        assert "access_token" in await pending(server, codes)

    async def test_undone_approval_gives_no_tokens(self, server: ServerUnderTest) -> None:
        codes = await start(server)
        grant = await server.grant(codes)
        await approve(server, grant, alice(ELSEWHERE))

        assert await server.parts.decisions.undo(grant.grant_id, user_id="u-alice", network=ELSEWHERE)
        server.clock.advance(20)
        assert (await pending(server, codes))["error"] == "access_denied"
        assert [event.name for event in await server.store.outbox(10)] == ["approval.undone"]

    async def test_undo_that_is_sent_again_is_no_event(self, server: ServerUnderTest) -> None:
        codes = await start(server)
        grant = await server.grant(codes)
        await approve(server, grant, alice(ELSEWHERE))
        with capture_logs() as logs:
            undone = [
                await server.parts.decisions.undo(grant.grant_id, user_id="u-alice", network=ELSEWHERE)
                for _ in range(3)
            ]
        assert undone == [True, False, False]
        assert [line["event"] for line in logs] == ["approval.undone"]
        assert len(await server.store.outbox(10)) == 1

    async def test_undo_after_the_redemption_revokes_the_tokens(self, server: ServerUnderTest) -> None:
        codes = await start(server)
        grant = await server.grant(codes)
        await approve(server, grant, alice(HERE))
        tokens = await pending(server, codes)

        assert await server.parts.decisions.undo(grant.grant_id, user_id="u-alice", network=HERE)
        assert await server.introspect(tokens["access_token"]) == {"active": False}

    async def test_another_person_undoes_nothing(self, server: ServerUnderTest) -> None:
        codes = await start(server)
        grant = await server.grant(codes)
        await approve(server, grant, alice(HERE))
        assert not await server.parts.decisions.undo(grant.grant_id, user_id="u-mallory", network=HERE)
        assert "access_token" in await pending(server, codes)

    async def test_code_that_expires_during_the_hold_is_refused(self, server: ServerUnderTest) -> None:
        grant = await server.grant(await start(server))
        server.clock.now = grant.expires_at - 25
        assert await refusal(server, grant, alice(ELSEWHERE)) == (PolicyViolation.TOO_LATE,)
        current = await server.parts.device_flow.grant(grant.grant_id)
        assert current is not None
        assert current.status is GrantStatus.PENDING

    async def test_unknown_network_is_held_as_another_one_is(self, server: ServerUnderTest) -> None:
        grant = await server.grant(await start(server))
        approval = await approve(server, grant, alice(unknown_address(HERE)))
        assert approval is not None
        assert approval.held_until is not None


class TestStrict:
    async def test_other_network_is_refused_even_with_the_digits(self, server: ServerUnderTest) -> None:
        codes = await start(server, CAN_ALL, profile="strict")
        grant = await server.grant(codes)
        viewer = alice(ELSEWHERE, SCANNED)
        await server.parts.decisions.look(grant, viewer)
        assert await refusal(server, grant, viewer) == (PolicyViolation.WEAK_EVIDENCE,)

    async def test_device_that_is_not_confirmed_in_time_loses_its_tokens(
        self, server: ServerUnderTest
    ) -> None:
        codes = await start(server, "number", profile="strict")
        grant = await server.grant(codes)
        await server.parts.decisions.look(grant, alice())
        number = (await pending(server, codes))["number"]
        await approve(server, grant, alice(), number=number)
        server.clock.advance(20)
        tokens = await pending(server, codes)
        assert (await server.introspect(tokens["access_token"]))["active"] is True
        server.clock.advance(121)
        assert await server.introspect(tokens["access_token"]) == {"active": False}

    async def test_operators_approval_needs_the_override(self, server: ServerUnderTest) -> None:
        grant = await server.grant(await start(server, profile="strict"))
        who: dict[str, Any] = {"user_id": "u-alice", "auth_time": server.clock(), "viewer": None}
        with pytest.raises(ApprovalRefusedError) as refused:
            await server.parts.decisions.approve(grant, **who)
        assert refused.value.violations == (PolicyViolation.WEAK_EVIDENCE,)
        assert await server.parts.decisions.approve(grant, **who, override_policy=True)


class TestWeakEvidence:
    async def test_strong_scope_is_withheld_and_the_connection_is_shorter(
        self, server: ServerUnderTest
    ) -> None:
        rules: dict[str, Any] = {"strong_scope": ("board:read",), "weak_connection_lifetime": 3600}
        codes = await start(server, **rules)
        grant = await server.grant(codes)
        terms = await server.parts.decisions.terms(grant, alice(ELSEWHERE))
        assert (terms.withheld_scope, terms.required_scope) == (("board:read",), ("openid",))
        await approve(server, grant, alice(ELSEWHERE))
        server.clock.advance(20)
        tokens = await pending(server, codes)
        assert tokens["scope"] == "openid"
        (device,) = await server.parts.devices.of_user("u-alice")
        assert device.ends_at == device.created_at + 3600

    async def test_person_is_told_what_follows_once_the_number_is_typed(
        self, server: ServerUnderTest
    ) -> None:
        grant = await server.grant(await start(server, CAN_ALL, strong_scope=("board:read",)))
        near = await server.parts.decisions.terms(grant, alice(HERE))
        far = await server.parts.decisions.terms(grant, alice(ELSEWHERE))
        assert (near.asks_number, near.holds, near.withheld_scope) == (True, False, ())
        assert (far.asks_number, far.holds, far.withheld_scope) == (True, True, ("board:read",))

    async def test_strong_evidence_gives_everything(self, server: ServerUnderTest) -> None:
        rules: dict[str, Any] = {"strong_scope": ("board:read",), "weak_connection_lifetime": 3600}
        codes = await start(server, CAN_ALL, **rules)
        grant = await server.grant(codes)
        await approve(server, grant, alice(HERE, SCANNED))
        tokens = await pending(server, codes)
        assert tokens["scope"] == "openid board:read"
        (device,) = await server.parts.devices.of_user("u-alice")
        assert device.ends_at is None


class TestOtherViewers:
    async def test_code_that_two_browsers_looked_up_is_held_and_an_event(
        self, server: ServerUnderTest
    ) -> None:
        grant = await server.grant(await start(server))
        with capture_logs() as logs:
            first = await server.parts.decisions.look(grant, alice(HERE))
            second = await server.parts.decisions.look(grant, Viewer(HERE, None, "b2"))
        assert (first.is_seen_by_others, second.is_seen_by_others) == (False, True)
        assert [line["event"] for line in logs] == ["code.seen_by_others"]
        approval = await approve(server, grant, alice(HERE))
        assert approval is not None
        assert approval.held_until is not None

    async def test_two_browsers_of_one_account_are_no_others(self, server: ServerUnderTest) -> None:
        grant = await server.grant(await start(server))
        await server.parts.decisions.look(grant, alice(HERE, browser_id="phone"))
        assert not (await server.parts.decisions.look(grant, alice(HERE, browser_id="pc"))).is_seen_by_others

    async def test_browser_that_signs_in_after_it_looked_is_no_other(self, server: ServerUnderTest) -> None:
        grant = await server.grant(await start(server))
        await server.parts.decisions.look(grant, Viewer(HERE, None, "b1"))
        assert not (await server.parts.decisions.look(grant, alice(HERE))).is_seen_by_others

    async def test_strict_profile_refuses_a_code_that_others_saw(self, server: ServerUnderTest) -> None:
        grant = await server.grant(await start(server, CAN_ALL, profile="strict"))
        await server.parts.decisions.look(grant, Viewer(HERE, None, "b2"))
        assert await refusal(server, grant, alice(HERE, SCANNED)) == (PolicyViolation.WEAK_EVIDENCE,)


class TestLabel:
    @pytest.mark.parametrize("typed", ["Room 4", "room4", " ROOM 4 "])
    async def test_label_is_compared_without_case_and_spaces(
        self, server: ServerUnderTest, typed: str
    ) -> None:
        await server.change_client("lobby-tv", policy=ClientPolicy(requires_device_label=True))
        grant = await server.grant(await server.start(device_label="Room 4"))
        assert await approve(server, grant, alice(), label=typed) is not None

    @pytest.mark.parametrize("typed", [None, "", "Room 5"])
    async def test_approval_without_the_right_label_is_refused(
        self, server: ServerUnderTest, typed: str | None
    ) -> None:
        await server.change_client("lobby-tv", policy=ClientPolicy(requires_device_label=True))
        grant = await server.grant(await server.start(device_label="Room 4"))
        assert await refusal(server, grant, alice(), label=typed) == (PolicyViolation.WRONG_LABEL,)
