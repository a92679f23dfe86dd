"""The device's state machine (``polling``) runs against the server's (``device_grant``) on a virtual clock.

In every scenario of networks, clocks, people and attackers, one device code gives tokens at most once, after
an approval and its hold, before its expiry, and never after a denial or an undone approval; a device that
obeys is never slowed down; and every device ends.
"""

import heapq
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from pairgrant_protocol.device_grant import Decision, GrantFacts, GrantStatus, decided
from pairgrant_protocol.messages import DeviceAuthorizationResponse, ErrorResponse, TokenResponse
from pairgrant_protocol.poll_judgement import (
    MAX_INTERVAL,
    Fact,
    Judgement,
    LastPoll,
    PollFacts,
    RedemptionFacts,
    Verdict,
    judge_poll,
)
from pairgrant_protocol.poll_result import read_poll_result
from pairgrant_protocol.polling import (
    Authorized,
    Denied,
    Expired,
    Failed,
    PollResult,
    State,
    Unreachable,
    Waiting,
    after_poll,
    begin,
    wake_at,
    woken,
)
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import ErrorCode, PairingStage

TIMEOUT = 10.0
"""Seconds after which the device gives a poll up; its request may still arrive a second later."""

NO_TIME = 1e-6
"""Seconds that float arithmetic may lose."""

ERRORS = {
    Verdict.UNKNOWN: ErrorCode.INVALID_GRANT,
    Verdict.REDEEMED: ErrorCode.INVALID_GRANT,
    Verdict.REUSED: ErrorCode.INVALID_GRANT,
    Verdict.EXPIRED: ErrorCode.EXPIRED_TOKEN,
    Verdict.DENIED: ErrorCode.ACCESS_DENIED,
    Verdict.SLOW_DOWN: ErrorCode.SLOW_DOWN,
    Verdict.PENDING: ErrorCode.AUTHORIZATION_PENDING,
    Verdict.HELD: ErrorCode.AUTHORIZATION_PENDING,
}


@dataclass(frozen=True)
class Trip:
    """What happens to one poll; all in seconds."""

    there: float = 0.03
    works: float = 0.01
    """Between the server's judgement and its compare-and-set: what it read may be stale by then."""
    back: float = 0.03
    request_lost: bool = False
    response_lost: bool = False
    oversleeps: float = 0.0
    """A laptop that was closed: the device wakes later than it wanted."""
    twin_after: float | None = None
    """The same poll comes a second time, so much later."""


@dataclass(frozen=True)
class Scenario:
    interval: int = 5
    expires_in: int = 60
    clock_rate: float = 1.0
    """Seconds of the device's clock in one second; beyond 1 it polls too early."""
    trips: tuple[Trip, ...] = (Trip(),)
    """Of one poll after the other, again from the start at their end."""
    decisions: tuple[tuple[float, float, Decision], ...] = ()
    """When somebody taps, how long the server then works, and what they tapped."""
    hold: float = 0
    """For how long an approval can be undone before it takes effect."""
    undone: tuple[float, ...] = ()
    """When somebody taps Undo, which ends an approval that gave no tokens yet."""
    attacks: tuple[float, ...] = ()
    """When somebody who stole the device_code polls as another client."""


@dataclass(frozen=True, slots=True)
class Facts:
    client_id: str
    status: GrantStatus
    expires_at: float
    interval: int


