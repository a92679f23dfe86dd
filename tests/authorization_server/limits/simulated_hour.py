"""An hour of a server on a virtual clock: honest people and attackers, against the real limits.

Attempts are counted in memory. Passwords take 0.15 s each in two threads, with the real turns of the queue.
"""

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from pairgrant_server.accounts.password_places import Claim, Turns
from pairgrant_server.authorization_server.limits.code_attempts import Allowance, CodeAttempts
from pairgrant_server.authorization_server.limits.sign_in_attempts import SignInAttempt, SignInAttempts
from tests.authorization_server.hand_clock import HandClock

PLACES = 32
THREADS = 2
PER_PASSWORD = 0.15

OFFICE, SCHOOL, ATTACKER = "192.0.2.1", "198.51.100.1", "203.0.113.1"
BOTS = tuple(f"10.0.{number // 250}.{number % 250}" for number in range(500))


class CountsInMemory:
    """What ``AttemptStore`` promises, without a database."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[int]] = defaultdict(Counter)

    async def spend_attempts(self, subjects: Sequence[str], window: int, weight: int = 1) -> Sequence[int]:
        for subject in subjects:
            self._counts[subject][window] = max(self._counts[subject][window] + weight, 0)
        return [self._counts[subject][window] for subject in subjects]

    async def attempts(self, subject: str, since: int) -> int:
        return sum(number for window, number in self._counts[subject].items() if window >= since)


@dataclass(frozen=True)
class Person:
    """``mistypes``: enters a wrong code, and a wrong password, before the right ones."""

    name: str
    network: str
    arrives_at: float
    browser: str | None
    mistypes_code: bool
    mistypes_password: bool


@dataclass
class Fate:
    """What became of one person: the forms that were sent, the refusals, and the longest waits in seconds."""

    forms: int = 0
    refusals: int = 0
    delay: float = 0.0
    queue: float = 0.0
    reached_consent: bool = False


Step = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    pass


@dataclass
class Hour:
    """One server, and what happens to it in order of time."""

    clock: HandClock = field(default_factory=HandClock)
    fates: dict[str, Fate] = field(default_factory=lambda: defaultdict(Fate))
    code_lengths: set[int] = field(default_factory=set)
    guesses: Counter[str] = field(default_factory=Counter)
    """Codes that were looked up and wrong, by network."""

    def __post_init__(self) -> None:
        store = CountsInMemory()
        self._started_at = self.clock.now
        self._codes = CodeAttempts(store, self.clock)
        self._sign_ins = SignInAttempts(store, self.clock)
        self._turns: Turns[Ticket] = Turns(PLACES)
        self._threads = [self.clock.now] * THREADS
        self._agenda: list[tuple[float, int, Step]] = []
        self._order = count()

    def at(self, seconds: float, step: Step) -> None:
        heapq.heappush(self._agenda, (self._started_at + seconds, next(self._order), step))

    def later(self, seconds: float, step: Step) -> None:
        heapq.heappush(self._agenda, (self.clock.now + seconds, next(self._order), step))

    async def run(self) -> None:
        while self._agenda:
            self.clock.now, _, step = heapq.heappop(self._agenda)
            await step()

    async def issue_code(self) -> None:
        self.code_lengths.add(await self._codes.code_length())

    async def guess_code(self, network: str) -> None:
        attempt = await self._codes.spend(network=network, user_id=None)
        if attempt.allowance is Allowance.ALLOWED:
            self.guesses[network] += 1
            await self._codes.count_wrong()

    async def guess_password(self, network: str, name: str) -> None:
        attempt = await self._sign_ins.spend(network=network, username=name)
        await self._queue(attempt, Ticket(attempt))

    async def _queue(self, attempt: SignInAttempt, ticket: "Ticket") -> None:
        """Verify a password once it is its turn; or not at all, where its line is the longest."""
        if self._turns.enter(claim_of(attempt)):
            self._verify(ticket)
            return
        leaving = self._turns.wait(claim_of(attempt), ticket)
        if leaving is not None:
            await self._sign_ins.give_back(leaving.attempt)
            leaving.refused()

    def _verify(self, ticket: "Ticket") -> None:
        """Verify one password after its delay, with its place."""

        async def start() -> None:
            starts_at = max(self.clock.now, heapq.heappop(self._threads))
            heapq.heappush(self._threads, starts_at + PER_PASSWORD)
            waited = starts_at - self.clock.now
            self.later(waited + PER_PASSWORD, leave)

        async def leave() -> None:
            for _, entered in self._turns.leave(claim_of(ticket.attempt)):
                self._verify(entered)
            await ticket.verified()

        self.later(ticket.attempt.delay, start)

    async def enter_code(self, person: Person, *, right: bool, signed_in: bool) -> None:
        fate = self.fates[person.name]
        fate.forms += 1
        attempt = await self._codes.spend(network=person.network, user_id=person.name if signed_in else None)
        fate.delay = max(fate.delay, attempt.delay)
        if attempt.allowance is Allowance.REFUSED:
            fate.refusals += 1
        elif attempt.allowance is Allowance.SIGN_IN_FIRST:
            # The page keeps the code, and looks it up after the sign-in that is due anyway.
            await self.sign_in(person, right=not person.mistypes_password, then_enters=right)
        elif right:
            await self._codes.give_back(attempt)
            if signed_in:
                fate.reached_consent = True
            else:
                self.later(10, lambda: self.sign_in(person, right=not person.mistypes_password))
        else:
            await self._codes.count_wrong()
            self.later(10, lambda: self.enter_code(person, right=True, signed_in=signed_in))

    async def sign_in(self, person: Person, *, right: bool, then_enters: bool | None = None) -> None:
        fate, since = self.fates[person.name], self.clock.now
        fate.forms += 1
        attempt = await self._sign_ins.spend(
            network=person.network, username=person.name, browser=person.browser
        )
        fate.delay = max(fate.delay, attempt.delay)

        async def verified() -> None:
            fate.queue = max(fate.queue, self.clock.now - since - attempt.delay - PER_PASSWORD)
            if not right:
                self.later(5, lambda: self.sign_in(person, right=True, then_enters=then_enters))
                return
            await self._sign_ins.give_back(attempt)
            if then_enters is None:
                fate.reached_consent = True
            else:
                fate.forms -= 1  # the server looks up the code that the form kept
                await self.enter_code(person, right=then_enters, signed_in=True)

        def refused() -> None:
            fate.refusals += 1

        await self._queue(attempt, Ticket(attempt, verified, refused))


@dataclass(eq=False)
class Ticket:
    """A sign-in in the queue, and what follows."""

    attempt: SignInAttempt
    verified: Step = _nothing
    refused: Callable[[], None] = lambda: None


def claim_of(attempt: SignInAttempt) -> Claim:
    return Claim(attempt.lane, attempt.caller, attempt.line)


def office(chance: random.Random) -> Iterator[Person]:
    """Forty people behind one address, over the hour; most have signed in with their browser before."""
    for number in range(40):
        yield Person(
            name=f"office-{number}",
            network=OFFICE,
            arrives_at=chance.uniform(60, 3000),
            browser=f"browser-{number}" if chance.random() < 0.8 else None,
            mistypes_code=chance.random() < 0.1,
            mistypes_password=chance.random() < 0.15,
        )


def school(chance: random.Random) -> Iterator[Person]:
    """Three hundred behind another address, in a quarter of an hour; most with new browsers."""
    for number in range(300):
        yield Person(
            name=f"school-{number}",
            network=SCHOOL,
            arrives_at=chance.uniform(900, 1800),
            browser=f"tablet-{number}" if chance.random() < 0.2 else None,
            mistypes_code=chance.random() < 0.1,
            mistypes_password=chance.random() < 0.15,
        )


def attack(hour: Hour, network: str, names: Sequence[str], *, every: float, chance: random.Random) -> None:
    """Guess a code and a password from ``network`` each ``every`` seconds, for an hour."""

    async def strike() -> None:
        await hour.guess_code(network)
        await hour.guess_password(network, chance.choice(names))
        if hour.clock.now - HandClock().now < 3600:
            hour.later(every, strike)

    hour.at(chance.uniform(0, every), strike)


def people(hour: Hour, everyone: Sequence[Person]) -> None:
    """Each gets a code for a device, and enters it a little later."""
    for person in everyone:
        hour.at(person.arrives_at, hour.issue_code)
        hour.at(
            person.arrives_at + 5,
            lambda who=person: hour.enter_code(  # type: ignore[misc]
                who, right=not who.mistypes_code, signed_in=False
            ),
        )
