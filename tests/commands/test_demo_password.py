"""The demo's password, in comparison with the user code that it is shown near to."""

import math
import random
import re

import pytest

from pairgrant_protocol import user_code
from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.password_rules import LEAST_LENGTH, PasswordRules
from pairgrant_server.commands.demo_password import _WORDS, demo_password


def test_password_never_looks_like_a_user_code() -> None:
    for seed in range(1000):
        password = demo_password(random.Random(seed).randrange)
        assert re.fullmatch("[a-z]{12}[0-9]{4}", password)
        with pytest.raises(user_code.InvalidUserCodeError):
            user_code.normalize(password)


def test_password_is_at_least_as_hard_to_guess_as_a_user_code() -> None:
    choices: list[int] = []

    def count(below: int) -> int:
        choices.append(below)
        return 0

    demo_password(count)
    assert math.log2(math.prod(choices)) > math.log2(len(user_code.ALPHABET) ** user_code.LENGTH)


def test_password_is_always_accepted() -> None:
    rules = PasswordRules(min_length=LEAST_LENGTH)
    for seed in range(1000):
        rules.check("demo", Secret(demo_password(random.Random(seed).randrange)))


def test_words_are_different_from_each_other() -> None:
    assert len(set(_WORDS)) == len(_WORDS) == 256
