"""The cost of many devices is computed from the measured rates."""

from pathlib import Path

import pytest

from benchmarks.growth import DOCUMENT, ENGINES, Life, NoFigureError, Rates, needs, rates, table
from benchmarks.subjects.rows_of_devices import bytes_a_device

MEASURED = """
<!-- pair -->
| PAIR | pairings/s |
|---|---:|
| Pairgrant, SQLite | 1,161 (900 to 1,300) | 0.08 | 1.00 |
<!-- end of pair -->
<!-- refresh -->
| REFRESH | requests/s |
|---|---:|
| Pairgrant, SQLite | 3,018 | 0.07 | 1.00 |
<!-- end of refresh -->
"""


def test_rates_are_the_medians_of_the_tables() -> None:
    assert rates(MEASURED, "Pairgrant, SQLite") == Rates(refresh=3018, pair=1161)


def test_missing_figure_is_named() -> None:
    with pytest.raises(NoFigureError, match=r"Pairgrant, PostgreSQL in its table refresh: run make bench"):
        rates(MEASURED, "Pairgrant, PostgreSQL")


def test_needs_of_a_million_devices() -> None:
    life = Life(refresh_every=1000, days_between_pairings=100, pairing_takes=60, peak=10)
    refreshes, pairings, cores, held = needs(1_000_000, Rates(refresh=2000, pair=100), life)
    assert (refreshes, pairings, cores, held) == ("1,000", "1.2", "0.51", "69")


def test_published_document_has_the_figures_of_both_engines() -> None:
    grown = table(DOCUMENT.read_text(encoding="utf-8"), [1_000_000], Life(), row_bytes=1000)
    assert [row[0] for row in grown.rows] == [f"1,000,000, {engine}" for engine in ENGINES]


async def test_bytes_of_a_device_are_those_of_its_row(tmp_path: Path) -> None:
    assert 1_000 < await bytes_a_device(tmp_path, 50) < 10_000
