"""The codes of a kiosk: when the next one is requested, which one is shown, and when the kiosk rests; pure.

A fresh code replaces the one on the screen well before that expires, and the older one stays valid: a person
who has just scanned it can go on. A code that a person has opened is attended: it is shown, and not renewed.
After ``MOST_RENEWALS`` codes without a person the kiosk rests, because RFC 8628 §3.5 asks devices not to
request codes that no person uses. ``now`` is the caller's monotonic clock in seconds.

    codes = Codes()
    while not is_over(codes):
        wait until request_at(codes), or until a code is attended or ends
        codes = issued(codes, lifetime, now)  or  request_failed(codes, wait, now)
        codes = request_wanted(codes)         a person ends the wait after a failure
        codes = attended(codes, number)       or  ended(codes, number)
"""

from dataclasses import dataclass, replace

MOST_RENEWALS = 3
"""Codes in a row after the first one that no person has opened; then the kiosk rests."""

_LONGEST_OVERLAP = 120.0
"""Seconds before the end of a code at which the next one is requested, or a third of its lifetime if that is
shorter.
"""

NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Code:
    """A code that is valid and polled."""

    number: int
    renew_at: float
    is_attended: bool = False


@dataclass(frozen=True, slots=True)
class Codes:
    """``valid`` has the oldest code first; ``shown`` is the number of the one on the screen."""

    valid: tuple[Code, ...] = ()
    shown: int | None = None
    count: int = 0
    """All codes so far, and so the number of the next one."""
    unattended: int = 0
    """Codes since a person was last here."""
    failures: int = 0
    """Failed requests in a row."""
    retry_at: float = -NEVER


def is_over(codes: Codes) -> bool:
    """Whether the kiosk rests: the last code has ended, and a person has to ask for the next one."""
    return not codes.valid and codes.unattended > MOST_RENEWALS


def request_at(codes: Codes) -> float:
    """When to request the next code; ``NEVER`` until a code is attended or ends."""
    if codes.unattended > MOST_RENEWALS or any(code.is_attended for code in codes.valid):
        return NEVER
    due_at = codes.valid[-1].renew_at if codes.valid else -NEVER
    return max(due_at, codes.retry_at)


def issued(codes: Codes, lifetime: float, now: float) -> Codes:
    """``codes`` with a new one, valid for ``lifetime`` seconds; it is shown unless a person is at another."""
    overlap = min(lifetime / 3, _LONGEST_OVERLAP)
    fresh = Code(codes.count, renew_at=now + lifetime - overlap)
    is_taken = any(code.is_attended for code in codes.valid)
    return replace(
        codes,
        valid=(*codes.valid, fresh),
        shown=codes.shown if is_taken else fresh.number,
        count=codes.count + 1,
        unattended=codes.unattended + 1,
        failures=0,
        retry_at=-NEVER,
    )


def request_failed(codes: Codes, wait: float, now: float) -> Codes:
    """``codes`` after a request that got no code; the next one comes ``wait`` seconds later."""
    return replace(codes, failures=codes.failures + 1, retry_at=now + wait)


def request_wanted(codes: Codes) -> Codes:
    """``codes`` when a person asks for the next request now; if it fails, the waits start short again."""
    return replace(codes, failures=0, retry_at=-NEVER)


def attended(codes: Codes, number: int) -> Codes:
    """``codes`` after a person opened one: it is shown, unless another person is at the shown one."""
    is_taken = any(code.is_attended for code in codes.valid if code.number != number)
    valid = tuple(replace(code, is_attended=True) if code.number == number else code for code in codes.valid)
    return replace(codes, valid=valid, shown=codes.shown if is_taken else number, unattended=0)


def ended(codes: Codes, number: int) -> Codes:
    """``codes`` without one that has ended; if it was shown, an attended code or the newest one is."""
    valid = tuple(code for code in codes.valid if code.number != number)
    shown = codes.shown
    if shown == number:
        best = max(valid, key=lambda code: (code.is_attended, code.number), default=None)
        shown = best.number if best else None
    return replace(codes, valid=valid, shown=shown)
