"""The name that a device gives itself carries no message to a person who reads it."""

import unicodedata

import pytest

from pairgrant_server.authorization_server.model.claimed_name import LONGEST, claimed_name


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        (
            "your account again. We noticed a problem: call +39 06 5555 1234",
            "your account again. We noticed a proble…",
        ),
        ("call +39 06 5555 1234 now", "call … now"),
        ("call +1-800-555-0199", "call …"),
        ("call (800) 555 0199", "call (…"),
        ("call 0800/555.01.99", "call …"),
        ("call 0_8_0_0_5_5_5", "call …"),
        ("call \uff0b\uff13\uff19 \uff10\uff16 \uff15\uff15\uff15\uff15", "call …"),  # full-width
        ("call ٠٨٠٠٥٥٥٠", "call …"),  # Arabic-Indic digits
        ("call 0\u200b8\u200b0\u200b0\u200b5\u200b5\u200b5", "call …"),
        ("call \U0001f10c❶❷❸❹❺❻❼", "call …"),  # digits that NFKC keeps
        ("call ➀➁➂➃➄➅➆➇", "call …"),
        ("call 零六一二三四五六七", "call …"),
        ("call 06 12 .... 34 56 78", "call …"),
        ("call 0\u0332\u0332\u0332 6\u0332\u0332\u0332 1 2 3 4 5", "call …"),
        ("open https://evil.example/a?b=c now", "open … now"),
        ("open http\u2236//evil", "open …"),  # the ratio, which looks like a colon
        ("open //evil/login", "open …"),
        ("open [2001:db8::1]:8000", "open …"),
        ("open HTTPS://evil.example", "open …"),
        ("open evil.example", "open …"),
        ("open evil.example/login, then", "open … then"),
        ("open www.evil.example", "open …"),
        ("open EVIL.EXAMPLE:8080/x", "open …"),
        ("open evil\u3002example", "open …"),  # the ideographic dot, which IDNA reads as a dot
        ("open evil\uff0eexample", "open …"),
        ("open evil\u200b.\u200bexample", "open …"),
        ("open evil.\u0301example", "open …"),
        ("open evil .example", "open …"),
        ("open evil\ua4f8example", "open …"),  # a Lisu letter that looks like a dot
        ("open пример.рф", "open …"),
        ("open 203.0.113.7", "open …"),
        ("open 10.0.0.7/x", "open …"),
        ("javascript:alert(1)", None),
        ("tel:112", None),
        ("write to help@evil.example", "write to …"),
        ("follow @evil", "follow …"),
        ("TV” is safe. “Sign in", "TV' is safe. 'Sign in"),
        ('TV" is safe', "TV' is safe"),
        ("TV❞ is safe", "TV' is safe"),
        ("TV\u02ee is safe", "TV' is safe"),
        ("TV\u2033 is safe", "TV'' is safe"),
        ("TV「safe」»", "TV'safe''"),
        ("evil.example", "evil"),
        ("help@evil.example", None),
        ("TV\u202efdp.exe", "TVfdp"),
        ("a\r\nb\u2028c\u0000d", "a b c d"),
        ("\u3164\u115f\u2800", None),
        ("\u200b", None),
        ("…!?", None),
        ("", None),
        ("Z\u0335\u0336\u0337\u0338\u0339\u033a", "Z\u0335\u0336\u0337"),
        ("\u0301\u0301TV", "TV"),
        ("T \u0301V", "T V"),
        ("W" * 100, "W" * 39 + "…"),
        ("T\U000e0041V\ufe0f", "TV"),
    ],
)
def test_hostile_name_is_reduced_to_a_harmless_one(hostile: str, shown: str | None) -> None:
    assert claimed_name(hostile) == shown


@pytest.mark.parametrize(
    "name",
    [
        "Reception screen",
        "Alice's TV",
        "Mr. Smith's kiosk",
        "Kiosk 123456",
        "Room 4.2, floor 3",
        "TV @ Lobby",
        "Küche",
        "कक्षा का टीवी",
        "מִטְבָּח",
        "客厅电视",
        "Wohnzimmer-TV (links)",
        "📺",
        "v1.2.3",
        "第一会議室",
        "Kiosk 3 (2nd floor) - no. 1234",
        "raspberrypi",
    ],
)
def test_honest_name_is_kept(name: str) -> None:
    assert claimed_name(name) == unicodedata.normalize("NFKC", name)


def test_host_name_keeps_its_first_label() -> None:
    assert claimed_name("kiosk-1.lan.example") == "kiosk-1"


@pytest.mark.parametrize(
    "text", ["\ufdfa" * 80, "a\u0301" * 80, "1 " * 80, "@." * 80, "a.b" * 80, "x" * 100_000]
)
def test_name_never_exceeds_the_limit(text: str) -> None:
    assert len(claimed_name(text) or "") <= LONGEST
