"""What ``run`` prints at the start: the public URL, and warnings about it (RFC 8628 §3.1)."""

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
        ({"host": "0.0.0.0", "public_url": "https://pair.example"}, []),
        ({"host": "::ffff:127.0.0.1"}, []),
        ({"host": "localhost"}, []),
        ({"public_url": "https://pair.example"}, ["like PAIRGRANT_TRUSTED_PROXIES=127.0.0.1"]),
        ({"host": "[::1]", "public_url": "https://pair.example"}, ["like PAIRGRANT_TRUSTED_PROXIES=::1"]),
        ({"public_url": "https://pair.example", "trusted_proxies": "127.0.0.1"}, []),
        ({"public_url": "http://192.0.2.7:8628", "host": "0.0.0.0"}, ["plain http"]),
        ({"host": "0.0.0.0"}, ["phones can't open a loopback address"]),
    ],
)
def test_plain_http_loopback_addresses_and_an_unnamed_proxy_get_a_warning(
    options: dict[str, str], warnings: list[str]
) -> None:
    first, *others = announcement(Settings.load(**options))
    assert first.startswith("Pairgrant serves http")
    assert len(others) == len(warnings)
    assert all(warning in other for warning, other in zip(warnings, others, strict=True))