class Server:
    """One row and its last poll. A read and the write after it are two instants; the write may lose."""

    def __init__(self, interval: int, expires_in: int, hold: float) -> None:
        self.hold = hold
        self.held_until = 0.0
        self.undone_at: float | None = None
        self.facts = Facts("tv", GrantStatus.PENDING, float(expires_in), interval)
        self.last_poll: LastPoll | None = None
        self.issued_at: list[float] = []
        self.is_device_active = True
        self.decided_at: list[tuple[float, Decision]] = []
        self.verdicts: list[Verdict] = []
        self.verdicts_for_attackers: list[Verdict] = []
        self.intervals = [interval]

    def judge(self, client_id: str, now: float) -> Judgement:
        poll = PollFacts(client_id, True, True, True, self.last_poll)
        poll = poll._replace(is_account_usable=True, held_until=self.held_until)
        judged = judge_poll(self.facts, poll, now)
        while isinstance(judged, Fact):
            assert judged is Fact.REDEMPTION
            poll = poll._replace(
                redemption=RedemptionFacts(
                    redeemed_at=self.issued_at[0],
                    is_device_active=self.is_device_active,
                    is_account_usable=True,
                    is_refreshed=False,
                    has_response=True,
                )
            )
            judged = judge_poll(self.facts, poll, now)
        return judged

    def settle(self, judgement: Judgement, client_id: str, now: float) -> tuple[int, bytes]:
        is_redeemable = (
            self.facts.status is GrantStatus.APPROVED and self.held_until <= now < self.facts.expires_at
        )
        if judgement.verdict is Verdict.APPROVED and not is_redeemable:
            judgement = self.judge(client_id, now)  # it lost the compare-and-set, so the current row decides
            assert judgement.verdict is not Verdict.APPROVED
        (self.verdicts if client_id == "tv" else self.verdicts_for_attackers).append(judgement.verdict)
        if judgement.verdict is Verdict.APPROVED:
            self.facts = replace(self.facts, status=GrantStatus.REDEEMED)
            self.issued_at.append(now)
            return self._tokens()
        if judgement.verdict is Verdict.REPLAYED:
            return self._tokens()
        if judgement.verdict is Verdict.REUSED:
            self.is_device_active = False
        if judgement.last_poll is not None and judgement.interval is not None:
            self.last_poll = judgement.last_poll
            self.facts = replace(self.facts, interval=max(judgement.interval, self.facts.interval))
            self.intervals.append(self.facts.interval)
        slower = self.facts.interval if judgement.verdict is Verdict.SLOW_DOWN else None
        stage = PairingStage.FINISHING if judgement.verdict is Verdict.HELD else None
        response = ErrorResponse(ERRORS[judgement.verdict], interval=slower, pairing_stage=stage)
        return 400, json.dumps(response.serialize()).encode()

    def decide(self, decision: Decision, read: GrantFacts, now: float) -> None:
        status = decided(read, decision, now)
        if status is not None and self.facts.status is read.status:
            self.facts = replace(self.facts, status=status)
            self.held_until = now + self.hold
            self.decided_at.append((now, decision))

    def undo(self, now: float) -> None:
        if self.facts.status is GrantStatus.APPROVED:
            self.facts = replace(self.facts, status=GrantStatus.DENIED)
            self.undone_at = now

    def _tokens(self) -> tuple[int, bytes]:
        """The number of the issue is in the token, so that a second one would be seen."""
        tokens = TokenResponse(Secret(f"token-{len(self.issued_at)}"), "Bearer", 600)
        return 200, json.dumps(tokens.serialize()).encode()


@dataclass
class Device:
    state: State
    clock_rate: float
    states: list[State] = field(default_factory=list)
    became_at: list[float] = field(default_factory=list)
    """When it took on each state, by its own clock, as are all instants of a device."""
    sent_at: list[float] = field(default_factory=list)

    def clock(self, now: float) -> float:
        return 77_000 + now * self.clock_rate

    def becomes(self, state: State, now: float) -> None:
        self.state = state
        self.states.append(state)
        self.became_at.append(self.clock(now))

    @property
    def first(self) -> Waiting:
        assert isinstance(self.states[0], Waiting)
        return self.states[0]


