"""RFC 8628 §3.5 as the server sees it: the verdict on a poll, steps (E) and (F)."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.device_grant import Decision, GrantFacts, GrantStatus
from pairgrant_protocol.poll_judgement import (
    EARLY_TOLERANCE,
    MAX_INTERVAL,
    TWIN_WINDOW,
    Fact,
    Judgement,
    LastPoll,
    PinFacts,
    PollFacts,
    RedemptionFacts,
    Verdict,
    is_pin_exhausted,
    judge_poll,
)
from pairgrant_protocol.replay import REPLAY_WINDOW, is_replayable

EXPIRES_AT = 1600.0
NOW = 1000.0
JUST_POLLED = LastPoll(NOW - 2)
PENDING, APPROVED, DENIED, REDEEMED = GrantStatus


class Facts(NamedTuple):
    client_id: str
    status: GrantStatus
    expires_at: float
    interval: int


def grant(status: GrantStatus = PENDING, interval: int = 5) -> GrantFacts:
    return Facts(client_id="tv", status=status, expires_at=EXPIRES_AT, interval=interval)


FETCHED = RedemptionFacts(
    redeemed_at=NOW, is_device_active=True, is_account_usable=True, is_refreshed=False, has_response=True
)


def poll(**facts: Any) -> PollFacts:
    """A poll by the right client with all that the grant is bound to; ``facts`` are the differences."""
    right = PollFacts("tv", code_matches=True, key_matches=True, verifier_matches=True, last_poll=JUST_POLLED)
    return right._replace(**facts)


def verdict_on(facts: GrantFacts | None, asked: PollFacts, now: float = NOW) -> Verdict:
    judged = judge_poll(facts, asked, now)
    assert isinstance(judged, Judgement)
    return judged.verdict


def judge(facts: GrantFacts, last_poll: LastPoll | None, now: float) -> Judgement:
    judged = judge_poll(facts, poll(last_poll=last_poll), now)
    assert isinstance(judged, Judgement)
    return judged


def verdict(facts: GrantFacts, *, last_poll: LastPoll | None = None, now: float = NOW) -> Verdict:
    return judge(facts, last_poll, now).verdict


WRONG_HANDS: dict[str, dict[str, Any]] = {
    "another device_code": {"code_matches": False},
    "another client": {"client_id": "another"},
    "no client": {"client_id": ""},
    "client_id in other case": {"client_id": "TV"},
    "client_id with a space": {"client_id": "tv "},
    "without the bound key": {"key_matches": False},
    "without the code_verifier": {"verifier_matches": False},
}


class TestOrderOfJudgement:
    """The lines of the module's docstring; in each test every later line applies too, and does not count."""

    def test_1_unknown_device_code_has_no_grant(self) -> None:
        assert judge_poll(None, poll(), NOW) == Judgement(Verdict.UNKNOWN)

    @pytest.mark.parametrize("status", GrantStatus)
    @pytest.mark.parametrize("now", [NOW, EXPIRES_AT])
    @pytest.mark.parametrize("difference", WRONG_HANDS)
    def test_1_to_4_grant_in_the_wrong_hands_looks_like_none(
        self, status: GrantStatus, now: float, difference: str
    ) -> None:
        assert judge_poll(grant(status), poll(**WRONG_HANDS[difference]), now) == Judgement(Verdict.UNKNOWN)

    def test_facts_of_a_poll_prove_nothing_by_default(self) -> None:
        assert judge_poll(grant(APPROVED), PollFacts("tv"), NOW) == Judgement(Verdict.UNKNOWN)

    @pytest.mark.parametrize("now", [NOW, EXPIRES_AT])
    def test_5_redeemed_grant_stays_redeemed_after_its_expiry(self, now: float) -> None:
        asked = poll(redemption=FETCHED._replace(is_device_active=False))

        assert judge_poll(grant(REDEEMED), asked, now) == Judgement(Verdict.REDEEMED)

    @pytest.mark.parametrize("status", [PENDING, APPROVED, DENIED])
    @pytest.mark.parametrize("now", [EXPIRES_AT, EXPIRES_AT + 90_000])
    @pytest.mark.parametrize("requires_pin", [False, True])
    def test_6_grant_expires_whatever_was_decided(
        self,
        status: GrantStatus,
        now: float,
        requires_pin: bool,  # noqa: FBT001
    ) -> None:
        asked = poll(last_poll=LastPoll(now - 2), requires_pin=requires_pin)

        assert judge_poll(grant(status), asked, now) == Judgement(Verdict.EXPIRED)

    def test_6_grant_is_alive_a_moment_before_its_expiry(self) -> None:
        now = EXPIRES_AT - 0.001

        assert verdict_on(grant(), poll(last_poll=None), now) is Verdict.PENDING
        assert verdict_on(grant(APPROVED), poll(is_account_usable=True), now) is Verdict.APPROVED

    @pytest.mark.parametrize("requires_pin", [False, True])
    def test_7_denied_grant_needs_no_pin(self, requires_pin: bool) -> None:  # noqa: FBT001
        assert judge_poll(grant(DENIED), poll(requires_pin=requires_pin), NOW) == Judgement(Verdict.DENIED)

    @pytest.mark.parametrize("pin", [PinFacts(3), PinFacts(3, is_right=False), PinFacts(4, is_right=True)])
    def test_8a_too_many_wrong_pins_deny_although_the_account_is_usable(self, pin: PinFacts) -> None:
        asked = poll(requires_pin=True, pin=pin, is_account_usable=True)

        assert judge_poll(grant(APPROVED), asked, NOW) == Judgement(Verdict.DENIED)

    @pytest.mark.parametrize("pin", [PinFacts(0), PinFacts(2), PinFacts(2, is_right=False)])
    @pytest.mark.parametrize("usable", [None, True, False])
    def test_8b_approved_grant_waits_for_the_right_pin(self, pin: PinFacts, usable: bool | None) -> None:  # noqa: FBT001
        asked = poll(requires_pin=True, pin=pin, is_account_usable=usable)

        assert judge_poll(grant(APPROVED), asked, NOW) == Judgement(Verdict.PIN_REQUIRED)

    @pytest.mark.parametrize("usable", [True, False])
    @pytest.mark.parametrize("covered", [True, False])
    @pytest.mark.parametrize("last_poll", [None, JUST_POLLED])
    @pytest.mark.parametrize("pin", [{}, {"requires_pin": True, "pin": PinFacts(3, is_right=True)}])
    def test_9_approval_on_hold_gives_no_tokens(
        self,
        usable: bool,  # noqa: FBT001
        covered: bool,  # noqa: FBT001
        last_poll: LastPoll | None,
        pin: dict[str, Any],
    ) -> None:
        asked = poll(
            held_until=NOW + 0.001,
            is_account_usable=usable,
            is_resource_approved=covered,
            last_poll=last_poll,
            **pin,
        )

        assert judge_poll(grant(APPROVED), asked, NOW) == Judgement(Verdict.HELD)

    @pytest.mark.parametrize("held_until", [NOW, NOW - 20])
    def test_9_hold_ends_at_its_instant(self, held_until: float) -> None:
        asked = poll(held_until=held_until, is_account_usable=True)

        assert judge_poll(grant(APPROVED), asked, NOW) == Judgement(Verdict.APPROVED)

    @pytest.mark.parametrize("pin", [PinFacts(0), PinFacts(1, is_right=False)])
    def test_9_hold_does_not_spare_the_pin(self, pin: PinFacts) -> None:
        asked = poll(requires_pin=True, pin=pin, held_until=NOW + 20, is_account_usable=True)

        assert judge_poll(grant(APPROVED), asked, NOW) == Judgement(Verdict.PIN_REQUIRED)

    @pytest.mark.parametrize("status", [PENDING, DENIED])
    def test_9_hold_counts_for_an_approval_only(self, status: GrantStatus) -> None:
        asked = poll(held_until=NOW + 20, is_account_usable=True)

        assert judge_poll(grant(status), asked, NOW) == judge_poll(grant(status), poll(), NOW)

    def test_9_undone_approval_is_denied(self) -> None:
        assert verdict_on(grant(DENIED), poll(held_until=NOW + 20)) is Verdict.DENIED

    @pytest.mark.parametrize("facts", [{}, {"requires_pin": True, "pin": PinFacts(1, is_right=True)}])
    def test_10_unusable_account_is_denied(self, facts: dict[str, Any]) -> None:
        asked = poll(is_account_usable=False, **facts)

        assert judge_poll(grant(APPROVED), asked, NOW) == Judgement(Verdict.DENIED)

    @pytest.mark.parametrize(
        "last_poll", [None, JUST_POLLED, LastPoll(NOW), LastPoll(NOW, slowed=True), LastPoll(NOW + 5)]
    )
    def test_12_approved_grant_is_never_withheld_because_the_poll_came_early(
        self, last_poll: LastPoll | None
    ) -> None:
        asked = poll(last_poll=last_poll, is_account_usable=True)

        assert judge_poll(grant(APPROVED), asked, NOW) == Judgement(Verdict.APPROVED)

    @pytest.mark.parametrize("tries", [1, 2, 3])
    def test_12_right_pin_on_any_of_three_tries_gives_tokens(self, tries: int) -> None:
        asked = poll(requires_pin=True, pin=PinFacts(tries, is_right=True), is_account_usable=True)

        assert judge_poll(grant(APPROVED), asked, NOW) == Judgement(Verdict.APPROVED)

    def test_13_poll_sooner_than_the_interval_is_slowed_down(self) -> None:
        assert judge_poll(grant(), poll(), NOW) == Judgement(
            Verdict.SLOW_DOWN, LastPoll(NOW, slowed=True), 10
        )

    def test_14_poll_at_the_interval_is_pending(self) -> None:
        assert judge_poll(grant(), poll(last_poll=LastPoll(NOW - 5)), NOW) == Judgement(
            Verdict.PENDING, LastPoll(NOW), 5
        )


