"""RFC 8628 §3.5 seen from the server, steps (B) to (F): the life of one device authorization."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.device_grant import (
    EARLY_TOLERANCE,
    MAX_INTERVAL,
    TWIN_WINDOW,
    Decision,
    GrantFacts,
    GrantStatus,
    Judgement,
    Pace,
    Verdict,
    decided,
    judge_poll,
    redeemable,
)

EXPIRES_AT = 1600.0
NOW = 1000.0
JUST_POLLED = Pace(NOW - 2)


class Facts(NamedTuple):
    client_id: str
    status: GrantStatus
    expires_at: float
    interval: int


def grant(status: GrantStatus = GrantStatus.PENDING, interval: int = 5) -> GrantFacts:
    return Facts(client_id="tv", status=status, expires_at=EXPIRES_AT, interval=interval)


def verdict(
    facts: GrantFacts | None, *, client_id: str = "tv", pace: Pace | None = None, now: float = NOW
) -> Verdict:
    return judge_poll(facts, client_id, pace, now).verdict


class TestOrderOfJudgement:
    """The eight lines of the module's docstring; in each test every later line would hold, too, and loses."""

    def test_1_no_such_grant(self) -> None:
        assert judge_poll(None, "tv", JUST_POLLED, NOW) == Judgement(Verdict.UNKNOWN)

    @pytest.mark.parametrize("status", GrantStatus)
    @pytest.mark.parametrize("now", [NOW, EXPIRES_AT])
    @pytest.mark.parametrize("client_id", ["another", "", "TV", "tv "])
    def test_2_another_clients_grant_looks_like_none(
        self, status: GrantStatus, now: float, client_id: str
    ) -> None:
        assert judge_poll(grant(status), client_id, JUST_POLLED, now) == Judgement(Verdict.UNKNOWN)

    @pytest.mark.parametrize("now", [NOW, EXPIRES_AT])
    def test_3_redeemed_also_after_its_end(self, now: float) -> None:
        facts = grant(GrantStatus.REDEEMED)

        assert judge_poll(facts, "tv", JUST_POLLED, now) == Judgement(Verdict.REDEEMED)

    @pytest.mark.parametrize("status", [GrantStatus.PENDING, GrantStatus.APPROVED, GrantStatus.DENIED])
    @pytest.mark.parametrize("now", [EXPIRES_AT, EXPIRES_AT + 90_000])
    def test_4_expired_whatever_was_decided(self, status: GrantStatus, now: float) -> None:
        assert judge_poll(grant(status), "tv", Pace(now - 2), now) == Judgement(Verdict.EXPIRED)

    def test_4_a_moment_before_the_end_it_is_alive(self) -> None:
        now = EXPIRES_AT - 0.001

        assert verdict(grant(), now=now) is Verdict.PENDING
        assert verdict(grant(GrantStatus.APPROVED), now=now) is Verdict.APPROVED

    def test_5_denied(self) -> None:
        assert judge_poll(grant(GrantStatus.DENIED), "tv", JUST_POLLED, NOW) == Judgement(Verdict.DENIED)

    @pytest.mark.parametrize("pace", [None, JUST_POLLED, Pace(NOW), Pace(NOW, slowed=True), Pace(NOW + 5)])
    def test_6_approved_is_never_withheld_because_the_poll_came_early(self, pace: Pace | None) -> None:
        assert judge_poll(grant(GrantStatus.APPROVED), "tv", pace, NOW) == Judgement(Verdict.APPROVED)

    def test_7_sooner_than_the_interval(self) -> None:
        assert judge_poll(grant(), "tv", JUST_POLLED, NOW) == Judgement(
            Verdict.SLOW_DOWN, Pace(NOW, slowed=True), 10
        )

    def test_8_otherwise_pending(self) -> None:
        assert judge_poll(grant(), "tv", Pace(NOW - 5), NOW) == Judgement(Verdict.PENDING, Pace(NOW), 5)

    @pytest.mark.parametrize("status", [GrantStatus.DENIED, GrantStatus.REDEEMED])
    def test_an_end_stays_the_answer_when_asked_again(self, status: GrantStatus) -> None:
        first, second = (verdict(grant(status), now=now) for now in (NOW, NOW + 0.01))

        assert first is second


