"""The places in the queue for passwords, step (D), and who gets the next one; pure."""

from collections import Counter
from collections.abc import Iterator
from typing import Generic, NamedTuple

from pairgrant_server.accounts.waiting_lines import Ticket, WaitingLines
from pairgrant_server.authorization_server.limits.sign_in_attempts import Lane


class Claim(NamedTuple):
    """What a sign-in asks a place for; see ``SignInAttempt``."""

    lane: Lane
    caller: str
    line: str = ""


class Places:
    """How many sign-ins of each lane, caller and line may be in the queue.

    A known browser may use every place, an unknown one three quarters, a suspect network an eighth. One
    network has a quarter of the places. A suspect one has a sixteenth, and one sign-in for each name at a
    time, so that guesses at one name leave a place to other people on the network.
    """

    def __init__(self, places: int) -> None:
        suspect = max(1, places // 8)
        self._per_lane = {Lane.KNOWN: places, Lane.NEW: places - places // 4, Lane.SUSPECT: suspect}
        self._per_caller = {
            Lane.KNOWN: 2,
            Lane.NEW: max(1, places // 4),
            Lane.SUSPECT: max(1, suspect // 2),
        }
        self._taken: Counter[Lane] = Counter()
        self._by_caller: Counter[tuple[Lane, str]] = Counter()
        self._by_claim: Counter[Claim] = Counter()

    def has_room(self, claim: Claim) -> bool:
        lane, all_taken = claim.lane, self._taken.total()
        taken = self._taken[lane] if lane is Lane.SUSPECT else all_taken
        return (
            taken < self._per_lane[lane]
            and all_taken < self._per_lane[Lane.KNOWN]
            and self._by_caller[lane, claim.caller] < self._per_caller[lane]
            and not (lane is Lane.SUSPECT and self._by_claim[claim])
        )

    def take(self, claim: Claim) -> None:
        self._taken[claim.lane] += 1
        self._by_caller[claim.lane, claim.caller] += 1
        self._by_claim[claim] += 1

    def free(self, claim: Claim) -> None:
        self._taken[claim.lane] -= 1
        self._by_caller[claim.lane, claim.caller] -= 1
        self._by_claim[claim] -= 1
        # A Counter keeps zeros, and names are free to invent.
        self._by_caller += Counter()
        self._by_claim += Counter()


class Turns(Generic[Ticket]):
    """The places, and as many sign-ins of each lane that wait for one.

    Of 32 places suspect networks have 4, each taken for 1.2 s, so the last of the 32 that wait has its turn
    after 10 s.
    """

    def __init__(self, places: int) -> None:
        self._places = Places(places)
        self._waiting: dict[Lane, WaitingLines[Ticket]] = {lane: WaitingLines(places) for lane in Lane}

    def enter(self, claim: Claim) -> bool:
        """Take a place; False if there is none now."""
        if not self._places.has_room(claim):
            return False
        self._places.take(claim)
        return True

    def wait(self, claim: Claim, ticket: Ticket) -> Ticket | None:
        """Let ``ticket`` wait for a place; the ticket that has to leave for it, if too many wait."""
        return self._waiting[claim.lane].add(claim.caller, claim.line, ticket)

    def stop_waiting(self, claim: Claim, ticket: Ticket) -> None:
        self._waiting[claim.lane].remove(claim.caller, claim.line, ticket)

    def leave(self, claim: Claim) -> list[tuple[Claim, Ticket]]:
        """Free a place; those that waited and have one now."""
        self._places.free(claim)
        return [entered for lane in Lane for entered in self._let_in(lane)]

    def _let_in(self, lane: Lane) -> Iterator[tuple[Claim, Ticket]]:
        def may_enter(caller: str, line: str) -> bool:
            return self._places.has_room(Claim(lane, caller, line))

        while (turn := self._waiting[lane].next(may_enter)) is not None:
            caller, line, ticket = turn
            claim = Claim(lane, caller, line)
            self._places.take(claim)
            yield claim, ticket