class TestMissingFacts:
    """A fact that costs a read is asked for only where the verdict depends on it."""

    @pytest.mark.parametrize("last_poll", [None, JUST_POLLED, LastPoll(NOW - 5)])
    @pytest.mark.parametrize("requires_pin", [False, True])
    @pytest.mark.parametrize("status", [PENDING, DENIED])
    def test_pending_or_denied_grant_needs_none(
        self,
        last_poll: LastPoll | None,
        requires_pin: bool,  # noqa: FBT001
        status: GrantStatus,
    ) -> None:
        asked = poll(last_poll=last_poll, requires_pin=requires_pin)

        assert isinstance(judge_poll(grant(status), asked, NOW), Judgement)

    def test_account_of_an_approved_grant_is_not_usable_by_default(self) -> None:
        assert verdict_on(grant(APPROVED), poll()) is Verdict.DENIED

    def test_approved_grant_needs_the_pin(self) -> None:
        assert judge_poll(grant(APPROVED), poll(requires_pin=True), NOW) is Fact.PIN

    def test_poll_for_resources_beyond_the_approval_is_a_bad_target(self) -> None:
        asked = poll(is_account_usable=True, is_resource_approved=False)
        assert verdict_on(grant(APPROVED), asked) is Verdict.BAD_TARGET

    def test_redeemed_grant_needs_its_redemption(self) -> None:
        assert judge_poll(grant(REDEEMED), poll(requires_pin=True), NOW) is Fact.REDEMPTION

    @given(
        st.sampled_from(GrantStatus),
        st.floats(0, 2 * EXPIRES_AT),
        st.fixed_dictionaries(
            {
                "requires_pin": st.booleans(),
                "pin": st.builds(PinFacts, st.integers(0, 5), st.none() | st.booleans()),
                "is_account_usable": st.booleans(),
                "held_until": st.none() | st.floats(0, 2 * EXPIRES_AT),
                "redemption": st.builds(RedemptionFacts, st.floats(0, 2 * EXPIRES_AT), *[st.booleans()] * 6),
            }
        ),
    )
    def test_facts_fetched_one_by_one_lead_to_the_verdict_of_all_at_once(
        self, status: GrantStatus, now: float, facts: dict[str, Any]
    ) -> None:
        names = {Fact.PIN: "pin", Fact.REDEMPTION: "redemption"}
        asked = poll(**{name: fact for name, fact in facts.items() if name not in names.values()})
        judged = judge_poll(grant(status), asked, now)
        while isinstance(judged, Fact):
            name = names.pop(judged)  # no fact is asked for twice
            asked = asked._replace(**{name: facts[name]})
            judged = judge_poll(grant(status), asked, now)

        assert judged == judge_poll(grant(status), poll(**facts), now)


