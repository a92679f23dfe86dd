"""Limits on guessing: per account, per network and for the whole server, step (D) (RFC 8628 §5.1).

A guess is counted before it is checked, and given back if it was right, so that a thousand at once cost as
much as one after the other. With N pending codes one guess succeeds with probability N / 20^8; with 1,000
pending codes, 24 guesses reach 2^-20.
"""

import math
import unicodedata
from dataclasses import dataclass
from enum import Enum

from pairgrant_protocol.user_code import LENGTH, MAX_LENGTH
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore

WINDOW = 600
"""Seconds; the counts of the current and the previous window are added up."""

PER_ACCOUNT = 10
PER_NETWORK = 20
PER_NETWORK_SIGNED_IN = 200
PER_SERVER = 24

SIGN_INS_PER_NAME = 10
"""From one network, and from one browser that the person has signed in with before."""
SIGN_INS_PER_NETWORK = 50
SIGN_INS_PER_ACCOUNT = 100
"""From all networks together, by browsers that the account has not used (NIST SP 800-63B-4 §3.2.2: 100)."""

_MAX_NAME = 200


class Allowance(Enum):
    """Whether this code may be looked up now."""

    ALLOWED = "allowed"
    SIGN_IN_FIRST = "sign in first"
    """The budget of people who have not signed in is spent; each account has a budget of its own."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class _Counter:
    store: AttemptStore
    clock: Clock

    async def spend(self, subjects: list[str]) -> list[int]:
        """The recent attempts of each subject, this one included."""
        window = self._window()
        await self.store.spend_attempts(subjects, window)
        return [await self.store.attempts(subject, window - WINDOW) for subject in subjects]

    async def give_back(self, subjects: list[str]) -> None:
        await self.store.spend_attempts(subjects, self._window(), -1)

    async def spent(self, subject: str) -> int:
        return await self.store.attempts(subject, self._window() - WINDOW)

    def _window(self) -> int:
        return int(self.clock()) // WINDOW * WINDOW


class CodeAttempts:
    """The budget for guesses at user codes."""

    def __init__(self, store: AttemptStore, clock: Clock) -> None:
        self._counter = _Counter(store, clock)
        self._clock = clock
        self._asked_at = -math.inf
        self._length = LENGTH

    async def spend(self, *, network: str, user_id: str | None) -> Allowance:
        """Count one look-up from ``network`` by ``user_id``, or by a person who has not signed in."""
        spent = await self._counter.spend(self._subjects(network, user_id))
        if user_id is None:
            over = spent[0] > PER_NETWORK or spent[1] > PER_SERVER
            return Allowance.SIGN_IN_FIRST if over else Allowance.ALLOWED
        over = spent[0] > PER_NETWORK_SIGNED_IN or spent[2] > PER_ACCOUNT
        return Allowance.REFUSED if over else Allowance.ALLOWED

    async def give_back(self, *, network: str, user_id: str | None) -> None:
        """The code was right, so the look-up does not count."""
        await self._counter.give_back(self._subjects(network, user_id))

    async def code_length(self) -> int:
        """Letters for the next code: more while the whole server's budget is spent (RFC 8628 §5.1).

        The count is read at most once a second, because every device authorization needs it.
        """
        now = self._clock()
        if not self._asked_at <= now < self._asked_at + 1:
            spent = await self._counter.spent("code server")
            self._asked_at, self._length = now, _length(spent)
        return self._length

    @staticmethod
    def _subjects(network: str, user_id: str | None) -> list[str]:
        subjects = [f"code network {network}", "code server"]
        return subjects if user_id is None else [*subjects, f"code account {user_id}"]


def _length(spent: int) -> int:
    if spent <= PER_SERVER:
        return LENGTH
    return MAX_LENGTH if spent > 100 * PER_SERVER else MAX_LENGTH - 2


class SignInAttempts:
    """The budget for passwords; a known browser has its own, so that strangers can't lock a person out.

    Attempts by unknown browsers count for name and network, for the network, and for the name alone, so that
    many networks together get no further than one. ``accounts/known_browsers.py`` recognizes known browsers.
    """

    def __init__(self, store: AttemptStore, clock: Clock) -> None:
        self._counter = _Counter(store, clock)

    async def spend(self, *, network: str, username: str, browser: str | None = None) -> bool:
        """Count one attempt by a ``browser`` that is known, or None; False: too many to check the password.

        Only attempts that the limits of a network allow count for the account: an account's budget
        lasts against many networks, and recovers even while they go on.
        """
        if browser is not None:
            (by_browser,) = await self._counter.spend([_of_browser(browser)])
            return by_browser <= SIGN_INS_PER_NAME
        by_name, by_network = await self._counter.spend(_of_network(network, username))
        if by_name > SIGN_INS_PER_NAME or by_network > SIGN_INS_PER_NETWORK:
            return False
        (by_account,) = await self._counter.spend([_of_account(username)])
        if by_account <= SIGN_INS_PER_ACCOUNT:
            return True
        await self._counter.give_back([_of_account(username)])
        return False

    async def give_back(self, *, network: str, username: str, browser: str | None = None) -> None:
        """An allowed attempt does not count: the password was right, or it was not checked."""
        await self._counter.give_back(
            [_of_browser(browser)]
            if browser is not None
            else [*_of_network(network, username), _of_account(username)]
        )


def _of_browser(browser: str) -> str:
    return f"sign-in browser {browser}"


def _of_network(network: str, username: str) -> list[str]:
    return [f"sign-in {network} {_account_key(username)}", f"sign-in network {network}"]


def _of_account(username: str) -> str:
    return f"sign-in account {_account_key(username)}"


def _account_key(username: str) -> str:
    """One key for all spellings of a username: full-width letters must not open a new budget."""
    return unicodedata.normalize("NFKC", username[:_MAX_NAME]).strip().casefold()[:_MAX_NAME]


class PinAttempts:
    """The tries at return PINs of each grant, counted across all processes.

    They are counted in one window, which ends with the code, so that none is forgotten while the code can be
    redeemed. ``pairgrant_protocol.poll_judgement`` decides how many are allowed.
    """

    def __init__(self, store: AttemptStore) -> None:
        self._store = store

    async def spend(self, grant: str, expires_at: float) -> int:
        """Count one try, and return how many there are now."""
        await self._store.spend_attempts([_pin_subject(grant)], int(expires_at))
        return await self.count(grant)

    async def give_back(self, grant: str, expires_at: float) -> None:
        """The digits were right: the try does not count."""
        await self._store.spend_attempts([_pin_subject(grant)], int(expires_at), -1)

    async def count(self, grant: str) -> int:
        return await self._store.attempts(_pin_subject(grant), 0)


def _pin_subject(grant: str) -> str:
    return f"return pin {grant}"
