"""What a check says about a server."""

from dataclasses import dataclass
from enum import StrEnum

from pairgrant.doctor.exchange import Exchange


class FindingVerdict(StrEnum):
    FAIL = "fail"
    """The server breaks the rule."""
    WARN = "warn"
    """The rule is a recommendation, or the server tolerates more than it has to."""
    NOT_JUDGED = "not judged"
    PASS = "pass"


class Severity(StrEnum):
    """How much harm it does if the rule is broken."""

    HIGH = "high"
    """An attacker gains something, or devices can't sign in."""
    MEDIUM = "medium"
    """Some devices fail, or an attack gets cheaper."""
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The result of one judgement: ``observed`` is one sentence without secrets."""

    verdict: FindingVerdict
    observed: str
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``sent`` and ``received`` are masked and safe to show."""

    check: str
    title: str
    severity: Severity
    section: str
    verdict: FindingVerdict
    observed: str
    sent: tuple[str, ...] = ()
    received: tuple[str, ...] = ()
    fix: str = ""
    is_expected: bool = False
    """Whether the failure is listed in the file of known failures."""


def passed(observed: str, *exchanges: Exchange) -> Ruling:
    return Ruling(FindingVerdict.PASS, observed, exchanges)


def failed(observed: str, *exchanges: Exchange) -> Ruling:
    return Ruling(FindingVerdict.FAIL, observed, exchanges)


def warned(observed: str, *exchanges: Exchange) -> Ruling:
    return Ruling(FindingVerdict.WARN, observed, exchanges)


def not_judged(reason: str, *exchanges: Exchange) -> Ruling:
    return Ruling(FindingVerdict.NOT_JUDGED, reason, exchanges)
