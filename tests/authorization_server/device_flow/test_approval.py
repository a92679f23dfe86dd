"""A client's policy on approvals (RFC 8628 §5.4): the service enforces it, whatever front end asks."""

from dataclasses import replace
from typing import Any, NoReturn

import pytest
from structlog.testing import capture_logs

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_server.authorization_server.clients.clients import STALE_SECONDS
from pairgrant_server.authorization_server.device_flow.approval import (
    Approval,
    ApprovalRefusedError,
    ApprovalTerms,
    PolicyViolation,
    violations_of,
)
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.limits.network import network_of, unknown_address
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.authorization_server.risk.assessment import Assessment
from pairgrant_server.authorization_server.risk.profile import Decision
from tests.authorization_server.server_under_test import ServerUnderTest

HERE = network_of("192.0.2.7")
"""The network of the device of conftest.py."""
ELSEWHERE = network_of("198.51.100.1")

TERMS = ApprovalTerms(
    required_scope=("openid",),
    optional_scope=("board:read",),
    requires_same_network=True,
    is_same_network=True,
    knows_networks=True,
    requires_return_pin=False,
    assessment=Assessment(Decision.ALLOW, ()),
    foreseen=Assessment(Decision.ALLOW, ()),
)


class TestViolations:
    def test_approval_within_the_policy_breaks_no_rule(self) -> None:
        assert violations_of(TERMS, ()) == ()
        assert violations_of(TERMS, ("board:read",)) == ()

    def test_other_network_breaks_a_rule_only_if_the_policy_has_it(self) -> None:
        elsewhere = replace(TERMS, is_same_network=False)
        assert violations_of(elsewhere, ()) == (PolicyViolation.OTHER_NETWORK,)
        assert violations_of(replace(elsewhere, requires_same_network=False), ()) == ()

    def test_required_scope_can_not_be_declined(self) -> None:
        assert violations_of(TERMS, ("board:read", "openid")) == (PolicyViolation.REQUIRED_SCOPE,)

    def test_every_broken_rule_is_named(self) -> None:
        elsewhere = replace(TERMS, is_same_network=False)
        broken = (PolicyViolation.OTHER_NETWORK, PolicyViolation.REQUIRED_SCOPE)
        assert violations_of(elsewhere, ("openid",)) == broken

    def test_unknown_network_is_named_as_the_reason(self) -> None:
        unknown = replace(TERMS, is_same_network=False, knows_networks=False)
        assert violations_of(unknown, ()) == (PolicyViolation.UNKNOWN_NETWORK,)
        assert violations_of(replace(unknown, requires_same_network=False), ()) == ()

    @pytest.mark.parametrize(
        ("decision", "broken"),
        [
            (Decision.ALLOW, ()),
            (Decision.HOLD, ()),
            (Decision.ASK_NUMBER, (PolicyViolation.NUMBER_MISSING,)),
            (Decision.ASK_CODE, (PolicyViolation.CODE_NOT_TYPED,)),
            (Decision.REFUSE, (PolicyViolation.WEAK_EVIDENCE,)),
        ],
    )
    def test_decision_on_the_evidence_is_a_violation_unless_it_approves(
        self, decision: Decision, broken: tuple[PolicyViolation, ...]
    ) -> None:
        terms = replace(TERMS, assessment=Assessment(decision, ()))
        assert violations_of(terms, ()) == broken


async def start(server: ServerUnderTest, **rules: Any) -> DeviceGrant:
    """A pending grant of a client with these rules."""
    await server.change_client("lobby-tv", policy=ClientPolicy(**rules))
    return await server.grant(await server.start(scope="openid board:read"))


async def approve(
    server: ServerUnderTest, grant: DeviceGrant, network: str | None, **options: Any
) -> Approval | None:
    return await server.parts.decisions.approve(
        grant,
        user_id="u-alice",
        auth_time=server.clock(),
        viewer=None if network is None else Viewer(network, "u-alice"),
        **options,
    )


async def current(server: ServerUnderTest, grant: DeviceGrant) -> DeviceGrant:
    """The grant as it is now."""
    found = await server.parts.device_flow.grant(grant.grant_id)
    assert found is not None
    return found


