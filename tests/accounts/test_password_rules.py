"""NIST SP 800-63B-4 §3.1.1.2: minimum length, a blocklist, and no composition rules."""

import pytest

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.password_rules import LEAST_LENGTH, ONLY_FACTOR_LENGTH, PasswordRules
from pairgrant_server.accounts.passwords import MAX_LENGTH
from pairgrant_server.settings import Settings

RULES = PasswordRules(LEAST_LENGTH, ("pairgrant", "pair.example"))


def refusal(password: str, *, username: str = "alice-liddell", rules: PasswordRules = RULES) -> str:
    with pytest.raises(AccountError) as refused:
        rules.check(username, Secret(password))
    return str(refused.value)


@pytest.mark.parametrize(
    "password",
    [
        "8letters",
        "correct horse",
        "kept by nobody at all",
        "пароль-на-русском",
        "密码密码一二三四",
        "only lower case words",
        "🐎🔋📎✅🐎🐎🔋✅",
        "alice-liddell likes cats",
        "pairgrant is fine with me",
        "password of my grandmother",
        "a b c d e f g h i x y z q w",
        "many words " * 11,
    ],
)
def test_password_may_contain_any_character(password: str) -> None:
    RULES.check("alice-liddell", Secret(password))


def test_password_as_only_factor_needs_fifteen_characters() -> None:
    rules = PasswordRules(ONLY_FACTOR_LENGTH)
    assert "at least 15" in refusal("fourteen chars", rules=rules)
    rules.check("alice", Secret("fifteen letters"))
    assert Settings.load(database="sqlite:///x.db").min_password_length == 15


def test_at_least_sixty_four_characters_may_be_used() -> None:
    assert MAX_LENGTH >= 64
    assert "at most 128" in refusal("a long one " * 12)


def test_characters_are_counted_as_they_are_compared() -> None:
    """NFKC: a letter with its accent apart is one character."""
    assert "at least 8" in refusal("e\u0301" * 7)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("alice-liddell", "username"),
        ("Alice-Liddell", "username"),
        ("alice-liddell1", "username"),
        ("12alice.liddell34", "username"),
        ("alice-liddellalice-liddell", "username"),
        ("Pairgrant2026", "name of this service"),
        ("pairgrantpairgrant", "name of this service"),
        ("pair.example!", "name of this service"),
        ("password", "easy to guess"),
        ("Password1234!", "easy to guess"),
        ("passwordpassword", "easy to guess"),
        ("qwertyuiop", "easy to guess"),
        ("correct horse battery staple", "easy to guess"),
        ("thisismypassword", "easy to guess"),
        ("123456789012345", "easy to guess"),
        ("1111111111111111", "easy to guess"),
        ("abcabcabcabcabc", "easy to guess"),
        ("abcdefghijklmnop", "easy to guess"),
        ("zyxwvutsrqponmlk", "easy to guess"),
        ("asdfghjklasdfghjkl", "easy to guess"),
        ("1q2w3e4r5t6y", "easy to guess"),
        ("................", "easy to guess"),
    ],
)
def test_easily_guessed_password_is_refused(password: str, reason: str) -> None:
    assert reason in refusal(password)


def test_a_username_that_is_an_address_counts_without_its_domain_too() -> None:
    assert "username" in refusal("aliceliddell7", username="alice.liddell@example.org")


def test_a_username_of_digits_says_nothing_about_passwords_of_letters() -> None:
    RULES.check("4711", Secret("correct horse"))
    assert "username" in refusal("47114711", username="47114711")


def test_context_words_are_the_name_and_host_of_the_server() -> None:
    settings = Settings.load(database="sqlite:///x.db", public_url="https://login.wonderland.example")
    assert {"pairgrant", "login.wonderland.example", "wonderland"} <= set(settings.context_words)
    rules = PasswordRules(LEAST_LENGTH, settings.context_words)
    assert "name of this service" in refusal("Wonderland99", rules=rules)


def test_name_of_the_site_is_no_password() -> None:
    rules = PasswordRules(LEAST_LENGTH, Settings.load(site_name="Lobby Screens").context_words)
    for password in ("LobbyScreens1", "lobby screens", "screens-screens"):
        assert "name of this service" in refusal(password, rules=rules)