class World:
    """Everything that happens, in the order of its instants (seconds since the server issued the code)."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.server = Server(scenario.interval, scenario.expires_in, scenario.hold)
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = itertools.count()
        self._trips = itertools.cycle(scenario.trips)
        self._ended: set[int] = set()

    def run(self) -> Device:
        response = DeviceAuthorizationResponse.parse(
            DeviceAuthorizationResponse(
                Secret("x"),
                "WDJB-MJHT",
                "https://pair.example",
                self.scenario.expires_in,
                self.scenario.interval,
            ).serialize()
        )
        self.device = device = Device(Expired(), self.scenario.clock_rate)
        start = device.clock(self.now)
        device.becomes(begin(interval=response.interval, expires_in=response.expires_in, now=start), self.now)
        for after, works, decision in self.scenario.decisions:
            self._at(after, partial(self._tap, decision, works))
        for after in self.scenario.undone:
            self._at(after, lambda: self.server.undo(self.now))
        for after in self.scenario.attacks:
            self._at(after, lambda: self._arrive("attacker", Trip(), lambda _: None))
        self._sleep()
        end_of_time = 4 * self.scenario.expires_in + 2000
        while self._events and self.now < end_of_time:
            self.now, _, happens = heapq.heappop(self._events)
            happens()
        return device

    def _at(self, instant: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._events, (instant, next(self._sequence), happens))

    def _tap(self, decision: Decision, works: float) -> None:
        read = self.server.facts
        self._at(self.now + works, lambda: self.server.decide(decision, read, self.now))

    def _sleep(self) -> None:
        if isinstance(self.device.state, Waiting):
            trip = next(self._trips)
            until = (wake_at(self.device.state) - self.device.clock(0)) / self.device.clock_rate
            self._at(until + trip.oversleeps, lambda: self._wake(trip))

    def _wake(self, trip: Trip) -> None:
        assert isinstance(self.device.state, Waiting)
        state = woken(self.device.state, self.device.clock(self.now))
        if not isinstance(state, Waiting):
            self.device.becomes(state, self.now)
            return
        poll = next(self._sequence)
        self.device.sent_at.append(self.device.clock(self.now))
        self._at(self.now + TIMEOUT / self.device.clock_rate, lambda: self._end(poll, Unreachable("timeout")))
        if not trip.request_lost:
            self._at(
                self.now + trip.there,
                lambda: self._arrive("tv", trip, lambda result: self._end(poll, result)),
            )
        if trip.twin_after is not None:
            self._at(
                self.now + trip.there + trip.twin_after, lambda: self._arrive("tv", trip, lambda _: None)
            )

    def _arrive(self, client_id: str, trip: Trip, deliver: Callable[[PollResult], None]) -> None:
        judgement = self.server.judge(client_id, self.now)
        self._at(self.now + trip.works, lambda: self._settle(judgement, client_id, trip, deliver))

    def _settle(
        self, judgement: Judgement, client_id: str, trip: Trip, deliver: Callable[[PollResult], None]
    ) -> None:
        before = (self.server.facts, self.server.last_poll)
        status, body = self.server.settle(judgement, client_id, self.now)
        assert client_id == "tv" or before == (self.server.facts, self.server.last_poll)
        if not trip.response_lost:
            self._at(self.now + trip.back, lambda: deliver(read_poll_result(status, body)))

    def _end(self, poll: int, result: PollResult) -> None:
        """The device sees the first of response and timeout."""
        if poll not in self._ended and isinstance(self.device.state, Waiting):
            self._ended.add(poll)
            self.device.becomes(after_poll(self.device.state, result, self.device.clock(self.now)), self.now)
            self._sleep()


SHORT = st.floats(0, 0.5)
TRIPS = st.one_of(
    st.just(Trip()),
    st.just(Trip(request_lost=True)),
    st.just(Trip(response_lost=True)),
    st.builds(Trip, there=SHORT, works=SHORT, back=SHORT, twin_after=st.none() | st.floats(0, 0.9)),
    st.builds(Trip, there=st.floats(0, TIMEOUT + 1)),
    st.builds(Trip, works=st.floats(0, 5), back=st.floats(0, TIMEOUT), response_lost=st.booleans()),
    st.builds(Trip, oversleeps=st.floats(0, 200)),
    st.builds(
        Trip,
        there=st.floats(0, TIMEOUT + 1),
        works=st.floats(0, 5),
        back=st.floats(0, TIMEOUT),
        response_lost=st.booleans(),
        oversleeps=st.floats(0, 20),
        twin_after=st.floats(0, 0.9),
    ),
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    expires_in = draw(st.sampled_from([120, 300, 30, 1800]) | st.integers(1, 300))
    instants = st.integers(0, 11 * expires_in).map(lambda tenths: tenths / 10)
    return Scenario(
        interval=draw(st.sampled_from([5, 1, 10, MAX_INTERVAL]) | st.integers(1, MAX_INTERVAL)),
        expires_in=expires_in,
        clock_rate=draw(st.just(1.0) | st.floats(0.5, 2.0)),
        trips=tuple(draw(st.lists(TRIPS, min_size=1, max_size=6))),
        decisions=tuple(draw(st.lists(st.tuples(instants, SHORT, st.sampled_from(Decision)), max_size=3))),
        hold=draw(st.just(0.0) | st.floats(0, 40)),
        undone=tuple(draw(st.just([]) | st.lists(instants, max_size=2))),
        attacks=tuple(draw(st.lists(instants, max_size=3))),
    )


SCENARIOS = scenarios()
THOROUGHLY = settings(max_examples=5 * settings().max_examples)

FLAKY = Trip(response_lost=True)
APPROVED = ((12.0, 0.01, Decision.APPROVE),)
DENIED = ((12.0, 0.01, Decision.DENY),)
ENDS: dict[str, tuple[Scenario, type[State]]] = {
    "approved": (Scenario(decisions=APPROVED), Authorized),
    "denied": (Scenario(decisions=DENIED), Denied),
    "never decided": (Scenario(), Expired),
    "approved too late": (Scenario(decisions=((60.5, 0.01, Decision.APPROVE),)), Expired),
    "approved, and expired while the server worked": (
        Scenario(expires_in=20, trips=(Trip(works=5),), decisions=APPROVED),
        Expired,
    ),
    "approved, then denied": (Scenario(decisions=(*APPROVED, (12.5, 0.01, Decision.DENY))), Authorized),
    "denied, then approved": (Scenario(decisions=(*DENIED, (12.5, 0.01, Decision.APPROVE))), Denied),
    "the token response lost": (
        Scenario(trips=(Trip(), Trip(), FLAKY, Trip()), decisions=APPROVED),
        Authorized,
    ),
    "the code used again too late": (
        Scenario(
            expires_in=200, trips=(Trip(), Trip(), FLAKY, FLAKY, FLAKY, FLAKY, Trip()), decisions=APPROVED
        ),
        Failed,
    ),
    "approved on hold": (Scenario(hold=20, decisions=APPROVED), Authorized),
    "approved on hold, then undone": (Scenario(hold=20, decisions=APPROVED, undone=(25.0,)), Denied),
    "undone too late": (Scenario(hold=20, decisions=APPROVED, undone=(45.0,)), Authorized),
    "on hold until it expired": (Scenario(hold=60, decisions=APPROVED), Expired),
    "every request lost": (Scenario(trips=(Trip(request_lost=True),), decisions=APPROVED), Expired),
    "twins": (Scenario(trips=(Trip(twin_after=0.003),), decisions=APPROVED), Authorized),
    "twins overtaken by each other": (
        Scenario(trips=(Trip(there=0.5, works=0.9, twin_after=0.1),), decisions=APPROVED),
        Authorized,
    ),
    "a fast clock": (Scenario(expires_in=120, clock_rate=1.5, decisions=APPROVED), Authorized),
    "a laptop closed past the end": (Scenario(trips=(Trip(oversleeps=90),), decisions=APPROVED), Expired),
    "attacked": (Scenario(decisions=APPROVED, attacks=(1.0, 5.0, 12.1, 20.0)), Authorized),
}


class TestEveryEnd:
    """The named scenarios: each shows that the harness reaches what the invariants below are about."""

    @pytest.mark.parametrize("name", ENDS)
    def test_scenario_reaches_its_end(self, name: str) -> None:
        scenario, end = ENDS[name]

        assert isinstance(World(scenario).run().state, end)


class TestInvariants:
    @THOROUGHLY
    @given(SCENARIOS)
    @example(ENDS["the code used again too late"][0])
    @example(ENDS["approved, and expired while the server worked"][0])
    @example(ENDS["twins overtaken by each other"][0])
    def test_invariants_hold_in_every_scenario(self, scenario: Scenario) -> None:
        world = World(scenario)
        device = world.run()
        server = world.server
        end = device.state
        event(type(end).__name__)

        # At most one issue; after an approval, before the end, never after a denial.
        decisions = [decision for _, decision in server.decided_at]
        assert len(server.issued_at) <= 1
        assert len(decisions) <= 1
        assert all(at < scenario.expires_in for at, _ in server.decided_at)
        for issued_at in server.issued_at:
            assert decisions == [Decision.APPROVE]
            assert server.undone_at is None
            assert server.decided_at[0][0] + scenario.hold <= issued_at < scenario.expires_in

        # The state of the device is what happened.
        match end:
            case Authorized(tokens):
                assert tokens.access_token == Secret("token-1")
                assert len(server.issued_at) == 1
            case Denied():
                assert decisions == [Decision.DENY] or server.undone_at is not None
            case Failed(error):
                assert error == ErrorCode.INVALID_GRANT
                assert len(server.issued_at) == 1
            case Expired():
                pass
            case Waiting():
                pytest.fail("the device still waits")

        # It ends with its code: no poll at or after expires_at, and at most one still in flight then.
        longest_sleep = max(trip.oversleeps for trip in scenario.trips) * scenario.clock_rate
        assert all(sent_at < device.first.expires_at for sent_at in device.sent_at)
        assert device.became_at[-1] <= device.first.expires_at + max(TIMEOUT, longest_sleep) + NO_TIME

        # Intervals only grow, the server's to 60 seconds; a poll keeps its distance from the last response.
        waits = [state for state in device.states if isinstance(state, Waiting)]
        assert all(earlier.interval <= later.interval for earlier, later in itertools.pairwise(waits))
        for state, responded_at, sent_at in zip(waits, device.became_at, device.sent_at, strict=False):
            assert sent_at - responded_at >= state.interval - NO_TIME
        assert server.intervals == sorted(server.intervals)
        assert server.intervals[-1] <= MAX_INTERVAL

        # Another client gets no information.
        assert set(server.verdicts_for_attackers) <= {Verdict.UNKNOWN}

    @THOROUGHLY
    @given(SCENARIOS, st.floats(0.5, 1.0))
    def test_device_that_obeys_is_never_slowed_down(self, scenario: Scenario, clock_rate: float) -> None:
        world = World(replace(scenario, clock_rate=clock_rate))
        device = world.run()
        event(f"about {2 ** len(world.server.verdicts).bit_length() // 2} responses")

        assert Verdict.SLOW_DOWN not in world.server.verdicts
        assert {scenario.interval} == set(world.server.intervals)
        assert {scenario.interval} == {
            state.interval for state in device.states if isinstance(state, Waiting)
        }

    @given(st.integers(1, MAX_INTERVAL), st.floats(0, 500), st.sampled_from(Decision))
    def test_decision_reaches_the_device_within_one_interval(
        self, interval: int, after: float, decision: Decision
    ) -> None:
        world = World(Scenario(interval, 600, decisions=((after, 0.01, decision),)))
        device = world.run()

        assert isinstance(device.state, Authorized if decision is Decision.APPROVE else Denied)
        assert device.became_at[-1] - device.clock(after) <= interval + 0.2

    @given(st.integers(1, MAX_INTERVAL), st.floats(0, 300), st.floats(0, 40))
    def test_tokens_follow_the_end_of_a_hold_within_one_interval(
        self, interval: int, after: float, hold: float
    ) -> None:
        world = World(Scenario(interval, 600, hold=hold, decisions=((after, 0.01, Decision.APPROVE),)))
        device = world.run()

        assert isinstance(device.state, Authorized)
        assert device.became_at[-1] - device.clock(after + hold) <= interval + 0.2

    @given(st.integers(2, MAX_INTERVAL), st.floats(0, 0.99))
    def test_clock_that_gains_less_than_a_second_an_interval_is_tolerated(
        self, interval: int, gains: float
    ) -> None:
        world = World(Scenario(interval, 300, clock_rate=interval / (interval - gains)))
        world.run()

        assert set(world.server.verdicts) == {Verdict.PENDING}


class TestWrongClocks:
    """cli/cli#9370: in a virtual machine whose clock runs fast, ``slow_down`` must not go on for ever."""

    @pytest.mark.parametrize("clock_rate", [1.05, 1.25, 1.3, 1.5, 2.0])
    @pytest.mark.parametrize("interval", [1, 5, 10, 60])
    def test_fast_device_is_slowed_down_until_its_pace_is_right(
        self, interval: int, clock_rate: float
    ) -> None:
        world = World(Scenario(interval, 7200, clock_rate))
        world.run()

        assert world.server.verdicts[-20:-1] == [Verdict.PENDING] * 19
        assert world.server.verdicts.count(Verdict.SLOW_DOWN) <= 21

    def test_fast_device_is_slowed_down(self) -> None:
        world = World(Scenario(5, 7200, 1.5))
        world.run()

        assert Verdict.SLOW_DOWN in world.server.verdicts
