"""Guessing, counted: per account, per network and for the whole server, step (D) (RFC 8628 §5.1).

A guess is paid for before it is looked at, and given back when it was right, so that a thousand at once are no cheaper
than one by one. With N live codes one guess hits with chance N / 20^8; at 1,000 live codes, 24 guesses reach 2^-20.
"""

import math
import unicodedata
from dataclasses import dataclass
from enum import Enum

from pairgrant_protocol.user_code import LENGTH, MAX_LENGTH
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore

WINDOW = 600
"""Seconds; counts of this window and the one before it are added up."""

PER_ACCOUNT = 10
PER_NETWORK = 20
PER_NETWORK_SIGNED_IN = 200
PER_SERVER = 24

SIGN_INS_PER_NAME = 10
"""From one network; and from one browser that the person has signed in with before."""
SIGN_INS_PER_NETWORK = 50
SIGN_INS_PER_ACCOUNT = 100
"""From wherever, by browsers that the account does not know (NIST SP 800-63B-4 §3.2.2 allows no more in a row)."""

_MAX_NAME = 200


class Allowance(Enum):
    """Whether this code may be looked up now."""

    ALLOWED = "allowed"
    SIGN_IN_FIRST = "sign in first"
    """Strangers' budget is spent, here or everywhere; whoever signs in has one of their own."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class _Counter:
    store: AttemptStore
    clock: Clock

    async def spend(self, subjects: list[str]) -> list[int]:
        """What each subject has spent lately, this attempt included."""
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
    """The budget for user codes."""

    def __init__(self, store: AttemptStore, clock: Clock) -> None:
        self._counter = _Counter(store, clock)
        self._clock = clock
        self._asked_at = -math.inf
        self._length = LENGTH

    async def spend(self, *, network: str, user_id: str | None) -> Allowance:
        """Pay for one look-up by ``user_id``, or by a stranger, from ``network``."""
        spent = await self._counter.spend(self._subjects(network, user_id))
        if user_id is None:
            over = spent[0] > PER_NETWORK or spent[1] > PER_SERVER
            return Allowance.SIGN_IN_FIRST if over else Allowance.ALLOWED
        over = spent[0] > PER_NETWORK_SIGNED_IN or spent[2] > PER_ACCOUNT
        return Allowance.REFUSED if over else Allowance.ALLOWED

    async def give_back(self, *, network: str, user_id: str | None) -> None:
        """The code was right: the look-up was no guess."""
        await self._counter.give_back(self._subjects(network, user_id))

    async def code_length(self) -> int:
        """Letters for the next code: more while the whole server's budget is spent (RFC 8628 §5.1).

        By what was spent a second ago at most: guesses of one second are few, and every device authorization asks.
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
    """The budget for passwords; nobody can spend the one of a browser that its person has signed in with before.

    Strangers are counted by name and network, by network, and by name alone, so that many networks together get no
    further than one. A known browser (see ``accounts/known_browsers.py``) has a budget of its own, whatever strangers do.
    """

    def __init__(self, store: AttemptStore, clock: Clock) -> None:
        self._counter = _Counter(store, clock)

    async def spend(self, *, network: str, username: str, browser: str | None = None) -> bool:
        """Pay for one attempt; False: too many, don't look at the password. ``browser`` is the known one's identifier.

        Only what one network is allowed counts against the account, and never what it was refused: spending an
        account's budget takes many networks, and it comes back although they go on.
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
        """An attempt that was allowed was no guess: the password was right, or nobody looked at it."""
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
    """One for all the ways to write a username: full-width letters must not be a fresh budget."""
    return unicodedata.normalize("NFKC", username[:_MAX_NAME]).strip().casefold()[:_MAX_NAME]


class PinAttempts:
    """The tries at return PINs, counted for each grant, on however many processes and however long its code is valid.

    All are counted in one window, the end of the code, so that none is forgotten while the code could still be redeemed.
    How many there may be is a rule of ``pairgrant_protocol.device_grant``.
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
