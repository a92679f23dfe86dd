"""What an operator is told at the start: where the site is, and what is wrong with that address (RFC 8628 §3.1)."""

from pathlib import Path

import pytest

from pairgrant_server.commands.run import announcement
from pairgrant_server.settings import Settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PAIRGRANT_DATABASE", f"sqlite:///{tmp_path}/pairgrant.db")


@pytest.mark.parametrize(
    ("options", "warnings"),
    [
        ({}, []),
        ({"public_url": "https://pair.example"}, []),
        ({"public_url": "http://192.0.2.7:8628", "host": "0.0.0.0"}, ["plain http"]),
        ({"host": "0.0.0.0"}, ["phones can't open a loopback address"]),
    ],
)
def test_plain_http_and_addresses_no_phone_can_open_are_warned_of(
    options: dict[str, str], warnings: list[str]
) -> None:
    first, *others = announcement(Settings.load(**options))
    assert first.startswith("Pairgrant serves http")
    assert len(others) == len(warnings)
    assert all(warning in other for warning, other in zip(warnings, others, strict=True))
