"""What someone is called who comes for the first time: as they are there, as far as it can stand here."""

from typing import Any

import pytest

from pairgrant_server.accounts.people import checked_username
from pairgrant_server.accounts.upstream.first_time_user import Profile, profile, usernames
from pairgrant_server.accounts.upstream.upstream_user import UpstreamUser


def who(**claims: Any) -> UpstreamUser:
    return UpstreamUser("https://accounts.example", "248289", claims)


@pytest.mark.parametrize(
    ("claims", "first"),
    [
        ({"preferred_username": "zoe"}, "zoe"),
        ({"preferred_username": "zoe@corp.example"}, "zoe@corp.example"),
        ({"preferred_username": " Zoë  Z. "}, "ZoëZ."),
        ({"preferred_username": "\uff5a\uff4f\uff45"}, "zoe"),
        ({"preferred_username": "z\u202eo\x00e\u200b"}, "zoe"),
        ({"preferred_username": "z" * 300}, "z" * 48),
        ({"preferred_username": "ﷺ" * 40, "email": "zoe@example.org"}, "zoe"),
        ({"preferred_username": "\n\t ", "email": "zoe@example.org"}, "zoe"),
        ({"preferred_username": ["zoe"], "email": "zoe.z@example.org"}, "zoe.z"),
        ({"email": "@example.org"}, "person-0f0f0f0f"),
        ({}, "person-0f0f0f0f"),
    ],
)
def test_username_is_taken_from_the_claims(claims: dict[str, Any], first: str) -> None:
    names = list(usernames(who(**claims), "0f0f0f0f"))
    assert names[0] == first
    assert [checked_username(name) for name in names] == names


def test_numbered_usernames_follow_a_taken_one() -> None:
    names = list(usernames(who(preferred_username="zoe"), "0f0f0f0f"))
    assert names == ["zoe", *(f"zoe-{number}" for number in range(2, 10)), "zoe-0f0f0f0f"]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"name": "Zoë Z."}, Profile("Zoë Z.", None)),
        ({"name": "Z\u202eoë"}, Profile("zoe", None)),
        ({"name": "z" * 81}, Profile("zoe", None)),
        ({"name": 7}, Profile("zoe", None)),
        ({"email": "zoe@example.org"}, Profile("zoe", None)),
        ({"email": "zoe@example.org", "email_verified": False}, Profile("zoe", None)),
        ({"email": "zoe@example.org", "email_verified": ["true"]}, Profile("zoe", None)),
        ({"email": "zoe@example.org", "email_verified": True}, Profile("zoe", "zoe@example.org")),
        ({"email": "zoe@example.org", "email_verified": "true"}, Profile("zoe", "zoe@example.org")),
        ({"email": "nonsense", "email_verified": True}, Profile("zoe", None)),
        ({"locale": "en-GB", "zoneinfo": "Europe/London"}, Profile("zoe", None, "en", "Europe/London")),
        ({"locale": "en_US"}, Profile("zoe", None, "en")),
        ({"locale": "tlh", "zoneinfo": "Qo/noS"}, Profile("zoe", None)),
        ({"locale": ["en"], "zoneinfo": 1}, Profile("zoe", None)),
    ],
)
def test_profile_is_taken_from_the_claims(claims: dict[str, Any], expected: Profile) -> None:
    assert profile(who(**claims), "zoe") == expected
