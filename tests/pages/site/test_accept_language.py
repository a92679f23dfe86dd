"""Which language ``Accept-Language`` asks for (RFC 9110 §12.5.4, RFC 4647 §3.4)."""

import pytest

from pairgrant_server.accept_language import accepted

AVAILABLE = ["en", "de", "pt-BR", "it"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("DE-at", "de"),
        ("de-AT-1996;q=1.000", "de"),
        ("fr, de;q=0.9, en;q=0.8", "de"),
        ("it;q=0.5, de;q=0.8", "de"),
        ("it , de", "it"),
        ("pt-BR", "pt-BR"),
        ("pt-br-x-lisbon", "pt-BR"),
        ("de-a-foo", "de"),
        ("*", "en"),
        ("fr, *;q=0.1", "en"),
        ("en;q=0, *", "de"),
        ("de;q=0, de-AT", None),
        ("pt", None),
        ("fr", None),
        ("zh-Hant", None),
        ("", None),
    ],
)
def test_best_language_is_found(header: str, language: str | None) -> None:
    assert accepted(header, AVAILABLE) == language


@pytest.mark.parametrize(
    "header",
    [
        "x" * 501,
        "de;q=2",
        "de;q=0.1234",
        "de;q=-1",
        "de;q=1e0",
        "de;q=\u0660.\u0665",
        "de;level=1",
        "de_DE",
        "../../etc/passwd",
        "de\x00",
        "dé",
        "toolongalanguage",
        ";q=1",
        ",,,,",
        "de-" + "a-" * 100,
    ],
)
def test_malformed_range_is_ignored(header: str) -> None:
    assert accepted(header, AVAILABLE) is None
    assert accepted(f"{header[:400]}, it;q=0.1", AVAILABLE) == "it"
