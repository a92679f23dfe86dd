"""RFC 8628 §3.5, step (E): when the device polls, and what each response means to it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_protocol.messages import TokenResponse
from pairgrant_protocol.polling import (
    MAX_BACKOFF,
    SLOWED_MARGIN,
    Authorized,
    Denied,
    Expired,
    Failed,
    Pending,
    PollResult,
    Refused,
    SlowDown,
    State,
    Unreachable,
    Waiting,
    after_poll,
    awaits_pin,
    begin,
    hold,
    pin_entered,
    retried,
    wake_at,
    woken,
)
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import PairingStage

TOKENS = TokenResponse(Secret("2YotnFZF"), "Bearer")
FRESH = begin(interval=5, expires_in=600, now=1000)
SLOWED = replace(FRESH, interval=10.0, slowed=True, stage=PairingStage.OPENED)
IN_TROUBLE = replace(FRESH, backoff=20.0, trouble="the connection timed out", stage=PairingStage.OPENED)
STATES = [FRESH, SLOWED, IN_TROUBLE]
NOW = 1010.0

GOING_ON: st.SearchStrategy[PollResult] = st.one_of(
    st.builds(Pending, st.none() | st.sampled_from(PairingStage), st.booleans(), st.none() | st.just("47")),
    st.builds(SlowDown, st.none() | st.integers(1, 300).map(float)),
    st.builds(Unreachable, st.just("no response"), st.none() | st.floats(0, 3600)),
)


def waiting(state: State) -> Waiting:
    assert isinstance(state, Waiting)
    return state


def wait(state: State, now: float = NOW) -> float:
    return waiting(state).next_poll_at - now


class TestHold:
    def test_poll_may_be_held_until_the_code_expires(self) -> None:
        assert hold(FRESH, 1010) == 590

    def test_first_poll_after_a_failure_is_not_held_so_that_recovery_shows_at_once(self) -> None:
        assert hold(IN_TROUBLE, 1010) == 0

    def test_poll_that_sends_digits_is_not_held(self) -> None:
        assert hold(pin_entered(FRESH, Secret("042")), 1010) == 0


class TestBegin:
    def test_first_poll_is_due_after_one_interval(self) -> None:
        assert begin(interval=5, expires_in=600, now=1000) == Waiting(
            interval=5, next_poll_at=1005, expires_at=1600
        )

    def test_code_that_expires_before_the_first_poll_is_never_polled(self) -> None:
        state = begin(interval=5, expires_in=3, now=1000)

        assert wake_at(state) == 1003
        assert woken(state, wake_at(state)) == Expired()


class TestWake:
    def test_device_wakes_for_the_next_poll(self) -> None:
        assert wake_at(FRESH) == 1005

    def test_device_wakes_for_the_expiry_if_that_comes_first(self) -> None:
        assert wake_at(replace(FRESH, next_poll_at=1601)) == 1600

    def test_device_polls_just_before_the_expiry(self) -> None:
        assert woken(FRESH, 1005) == FRESH

    def test_late_poll_counts_from_when_it_is_sent(self) -> None:
        assert woken(FRESH, 1599.999) == replace(FRESH, next_poll_at=1599.999)

    def test_device_does_not_poll_at_the_expiry(self) -> None:
        assert woken(FRESH, 1600) == Expired()

    def test_laptop_that_slept_past_the_expiry_never_polls_again(self) -> None:
        assert woken(FRESH, 90_000) == Expired()

    def test_laptop_that_slept_past_some_polls_sends_one_and_keeps_the_interval(self) -> None:
        state = waiting(woken(FRESH, 1300))

        assert wake_at(state) <= 1300
        assert after_poll(state, Pending(), 1301) == replace(FRESH, next_poll_at=1306)


class TestPending:
    """``authorization_pending``: go on as before."""

    @pytest.mark.parametrize("state", STATES)
    def test_pending_keeps_the_interval_and_clears_the_trouble(self, state: Waiting) -> None:
        after = waiting(after_poll(state, Pending(), NOW))

        assert (after.interval, after.slowed) == (state.interval, state.slowed)
        assert (after.backoff, after.trouble) == (0.0, None)

    def test_wait_runs_from_the_end_of_the_response(self) -> None:
        assert wait(after_poll(FRESH, Pending(), 1038.5), 1038.5) == 5

    @pytest.mark.parametrize("stage", [None, *PairingStage])
    def test_pending_takes_over_the_stage(self, stage: PairingStage | None) -> None:
        assert waiting(after_poll(FRESH, Pending(stage), NOW)).stage is stage

    def test_stage_never_goes_back(self) -> None:
        confirming = replace(FRESH, stage=PairingStage.CONFIRMING)
        for stage in (None, *list(PairingStage)[:4]):
            assert waiting(after_poll(confirming, Pending(stage), NOW)).stage is PairingStage.CONFIRMING


class TestNumber:
    """An extra of this server: digits that the device shows, and that the person types on the phone."""

    SHOWN = replace(FRESH, stage=PairingStage.MATCHING_NUMBER, number="47")

    def test_number_is_kept_to_be_shown_and_polling_goes_on(self) -> None:
        state = waiting(after_poll(FRESH, Pending(PairingStage.MATCHING_NUMBER, number="47"), NOW))

        assert state == replace(self.SHOWN, next_poll_at=NOW + FRESH.interval)
        assert not awaits_pin(state)

    def test_poll_after_a_held_response_with_a_number_follows_at_once(self) -> None:
        held = Pending(PairingStage.MATCHING_NUMBER, was_held=True, number="47")

        assert waiting(after_poll(FRESH, held, FRESH.next_poll_at)).next_poll_at == FRESH.next_poll_at

    @pytest.mark.parametrize(
        "result",
        [Pending(PairingStage.MATCHING_NUMBER), Pending(), SlowDown(), Unreachable("no response")],
    )
    def test_number_stays_until_another_stage(self, result: PollResult) -> None:
        assert waiting(after_poll(self.SHOWN, result, NOW)).number == "47"

    def test_new_number_replaces_the_old_one(self) -> None:
        newer = Pending(PairingStage.MATCHING_NUMBER, number="12")

        assert waiting(after_poll(self.SHOWN, newer, NOW)).number == "12"

    @pytest.mark.parametrize("stage", [PairingStage.ENTERING_PIN, PairingStage.FINISHING])
    def test_number_ends_with_its_stage(self, stage: PairingStage) -> None:
        assert waiting(after_poll(self.SHOWN, Pending(stage, number="47"), NOW)).number is None

    @pytest.mark.parametrize("stage", [None, *list(PairingStage)[:4]])
    def test_number_in_an_earlier_stage_is_ignored(self, stage: PairingStage | None) -> None:
        assert waiting(after_poll(FRESH, Pending(stage, number="47"), NOW)).number is None

    def test_number_is_in_no_repr(self) -> None:
        assert "47" not in repr(self.SHOWN)

    def test_wrong_number_is_a_denial(self) -> None:
        assert after_poll(self.SHOWN, Refused("access_denied"), NOW) == Denied()


class TestReturnPin:
    """An extra of this server: approved, but the device has to send the digits that only the phone shows."""

    WANTED = replace(FRESH, stage=PairingStage.ENTERING_PIN)
    SENT = pin_entered(WANTED, Secret("042"))
    ASKS = Pending(PairingStage.ENTERING_PIN, was_held=True)

    def test_device_without_digits_does_not_poll_until_the_code_expires(self) -> None:
        state = waiting(after_poll(FRESH, self.ASKS, NOW))

        assert awaits_pin(state)
        assert wake_at(state) == state.expires_at
        assert woken(state, state.expires_at) == Expired()

    def test_poll_with_digits_follows_a_held_response_at_once(self) -> None:
        state = pin_entered(waiting(after_poll(FRESH, self.ASKS, NOW)), Secret("042"))

        assert not awaits_pin(state)
        assert (wake_at(state), state.return_pin) == (NOW, Secret("042"))

    def test_poll_with_digits_keeps_the_interval_after_another_response(self) -> None:
        state = waiting(after_poll(FRESH, Pending(PairingStage.ENTERING_PIN), NOW))

        assert wake_at(pin_entered(state, Secret("042"))) == NOW + FRESH.interval

    @pytest.mark.parametrize("response", [Unreachable("no response"), SlowDown()])
    def test_unchecked_digits_are_sent_again(self, response: PollResult) -> None:
        state = waiting(after_poll(self.SENT, response, NOW))

        assert (state.return_pin, state.wrong_pins) == (Secret("042"), 0)
        assert wake_at(state) > NOW

    def test_wrong_digits_are_not_sent_again(self) -> None:
        state = waiting(after_poll(self.SENT, self.ASKS, NOW))

        assert awaits_pin(state)
        assert (state.return_pin, state.wrong_pins) == (None, 1)
        again = waiting(after_poll(pin_entered(state, Secret("043")), self.ASKS, NOW))
        assert again.wrong_pins == 2

    def test_right_digits_are_sent_again_while_the_approval_is_on_hold(self) -> None:
        """Each poll of an approved grant has to bring them, and a right try costs nothing."""
        state = waiting(after_poll(self.SENT, Pending(PairingStage.FINISHING), NOW))

        assert (state.stage, state.return_pin, state.wrong_pins) == (
            PairingStage.FINISHING,
            Secret("042"),
            0,
        )
        assert after_poll(state, TOKENS, NOW) == Authorized(TOKENS)

    def test_undone_approval_is_a_denial_by_the_person(self) -> None:
        state = waiting(after_poll(self.SENT, Pending(PairingStage.FINISHING), NOW))

        assert after_poll(state, Refused("access_denied"), NOW) == Denied(wrong_pin=False)

    def test_right_digits_lead_to_tokens(self) -> None:
        assert after_poll(self.SENT, TOKENS, NOW) == Authorized(TOKENS)

    def test_denial_for_wrong_digits_differs_from_one_by_the_person(self) -> None:
        refused = Refused("access_denied")

        assert after_poll(self.SENT, refused, NOW) == Denied(wrong_pin=True)
        assert after_poll(FRESH, refused, NOW) == Denied()

    def test_digits_are_in_no_repr(self) -> None:
        assert "042" not in repr(self.SENT)


class TestHeldPending:
    """A return channel, where there is one, may replace polling."""

    DUE = FRESH.next_poll_at

    def test_poll_after_a_held_response_follows_at_once(self) -> None:
        now = self.DUE + FRESH.interval
        assert waiting(after_poll(FRESH, Pending(was_held=True), now)).next_poll_at == now

    def test_held_response_with_a_new_stage_may_come_sooner(self) -> None:
        held = Pending(PairingStage.SIGNING_IN, was_held=True)
        assert waiting(after_poll(FRESH, held, self.DUE + 0.1)).next_poll_at == self.DUE + 0.1

    def test_server_that_only_claims_to_hold_is_polled_at_its_interval(self) -> None:
        now = self.DUE + 0.1
        assert wait(after_poll(FRESH, Pending(was_held=True), now), now) == FRESH.interval

    def test_sleep_of_a_laptop_does_not_count_as_holding(self) -> None:
        late = waiting(woken(FRESH, self.DUE + 300))
        now = self.DUE + 300.1
        assert wait(after_poll(late, Pending(was_held=True), now), now) == pytest.approx(FRESH.interval)

    def test_server_that_alternates_stages_is_polled_at_its_interval(self) -> None:
        state, immediate = FRESH, 0
        for turn in range(20):
            stage = (PairingStage.WAITING, PairingStage.CONFIRMING)[turn % 2]
            now = state.next_poll_at
            state = waiting(after_poll(state, Pending(stage, was_held=True), now))
            immediate += state.next_poll_at == now
        assert immediate == 2

    def test_held_response_after_the_expiry_is_expired(self) -> None:
        assert after_poll(FRESH, Pending(was_held=True), FRESH.expires_at) == Expired()


class TestSlowDown:
    """``slow_down``: five seconds more, for this and all subsequent requests."""

    @pytest.mark.parametrize("state", STATES)
    def test_slow_down_adds_five_seconds(self, state: Waiting) -> None:
        after = waiting(after_poll(state, SlowDown(), NOW))

        assert after.interval == state.interval + 5
        assert (after.backoff, after.trouble, after.stage) == (0.0, None, state.stage)

    def test_slow_down_lasts(self) -> None:
        state: State = FRESH
        intervals = []
        for response in (SlowDown(), Pending(), SlowDown(), Unreachable("timeout"), Pending(), Pending()):
            state = after_poll(waiting(state), response, NOW)
            intervals.append(waiting(state).interval)

        assert intervals == [10, 10, 15, 15, 15, 15]

    def test_slow_down_takes_a_longer_interval_of_the_server(self) -> None:
        assert waiting(after_poll(FRESH, SlowDown(30.0), NOW)).interval == 30

    @pytest.mark.parametrize("said", [1.0, 5.0, 7.0, 10.0])
    def test_slow_down_adds_at_least_five_seconds(self, said: float) -> None:
        """Some servers repeat the first interval in the error; obeying that would be no slower at all."""
        assert waiting(after_poll(FRESH, SlowDown(said), NOW)).interval == 10

    def test_slow_down_adds_a_margin_for_clocks_that_differ(self) -> None:
        state = waiting(after_poll(FRESH, SlowDown(), NOW))

        assert wait(state) == pytest.approx(10 * SLOWED_MARGIN)
        assert wait(after_poll(state, Pending(), NOW)) == pytest.approx(10 * SLOWED_MARGIN)
        assert 1.1 <= SLOWED_MARGIN <= 1.2


class TestConnectionTimeout:
    """No response: MUST poll less often; doubling each time is RECOMMENDED."""

    def test_timeout_doubles_the_wait_up_to_a_minute(self) -> None:
        state: State = FRESH
        waits = []
        for _ in range(6):
            state = after_poll(waiting(state), Unreachable("timeout"), NOW)
            waits.append(wait(state))

        assert waits == [10, 20, 40, 60, 60, 60]
        assert MAX_BACKOFF == 60

    @pytest.mark.parametrize(
        ("interval", "waits"),
        [
            (1, [2, 4, 8, 16, 32, 60, 60]),
            (29, [58, 60, 60]),
            (30, [60, 60]),
            (31, [62, 62]),
            (60, [120, 120]),
            (300, [600, 600]),
        ],
    )
    def test_timeout_waits_longer_than_any_interval(self, interval: int, waits: list[int]) -> None:
        state: State = begin(interval=interval, expires_in=86_400, now=0)
        waited = []
        for _ in waits:
            state = after_poll(waiting(state), Unreachable("timeout"), NOW)
            waited.append(wait(state))

        assert waited == waits

    def test_timeout_keeps_interval_and_stage_and_says_what_is_wrong(self) -> None:
        after = waiting(after_poll(SLOWED, Unreachable("the connection timed out"), NOW))

        assert (after.interval, after.stage, after.trouble) == (
            10,
            PairingStage.OPENED,
            "the connection timed out",
        )

    @pytest.mark.parametrize("response", [Pending(), SlowDown()])
    def test_response_resets_the_backoff(self, response: PollResult) -> None:
        recovered = waiting(after_poll(IN_TROUBLE, response, NOW))

        assert wait(recovered) < 20
        assert (
            wait(after_poll(replace(recovered, slowed=False), Unreachable("timeout"), NOW))
            == 2 * recovered.interval
        )

    def test_backoff_keeps_the_margin_of_a_slowed_device(self) -> None:
        assert wait(after_poll(SLOWED, Unreachable("timeout"), NOW)) == pytest.approx(20 * SLOWED_MARGIN)


class TestRetried:
    """A person at the device asks for the next poll."""

    def test_back_off_ends_and_the_interval_stays(self) -> None:
        state: State = FRESH
        for _ in range(5):
            state = after_poll(waiting(state), Unreachable("timeout", retry_after=300), NOW)
        assert wait(retried(waiting(state), NOW + 2), NOW + 2) == waiting(state).interval - 2
        late = NOW + 200
        assert wait(retried(waiting(state), late), late) == 0

    def test_next_failure_starts_with_a_short_wait_again(self) -> None:
        state: State = FRESH
        for _ in range(5):
            state = after_poll(waiting(state), Unreachable("timeout"), NOW)
        state = after_poll(retried(waiting(state), NOW), Unreachable("timeout"), NOW)
        assert wait(state) == 2 * FRESH.interval

    def test_slowed_device_keeps_its_margin(self) -> None:
        state = waiting(after_poll(FRESH, SlowDown(), NOW))
        state = waiting(after_poll(state, Unreachable("timeout"), NOW))
        assert wait(retried(state, NOW)) == pytest.approx(state.interval * SLOWED_MARGIN)

    @pytest.mark.parametrize("result", [Pending(), SlowDown()])
    def test_poll_that_did_not_fail_is_not_brought_forward(self, result: PollResult) -> None:
        state = waiting(after_poll(FRESH, result, NOW))
        assert retried(state, NOW) == state


class TestRetryAfter:
    def test_longer_retry_after_is_honoured(self) -> None:
        assert wait(after_poll(FRESH, Unreachable("503", 120.0), NOW)) == 120

    @pytest.mark.parametrize("retry_after", [None, 0.0, 3.0])
    def test_shorter_retry_after_does_not_shorten_the_wait(self, retry_after: float | None) -> None:
        assert wait(after_poll(FRESH, Unreachable("503", retry_after), NOW)) == 10

    def test_retry_after_counts_for_one_wait(self) -> None:
        state = waiting(after_poll(FRESH, Unreachable("503", 300.0), NOW))

        assert wait(after_poll(state, Unreachable("timeout"), NOW)) == MAX_BACKOFF
        assert wait(after_poll(state, Pending(), NOW)) == 5

    def test_retry_after_beyond_the_expiry_leads_to_the_expiry(self) -> None:
        state = waiting(after_poll(FRESH, Unreachable("503", 3600.0), NOW))

        assert wake_at(state) == 1600
        assert woken(state, wake_at(state)) == Expired()


class TestEnds:
    """Any other response ends the polling."""

    @pytest.mark.parametrize("state", STATES)
    def test_tokens_end_the_pairing(self, state: Waiting) -> None:
        assert after_poll(state, TOKENS, NOW) == Authorized(TOKENS)

    @pytest.mark.parametrize("state", STATES)
    def test_access_denied_ends_the_pairing(self, state: Waiting) -> None:
        assert after_poll(state, Refused("access_denied", "No."), NOW) == Denied()

    @pytest.mark.parametrize("state", STATES)
    def test_expired_token_ends_the_pairing(self, state: Waiting) -> None:
        assert after_poll(state, Refused("expired_token"), NOW) == Expired()

    @pytest.mark.parametrize("before_the_expiry", [0.0, 5.0])
    def test_code_that_the_server_has_deleted_by_its_end_is_expired(self, before_the_expiry: float) -> None:
        """Some servers say expired_token once or never, and invalid_grant after that."""
        now = FRESH.expires_at - before_the_expiry
        assert after_poll(FRESH, Refused("invalid_grant"), now) == Expired()

    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize(
        "error", ["invalid_grant", "invalid_client", "ACCESS_DENIED", "invalid_response", ""]
    )
    def test_other_error_fails_with_the_servers_texts(self, state: Waiting, error: str) -> None:
        assert after_poll(state, Refused(error, "Why."), NOW) == Failed(error, "Why.")

    def test_tokens_that_arrive_after_the_expiry_count(self) -> None:
        assert after_poll(FRESH, TOKENS, 1601) == Authorized(TOKENS)

    @pytest.mark.parametrize(
        "response", [Pending(), SlowDown(), Unreachable("timeout"), Unreachable("503", 5.0)]
    )
    def test_waiting_ends_with_the_code(self, response: PollResult) -> None:
        assert isinstance(after_poll(FRESH, response, 1599.9), Waiting)
        assert after_poll(FRESH, response, 1600) == Expired()


class TestAlways:
    @given(
        st.integers(1, 300),
        st.integers(1, 86_400),
        st.lists(st.tuples(GOING_ON, st.floats(0, 30), st.floats(0, 500)), max_size=30),
    )
    def test_interval_never_shrinks_and_no_poll_is_early_or_late(
        self, interval: int, expires_in: int, polls: list[tuple[PollResult, float, float]]
    ) -> None:
        """Early is: within the interval after the last response, unless that was held for as long or brought
        news.
        """
        state: State = begin(interval=interval, expires_in=expires_in, now=0.0)
        earliest: float = interval
        pieces_of_news = 0
        for response, answer_takes, oversleeps in polls:
            now = wake_at(waiting(state)) + oversleeps
            state = woken(waiting(state), now)
            if state == Expired():
                assert now >= expires_in
                return
            before = waiting(state)
            assert earliest <= now < expires_in == before.expires_at
            responded_at = now + answer_takes
            state = after_poll(before, response, responded_at)
            if state == Expired():
                assert responded_at >= expires_in
                return
            after = waiting(state)
            assert after.interval >= before.interval
            assert after.number is None or after.stage is PairingStage.MATCHING_NUMBER
            has_news = after.stage is not before.stage
            pieces_of_news += has_news
            may_follow = responded_at - now >= before.interval or has_news
            was_held = isinstance(response, Pending) and response.was_held and may_follow
            earliest = responded_at if was_held else responded_at + after.interval
        assert pieces_of_news <= len(PairingStage)