class TestReplay:
    """Line 5: a used device_code repeats a lost response, or ends what it gave."""

    def replayed(self, redemption: RedemptionFacts, now: float = NOW) -> Verdict:
        return verdict_on(grant(REDEEMED), poll(redemption=redemption), now)

    @pytest.mark.parametrize("elapsed", [-0.01, 0, 30, REPLAY_WINDOW])
    def test_lost_response_is_repeated_within_the_window(self, elapsed: float) -> None:
        assert self.replayed(FETCHED, NOW + elapsed) is Verdict.REPLAYED

    @pytest.mark.parametrize("elapsed", [REPLAY_WINDOW + 0.01, 3600])
    @pytest.mark.parametrize("difference", [{}, {"is_refreshed": True}, {"has_response": False}])
    def test_code_used_again_after_the_window_revokes_the_device(
        self, elapsed: float, difference: dict[str, bool]
    ) -> None:
        assert self.replayed(FETCHED._replace(**difference), NOW + elapsed) is Verdict.REUSED

    @pytest.mark.parametrize("elapsed", [0, 3600])
    @pytest.mark.parametrize("difference", ["is_device_active", "is_account_usable"])
    def test_revoked_device_or_unusable_account_is_only_redeemed(
        self, elapsed: float, difference: str
    ) -> None:
        assert self.replayed(FETCHED._replace(**{difference: False}), NOW + elapsed) is Verdict.REDEEMED

    def test_device_that_received_its_response_gets_no_replay(self) -> None:
        assert self.replayed(FETCHED._replace(is_refreshed=True)) is Verdict.REDEEMED

    @pytest.mark.parametrize("difference", [{}, {"is_refreshed": True}])
    def test_code_from_another_network_without_a_key_revokes_the_device(
        self, difference: dict[str, bool]
    ) -> None:
        other = FETCHED._replace(is_same_caller=False, **difference)
        assert self.replayed(other) is Verdict.REUSED

    def test_response_that_was_repeated_before_revokes_the_device(self) -> None:
        assert self.replayed(FETCHED._replace(has_response=False)) is Verdict.REUSED

    def test_lost_response_is_not_repeated_for_other_resources(self) -> None:
        assert self.replayed(FETCHED._replace(resource_matches=False)) is Verdict.BAD_TARGET

    def test_window_is_a_minute_and_needs_an_instant(self) -> None:
        assert REPLAY_WINDOW == 60
        assert not is_replayable(None, NOW)