class TestApprove:
    @pytest.mark.parametrize("network", [ELSEWHERE, None])
    async def test_person_on_another_network_is_refused_where_the_policy_says_so(
        self, server: ServerUnderTest, network: str | None
    ) -> None:
        grant = await start(server, requires_same_network=True)
        with capture_logs() as logs, pytest.raises(ApprovalRefusedError) as refused:
            await approve(server, grant, network)
        assert refused.value.violations == (PolicyViolation.OTHER_NETWORK,)
        assert (await current(server, grant)).status is GrantStatus.PENDING
        assert [(line["event"], line["violations"]) for line in logs] == [
            ("approval.refused", ["other_network"])
        ]

    async def test_unknown_network_is_refused_and_the_log_names_the_setting(
        self, server: ServerUnderTest
    ) -> None:
        grant = await start(server, requires_same_network=True)
        with capture_logs() as logs, pytest.raises(ApprovalRefusedError) as refused:
            await approve(server, grant, unknown_address(HERE))
        assert refused.value.violations == (PolicyViolation.UNKNOWN_NETWORK,)
        (line,) = [line for line in logs if line["event"] == "network.unknown"]
        assert (line["log_level"], line["client_id"]) == ("warning", "lobby-tv")
        assert "PAIRGRANT_TRUSTED_PROXIES" in line["reason"]

    async def test_person_on_the_devices_network_may_approve(self, server: ServerUnderTest) -> None:
        grant = await start(server, requires_same_network=True)
        approval = await approve(server, grant, HERE)
        assert approval is not None
        assert (approval.overridden, approval.return_pin) == ((), None)

    @pytest.mark.parametrize("network", [ELSEWHERE, None])
    async def test_network_does_not_matter_without_the_rule(
        self, server: ServerUnderTest, network: str | None
    ) -> None:
        assert await approve(server, await start(server), network) is not None

    async def test_rule_that_another_process_sets_counts_within_seconds(
        self, server: ServerUnderTest
    ) -> None:
        grant = await start(server)
        await server.change_client("lobby-tv", policy=ClientPolicy(requires_same_network=True))
        server.clock.advance(STALE_SECONDS)
        with pytest.raises(ApprovalRefusedError) as refused:
            await approve(server, grant, ELSEWHERE)
        assert refused.value.violations == (PolicyViolation.OTHER_NETWORK,)

    async def test_approval_needs_no_read_besides_what_its_caller_has_read(
        self, server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        grant = await start(server)

        async def refused(_: object) -> NoReturn:
            raise AssertionError

        for read in ("grant", "client"):
            monkeypatch.setattr(server.store, read, refused)
        assert await approve(server, grant, None) is not None

    async def test_grant_that_was_decided_since_it_was_read_is_not_approved(
        self, server: ServerUnderTest
    ) -> None:
        grant = await start(server)
        assert await server.parts.decisions.deny(grant.grant_id, user_id="u-alice", auth_time=server.clock())
        assert await approve(server, grant, None) is None
        assert (await current(server, grant)).status is GrantStatus.DENIED

    async def test_declined_optional_scope_is_not_granted(self, server: ServerUnderTest) -> None:
        grant = await start(server, optional_scope=("board:read",))
        assert await approve(server, grant, None, declined_scope=("board:read",))
        assert (await current(server, grant)).scope == ("openid",)

    async def test_declined_required_scope_is_refused(self, server: ServerUnderTest) -> None:
        grant = await start(server, optional_scope=("board:read",))
        with pytest.raises(ApprovalRefusedError) as refused:
            await approve(server, grant, None, declined_scope=("openid",))
        assert refused.value.violations == (PolicyViolation.REQUIRED_SCOPE,)

    async def test_override_approves_and_is_logged(self, server: ServerUnderTest) -> None:
        grant = await start(server, requires_same_network=True)
        with capture_logs() as logs:
            approval = await approve(server, grant, None, override_policy=True)
            assert approval is not None
        assert approval.overridden == (PolicyViolation.OTHER_NETWORK,)
        assert (await current(server, grant)).status is GrantStatus.APPROVED
        (line,) = [line for line in logs if line["event"] == "policy.overridden"]
        assert (line["log_level"], line["user_id"], line["violations"]) == (
            "warning",
            "u-alice",
            ["other_network"],
        )

    async def test_override_without_a_violation_is_not_logged(self, server: ServerUnderTest) -> None:
        grant = await start(server)
        with capture_logs() as logs:
            approval = await approve(server, grant, HERE, override_policy=True)
            assert approval is not None
        assert approval.overridden == ()
        assert [line["event"] for line in logs] == ["grant.decided"]

    async def test_decided_or_expired_grant_is_not_judged_by_the_policy(
        self, server: ServerUnderTest
    ) -> None:
        grant = await start(server, requires_same_network=True)
        server.clock.advance(600)
        assert await approve(server, grant, ELSEWHERE) is None
        assert await approve(server, grant, ELSEWHERE, override_policy=True) is None

    async def test_unknown_grant_is_not_approved(self, server: ServerUnderTest) -> None:
        grant = replace(await start(server), grant_id=b"unknown grant id")
        assert await approve(server, grant, None) is None

    async def test_approval_gives_the_return_pin_that_the_policy_requires(
        self, server: ServerUnderTest
    ) -> None:
        grant = await start(server, requires_return_pin=True)
        approval = await approve(server, grant, None)
        assert approval is not None
        assert approval.return_pin == server.parts.device_flow.return_pin(grant)
        assert approval.return_pin
        assert approval.return_pin not in repr(approval)

    async def test_denial_needs_no_policy(self, server: ServerUnderTest) -> None:
        grant = await start(server, requires_same_network=True, requires_return_pin=True)
        assert await server.parts.decisions.deny(grant.grant_id, user_id="u-alice", auth_time=server.clock())


class TestAwaitedPin:
    async def test_pin_is_awaited_once_the_grant_is_approved(self, server: ServerUnderTest) -> None:
        grant = await start(server, requires_return_pin=True)
        assert await server.parts.device_flow.awaited_pin(grant) is None
        await approve(server, grant, None)
        approved = await current(server, grant)
        awaited = await server.parts.device_flow.awaited_pin(approved)
        assert awaited is not None
        assert (awaited.digits, awaited.is_exhausted) == (server.parts.device_flow.return_pin(grant), False)
        assert awaited.digits not in repr(awaited)

    async def test_client_without_the_rule_awaits_none(self, server: ServerUnderTest) -> None:
        grant = await start(server)
        await approve(server, grant, None)
        approved = await current(server, grant)
        assert await server.parts.device_flow.awaited_pin(approved) is None
