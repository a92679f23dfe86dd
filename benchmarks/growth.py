"""``uv run python -m benchmarks.growth``: what many devices cost, computed from docs/performance.md.

Each figure is a measured one times what the devices do: cores from the rates of one core, bytes from the size
of a database with many rows.
"""

import argparse
import asyncio
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.subjects.rows_of_devices import bytes_a_device
from benchmarks.tables import Table, write_into

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"

ENGINES = ("Pairgrant, SQLite", "Pairgrant, PostgreSQL")
_SAMPLE = 2_000
"""Rows from which the bytes of one are computed."""


@dataclass(frozen=True, slots=True)
class Life:
    """What a device does: seconds between two refreshes, days between two pairings, seconds of one pairing.

    ``peak`` is how many times the average the busiest hour has.
    """

    refresh_every: float = 3600
    days_between_pairings: float = 180
    pairing_takes: float = 60
    peak: float = 10


@dataclass(frozen=True, slots=True)
class Rates:
    """Refreshes and pairings a second that one core does."""

    refresh: float
    pair: float


class NoFigureError(ValueError):
    """The document lacks a figure; the text names it."""


def rates(document: str, engine: str) -> Rates:
    """The medians of the tables REFRESH and PAIR.

    Raises:
        NoFigureError: there is none, as where the workload was not measured.
    """
    return Rates(_rate(document, "refresh", engine), _rate(document, "pair", engine))


def _rate(document: str, name: str, engine: str) -> float:
    part = re.search(rf"<!-- {name} -->(.*?)<!-- end of {name} -->", document, re.DOTALL)
    row = None if part is None else re.search(rf"^\| {re.escape(engine)} \| ([\d,]+)", part[1], re.MULTILINE)
    if row is None:
        raise NoFigureError(f"{DOCUMENT.name} has no figure of {engine} in its table {name}: run make bench")
    return float(row[1].replace(",", ""))


def needs(devices: int, one_core: Rates, life: Life) -> tuple[str, ...]:
    """Refreshes and pairings a second in the busiest hour, their cores, and the polls held at once."""
    refreshes = devices / life.refresh_every
    pairings = life.peak * devices / (life.days_between_pairings * 86_400)
    cores = refreshes / one_core.refresh + pairings / one_core.pair
    held = pairings * life.pairing_takes
    return f"{refreshes:,.0f}", f"{pairings:,.1f}", f"{cores:.2f}", f"{held:,.0f}"


def table(document: str, counts: Sequence[int], life: Life, row_bytes: float) -> Table:
    """One row for each number of devices and engine."""
    head = (
        "devices",
        "refreshes/s",
        "pairings/s, at peak",
        "cores of server",
        "held connections",
        "GB of rows",
    )
    rows = []
    for count in counts:
        for engine in ENGINES:
            figures = needs(count, rates(document, engine), life)
            rows.append((f"{count:,}, {engine}", *figures, f"{count * row_bytes / 1e9:.1f}"))
    note = (
        f"Each device refreshes every {life.refresh_every:,.0f} s, and pairs every "
        f"{life.days_between_pairings:,.0f} days, in the busiest hour {life.peak:,.0f} times as often as on "
        f"average; a pairing takes {life.pairing_takes:,.0f} s. The row of a connected device takes "
        f"{row_bytes:,.0f} bytes in SQLite, with its indexes. Passwords are not counted: argon2id takes "
        "0.2 s to 0.5 s of a core for each sign-in."
    )
    return Table(head, tuple(rows), note)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where the document lacks a figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--devices", type=int, nargs="+", default=[1_000_000, 10_000_000], metavar="N")
    parser.add_argument("--refresh-every", type=float, default=Life().refresh_every, metavar="SECONDS")
    parser.add_argument(
        "--days", type=float, default=Life().days_between_pairings, help="between two pairings"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the table in this document too")
    chosen = parser.parse_args(arguments)
    life = Life(refresh_every=chosen.refresh_every, days_between_pairings=chosen.days)
    with tempfile.TemporaryDirectory(prefix="pairgrant-growth-") as folder:
        row_bytes = asyncio.run(bytes_a_device(Path(folder), _SAMPLE))
    try:
        grown = table(DOCUMENT.read_text(encoding="utf-8"), chosen.devices, life, row_bytes)
    except NoFigureError as error:
        print(error, file=sys.stderr)
        return 1
    print(grown)
    if chosen.write is not None:
        write_into(chosen.write, {"growth": str(grown)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