class TestReturnPin:
    """Line 8: the digits that only the phone shows."""

    @pytest.mark.parametrize(
        ("pin", "exhausted"),
        [
            (PinFacts(2), False),
            (PinFacts(3), True),
            (PinFacts(2, is_right=False), False),
            (PinFacts(3, is_right=False), True),
            (PinFacts(3, is_right=True), False),
            (PinFacts(4, is_right=True), True),
        ],
    )
    def test_third_wrong_pin_is_the_last(self, pin: PinFacts, exhausted: bool) -> None:  # noqa: FBT001
        assert is_pin_exhausted(pin) is exhausted


class TestPace:
    """Lines 13 and 14."""

    def test_first_poll_starts_the_interval_however_early_it_comes(self) -> None:
        assert judge(grant(), None, NOW) == Judgement(Verdict.PENDING, LastPoll(NOW), 5)

    @pytest.mark.parametrize("interval", [5, 10, 60])
    def test_up_to_a_second_early_is_tolerated(self, interval: int) -> None:
        early = LastPoll(NOW - interval + EARLY_TOLERANCE)
        too_early = LastPoll(early.polled_at + 0.001)

        assert verdict(grant(interval=interval), last_poll=early) is Verdict.PENDING
        assert verdict(grant(interval=interval), last_poll=too_early) is Verdict.SLOW_DOWN
        assert EARLY_TOLERANCE == 1

    def test_slow_down_adds_five_seconds_each_time_up_to_a_minute_and_remembers_when(self) -> None:
        interval, last_poll = 5, LastPoll(NOW)
        intervals = []
        for step in range(1, 14):
            judgement = judge(grant(interval=interval), last_poll, NOW + 2 * step)
            assert judgement.verdict is Verdict.SLOW_DOWN
            assert judgement.interval is not None
            assert judgement.last_poll == LastPoll(NOW + 2 * step, slowed=True)
            interval, last_poll = judgement.interval, judgement.last_poll
            intervals.append(interval)

        assert intervals == [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 60, 60]

    @pytest.mark.parametrize(("interval", "slower"), [(57, 60), (60, 60), (90, 90)])
    def test_greatest_interval_never_shortens_an_interval(self, interval: int, slower: int) -> None:
        assert judge(grant(interval=interval), JUST_POLLED, NOW).interval == slower
        assert MAX_INTERVAL == 60

    def test_device_that_slows_down_is_pending_again(self) -> None:
        judgement = judge(grant(interval=10), LastPoll(NOW - 10, slowed=True), NOW)

        assert judgement == Judgement(Verdict.PENDING, LastPoll(NOW), 10)

    @pytest.mark.parametrize("back", [0.001, 5, 3600, 10**9])
    def test_clock_set_back_restarts_the_interval_without_slow_down(self, back: float) -> None:
        assert judge(grant(), LastPoll(NOW + back, slowed=True), NOW) == Judgement(
            Verdict.PENDING, LastPoll(NOW), 5
        )

    def test_clock_set_forward_causes_no_slow_down(self) -> None:
        assert verdict(grant(), last_poll=LastPoll(NOW - 500)) is Verdict.PENDING


