"""How much is measured: the whole, or a quick look."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """``rounds`` of ``seconds`` each for every subject, interleaved; ``tell`` takes lines of progress."""

    folder: Path
    tell: Callable[[str], None]
    rounds: int = 5
    seconds: int = 2
    many_codes: int = 100_000
    held: int = 2000
    pairings: int = 30
    start_ups: int = 7
    idle_seconds: int = 60


def quick(plan: Plan) -> Plan:
    """Enough to see that everything works; its figures are rough."""
    return Plan(
        plan.folder,
        plan.tell,
        rounds=1,
        seconds=1,
        many_codes=10_000,
        held=500,
        pairings=10,
        start_ups=2,
        idle_seconds=10,
    )
