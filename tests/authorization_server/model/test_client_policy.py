"""A client's policy as JSON: what this version would not enforce is not read."""

import json
from typing import Any

import pytest

from pairgrant_server.authorization_server.model.client_policy import CHOICES, ClientPolicy


def test_policy_is_read_as_it_was_written() -> None:
    policy = ClientPolicy(profile="strict", number_match="required", prefill="never", strong_scope=("email",))
    assert ClientPolicy.from_json(policy.to_json()) == policy


@pytest.mark.parametrize("members", [{"new_rule": True}, *({name: "new word"} for name in CHOICES)])
def test_rule_or_word_of_a_later_version_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="this version does not know"):
        ClientPolicy.from_json(json.dumps(members))
