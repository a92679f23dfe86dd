"""When a kiosk requests a code, which one it shows, and when it rests (RFC 8628 §3.5)."""

from pairgrant.sign_in.code_renewal import (
    MOST_RENEWALS,
    NEVER,
    Codes,
    attended,
    ended,
    is_over,
    issued,
    request_at,
    request_failed,
)

ONE = issued(Codes(), 600, 1000.0)
TWO = issued(ONE, 600, 1480.0)


class TestRequest:
    def test_first_code_is_requested_at_once(self) -> None:
        assert request_at(Codes()) < 0

    def test_next_code_is_requested_two_minutes_before_the_end(self) -> None:
        assert request_at(ONE) == 1000 + 480

    def test_short_code_is_renewed_after_two_thirds_of_its_life(self) -> None:
        assert request_at(issued(Codes(), 12, 1000.0)) == 1008

    def test_attended_code_is_not_renewed(self) -> None:
        assert request_at(attended(ONE, 0)) == NEVER

    def test_attended_code_that_ended_is_replaced_at_once(self) -> None:
        assert request_at(ended(attended(ONE, 0), 0)) < 0

    def test_failed_request_is_repeated_after_its_wait(self) -> None:
        assert request_at(request_failed(Codes(), 5, 1000.0)) == 1005
        assert request_at(request_failed(ONE, 5, 1480.0)) == 1485

    def test_person_gives_the_kiosk_its_renewals_back(self) -> None:
        codes = Codes()
        for _ in range(MOST_RENEWALS + 1):
            codes = issued(codes, 600, 1000.0)
        assert request_at(codes) == NEVER
        codes = attended(codes, 3)
        for number in range(4):
            codes = ended(codes, number)
        assert not is_over(codes)
        assert request_at(codes) < 0


class TestShown:
    def test_fresh_code_is_shown_and_the_older_one_stays_valid(self) -> None:
        assert TWO.shown == 1
        assert [code.number for code in TWO.valid] == [0, 1]

    def test_older_code_is_shown_again_once_a_person_has_opened_it(self) -> None:
        assert attended(TWO, 0).shown == 0

    def test_fresh_code_does_not_replace_one_at_which_a_person_is(self) -> None:
        assert issued(attended(ONE, 0), 600, 1480.0).shown == 0

    def test_second_person_does_not_take_the_screen_from_the_first(self) -> None:
        assert attended(attended(TWO, 0), 1).shown == 0

    def test_fresh_code_is_shown_after_the_attended_one_has_ended(self) -> None:
        assert ended(attended(TWO, 0), 0).shown == 1

    def test_nothing_is_shown_after_the_last_code(self) -> None:
        assert ended(ONE, 0).shown is None


def run_alone(codes: Codes, now: float, *, until: float) -> tuple[Codes, float, int]:
    """Let time pass without a person; returns the codes, the time, and the most codes valid at once."""
    ends: dict[int, float] = {}
    most = 0
    while now < until and not is_over(codes):
        first_end = min(ends.values(), default=NEVER)
        due_at = max(request_at(codes), now)
        if due_at < first_end:
            now = due_at
            ends[codes.count] = now + 600
            codes = issued(codes, 600, now)
        else:
            now = first_end
            number = min(ends, key=lambda which: ends[which])
            del ends[number]
            codes = ended(codes, number)
        most = max(most, len(codes.valid))
    return codes, now, most


class TestTime:
    def test_kiosk_rests_after_three_renewals(self) -> None:
        codes, now, most = run_alone(Codes(), 0.0, until=1e9)
        assert is_over(codes)
        assert codes.count == 1 + MOST_RENEWALS
        assert now == 3 * 480 + 600
        assert most == 2

    def test_thirty_days_of_people_who_open_every_third_code_leave_nothing_behind(self) -> None:
        codes, now = Codes(), 0.0
        while now < 30 * 86400:
            codes = issued(codes, 600, now)
            if codes.count % 3 == 0:
                codes = attended(codes, codes.valid[-1].number)
            if len(codes.valid) > 1:
                codes = ended(codes, codes.valid[0].number)
            now += 480
            assert len(codes.valid) <= 2
        assert codes.count == 5400
