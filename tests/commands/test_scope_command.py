"""``pairgrant-server scope``: define, change, list and remove scopes."""

import json
from typing import Any

from tests.commands.command_line import CommandLine, output_of, refusal_of

SET = ("scope", "set", "reports:read", "--title", "Read your reports")


def facts_of(pairgrant_server: CommandLine, name: str) -> dict[str, Any]:
    listed = json.loads(output_of(pairgrant_server("scope", "list", "--json")))
    (facts,) = (facts for facts in listed if facts["scope"] == name)
    assert isinstance(facts, dict)
    return facts


def test_scope_is_defined_in_languages_listed_and_removed(pairgrant_server: CommandLine) -> None:
    output_of(pairgrant_server(*SET, "--sentence", "All.", "--icon", "document", "--strong"))
    output_of(pairgrant_server("scope", "set", "reports:read", "--language", "it", "--title", "Leggere"))
    facts = facts_of(pairgrant_server, "reports:read")
    assert facts["texts"] == {
        "en": {"title": "Read your reports", "sentence": "All."},
        "it": {"title": "Leggere", "sentence": ""},
    }
    assert (facts["icon"], facts["strong"], facts["built_in"]) == ("document", True, False)
    listed = output_of(pairgrant_server("scope", "list"))
    assert "reports:read  “Read your reports”  icon document, strong, also in it" in listed
    output_of(pairgrant_server("scope", "remove", "reports:read", "--language", "it"))
    assert list(facts_of(pairgrant_server, "reports:read")["texts"]) == ["en"]
    output_of(pairgrant_server("scope", "remove", "reports:read"))
    assert "reports:read" not in output_of(pairgrant_server("scope", "list"))
    assert "has no definition of yours" in refusal_of(pairgrant_server("scope", "remove", "reports:read"))


def test_omitted_options_keep_their_value(pairgrant_server: CommandLine) -> None:
    output_of(pairgrant_server(*SET, "--icon", "key", "--strong"))
    output_of(pairgrant_server("scope", "set", "reports:read", "--sentence", "All of them."))
    facts = facts_of(pairgrant_server, "reports:read")
    assert facts["texts"]["en"] == {"title": "Read your reports", "sentence": "All of them."}
    assert (facts["icon"], facts["strong"]) == ("key", True)
    output_of(pairgrant_server("scope", "set", "reports:read", "--icon", "", "--no-strong"))
    facts = facts_of(pairgrant_server, "reports:read")
    assert (facts["icon"], facts["strong"]) == (None, False)


def test_built_in_scope_keeps_its_text_until_it_is_replaced(pairgrant_server: CommandLine) -> None:
    assert facts_of(pairgrant_server, "openid")["texts"]["en"]["title"] == "Know that it is you"
    output_of(pairgrant_server("scope", "set", "openid", "--title", "Recognize you"))
    assert facts_of(pairgrant_server, "openid")["texts"]["en"]["title"] == "Recognize you"
    output_of(pairgrant_server("scope", "remove", "openid"))
    assert facts_of(pairgrant_server, "openid")["texts"]["en"]["title"] == "Know that it is you"


def test_invalid_definition_names_the_option(pairgrant_server: CommandLine) -> None:
    assert "A scope needs a title" in refusal_of(pairgrant_server("scope", "set", "x", "--strong"))
    assert "--icon: there is no icon 'dog'" in refusal_of(pairgrant_server(*SET, "--icon", "dog"))
    assert "--language: 'Italian'" in refusal_of(pairgrant_server(*SET, "--language", "Italian"))
    assert "is not a scope" in refusal_of(pairgrant_server("scope", "set", "two words", "--title", "x"))


def test_client_with_a_defined_scope_is_not_pointed_out(pairgrant_server: CommandLine) -> None:
    output_of(pairgrant_server(*SET))
    words = (
        "client",
        "add",
        "kiosk",
        "--name",
        "Kiosk",
        "--grant",
        "device_code",
        "--scope",
        "reports:read x:y",
    )
    done = pairgrant_server(*words)
    assert done.returncode == 0
    assert "no description of the scope x:y" in done.stderr
    assert "scope reports:read" not in done.stderr