class TestPace:
    """Lines 7 and 8."""

    def test_the_first_poll_starts_the_clock_however_early_it_comes(self) -> None:
        assert judge_poll(grant(), "tv", None, NOW) == Judgement(Verdict.PENDING, Pace(NOW), 5)

    @pytest.mark.parametrize("interval", [5, 10, 60])
    def test_up_to_a_second_early_is_tolerated(self, interval: int) -> None:
        early = Pace(NOW - interval + EARLY_TOLERANCE)
        too_early = Pace(early.polled_at + 0.001)

        assert verdict(grant(interval=interval), pace=early) is Verdict.PENDING
        assert verdict(grant(interval=interval), pace=too_early) is Verdict.SLOW_DOWN
        assert EARLY_TOLERANCE == 1

    def test_slow_down_adds_five_seconds_each_time_up_to_a_minute_and_remembers_when(self) -> None:
        interval, pace = 5, Pace(NOW)
        intervals = []
        for step in range(1, 14):
            judgement = judge_poll(grant(interval=interval), "tv", pace, NOW + 2 * step)
            assert judgement.verdict is Verdict.SLOW_DOWN
            assert judgement.interval is not None
            assert judgement.pace == Pace(NOW + 2 * step, slowed=True)
            interval, pace = judgement.interval, judgement.pace
            intervals.append(interval)

        assert intervals == [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60]

    @pytest.mark.parametrize(("interval", "slower"), [(57, 60), (60, 60), (90, 90)])
    def test_the_cap_never_shortens_an_interval(self, interval: int, slower: int) -> None:
        assert judge_poll(grant(interval=interval), "tv", JUST_POLLED, NOW).interval == slower
        assert MAX_INTERVAL == 60

    def test_a_device_that_slows_down_is_heard_again(self) -> None:
        judgement = judge_poll(grant(interval=10), "tv", Pace(NOW - 10, slowed=True), NOW)

        assert judgement == Judgement(Verdict.PENDING, Pace(NOW), 10)

    @pytest.mark.parametrize("back", [0.001, 5, 3600, 10**9])
    def test_a_clock_that_was_set_back_starts_anew_and_punishes_nobody(self, back: float) -> None:
        assert judge_poll(grant(), "tv", Pace(NOW + back, slowed=True), NOW) == Judgement(
            Verdict.PENDING, Pace(NOW), 5
        )

    def test_a_clock_that_was_set_forward_punishes_nobody(self) -> None:
        assert verdict(grant(), pace=Pace(NOW - 500)) is Verdict.PENDING


class TestTwins:
    """golang.org/x/oauth2 sends every poll twice, within milliseconds, until one succeeds."""

    @pytest.mark.parametrize("later", [0.0, 0.003, 0.999])
    def test_the_twin_of_a_pending_poll_is_pending_and_does_not_move_the_clock(self, later: float) -> None:
        first = Pace(NOW)

        assert judge_poll(grant(), "tv", first, NOW + later) == Judgement(Verdict.PENDING, first, 5)

    @pytest.mark.parametrize("later", [0.0, 0.003, 0.999])
    def test_the_twin_of_a_slowed_poll_is_slowed_but_not_slowed_twice(self, later: float) -> None:
        first = judge_poll(grant(), "tv", JUST_POLLED, NOW)
        assert first.interval == 10
        second = judge_poll(grant(interval=10), "tv", first.pace, NOW + later)

        assert second == Judgement(Verdict.SLOW_DOWN, first.pace, 10)

    def test_a_second_later_it_is_no_twin(self) -> None:
        assert verdict(grant(), pace=Pace(NOW), now=NOW + TWIN_WINDOW) is Verdict.SLOW_DOWN
        assert TWIN_WINDOW == 1

    def test_a_flood_is_slowed_down_all_the_same(self) -> None:
        facts, pace, told = grant(), None, []
        for poll in range(101):
            judgement = judge_poll(facts, "tv", pace, NOW + poll / 20)
            assert judgement.interval is not None
            facts, pace = grant(interval=judgement.interval), judgement.pace
            told.append(judgement.verdict)

        assert told[:20] == [Verdict.PENDING] * 20
        assert told[20:] == [Verdict.SLOW_DOWN] * 81
        assert facts.interval == 5 + 5 * 5


class TestWords:
    """They are stored and logged: another word would lose what a database holds."""

    @pytest.mark.parametrize("word", [*GrantStatus, *Verdict, *Decision])
    def test_a_word_is_named_as_it_is_written(self, word: GrantStatus | Verdict | Decision) -> None:
        assert word.value == word.name.lower()


class TestDecision:
    """§3.3, step (D): a person approves or denies, once."""

    @pytest.mark.parametrize(
        ("decision", "status"),
        [(Decision.APPROVE, GrantStatus.APPROVED), (Decision.DENY, GrantStatus.DENIED)],
    )
    def test_decides_a_pending_grant(self, decision: Decision, status: GrantStatus) -> None:
        assert decided(grant(), decision, NOW) is status
        assert decided(grant(), decision, EXPIRES_AT - 0.001) is status

    @pytest.mark.parametrize("decision", Decision)
    @pytest.mark.parametrize("status", [GrantStatus.APPROVED, GrantStatus.DENIED, GrantStatus.REDEEMED])
    def test_comes_too_late_for_a_decided_one(self, decision: Decision, status: GrantStatus) -> None:
        assert decided(grant(status), decision, NOW) is None

    @pytest.mark.parametrize("decision", Decision)
    @pytest.mark.parametrize("now", [EXPIRES_AT, EXPIRES_AT + 3600])
    def test_and_for_an_expired_one(self, decision: Decision, now: float) -> None:
        assert decided(grant(), decision, now) is None


class TestRedeemable:
    """§3.5, step (F)."""

    def test_an_approved_grant_before_its_end(self) -> None:
        assert redeemable(grant(GrantStatus.APPROVED), EXPIRES_AT - 0.001)

    @pytest.mark.parametrize("now", [EXPIRES_AT, EXPIRES_AT + 1])
    def test_no_longer_at_its_end(self, now: float) -> None:
        assert not redeemable(grant(GrantStatus.APPROVED), now)

    @pytest.mark.parametrize("status", [GrantStatus.PENDING, GrantStatus.DENIED, GrantStatus.REDEEMED])
    def test_no_other_status(self, status: GrantStatus) -> None:
        assert not redeemable(grant(status), NOW)

    @given(st.sampled_from(GrantStatus), st.floats(0, 3200))
    def test_agrees_with_the_judgement(self, status: GrantStatus, now: float) -> None:
        assert redeemable(grant(status), now) == (verdict(grant(status), now=now) is Verdict.APPROVED)