class TestTwins:
    """golang.org/x/oauth2 sends every poll twice, within milliseconds, until one succeeds."""

    @pytest.mark.parametrize("later", [0.0, 0.003, 0.999])
    def test_twin_of_a_pending_poll_is_pending_and_does_not_move_the_clock(self, later: float) -> None:
        first = LastPoll(NOW)

        assert judge(grant(), first, NOW + later) == Judgement(Verdict.PENDING, first, 5)

    @pytest.mark.parametrize("later", [0.0, 0.003, 0.999])
    def test_twin_of_a_slowed_poll_is_slowed_but_not_slowed_twice(self, later: float) -> None:
        first = judge(grant(), JUST_POLLED, NOW)
        assert first.interval == 10
        second = judge(grant(interval=10), first.last_poll, NOW + later)

        assert second == Judgement(Verdict.SLOW_DOWN, first.last_poll, 10)

    def test_poll_a_second_later_is_not_a_twin(self) -> None:
        assert verdict(grant(), last_poll=LastPoll(NOW), now=NOW + TWIN_WINDOW) is Verdict.SLOW_DOWN
        assert TWIN_WINDOW == 1

    def test_flood_of_polls_is_slowed_down(self) -> None:
        facts, last_poll, verdicts = grant(), None, []
        for poll in range(101):
            judgement = judge(facts, last_poll, NOW + poll / 20)
            assert judgement.interval is not None
            facts, last_poll = grant(interval=judgement.interval), judgement.last_poll
            verdicts.append(judgement.verdict)

        assert verdicts[:20] == [Verdict.PENDING] * 20
        assert verdicts[20:] == [Verdict.SLOW_DOWN] * 81
        assert facts.interval == 5 + 5 * 5


class TestWords:
    """They are stored and logged: another word would lose what a database holds."""

    @pytest.mark.parametrize("word", [*GrantStatus, *Verdict, *Decision])
    def test_stored_word_equals_its_name_in_lower_case(self, word: GrantStatus | Verdict | Decision) -> None:
        assert word.value == word.name.lower()
