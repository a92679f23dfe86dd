"""tests/rfc8628_rules.toml says which test holds which rule of RFC 8628; here it is held to its word."""

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
RULES: list[dict[str, Any]] = tomllib.loads((ROOT / "tests/rfc8628_rules.toml").read_text(encoding="utf-8"))[
    "rule"
]
LEVELS = {"MUST", "MUST NOT", "REQUIRED", "SHOULD", "RECOMMENDED", "NOT RECOMMENDED", "OPTIONAL", "advice"}
SECTIONS = [
    "3.1",
    "3.2",
    "3.3",
    "3.3.1",
    "3.4",
    "3.5",
    "4",
    "5.1",
    "5.2",
    "5.3",
    "5.4",
    "5.5",
    "5.6",
    "5.7",
    "6.1",
]
NEEDED = {"section", "level", "who", "rule", "tests"}


@cache
def read_tests(path: str) -> frozenset[str]:
    """``Class::test`` or ``test`` for every test in one file, read but not imported."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    found: set[str] = set()

    def collect(nodes: list[ast.stmt], prefix: str) -> None:
        for node in nodes:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                collect(node.body, f"{prefix}{node.name}::")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.add(prefix + node.name)

    collect(ast.parse(file.read_text(encoding="utf-8")).body, "")
    return frozenset(found)


def exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return name in read_tests(path)


def short(rule: dict[str, Any]) -> str:
    return f"{rule['section']} {rule['rule'][:40]}"


class TestRules:
    @pytest.mark.parametrize("rule", RULES, ids=short)
    def test_a_rule_is_complete(self, rule: dict[str, Any]) -> None:
        assert rule.keys() >= NEEDED
        assert rule.keys() <= NEEDED | {"awaits", "not_testable"}
        assert rule["section"] in SECTIONS
        assert rule["level"] in LEVELS
        assert rule["who"] in {"client", "server"}
        assert rule["rule"].endswith(".")

    @pytest.mark.parametrize("rule", RULES, ids=short)
    def test_every_test_it_names_exists(self, rule: dict[str, Any]) -> None:
        assert all(map(exists, rule["tests"])), [test for test in rule["tests"] if not exists(test)]

    @pytest.mark.parametrize("rule", RULES, ids=short)
    def test_it_has_a_test_or_a_reason_why_none_can_hold_it(self, rule: dict[str, Any]) -> None:
        if "not_testable" in rule:
            assert rule["not_testable"].strip()
            assert rule["tests"] == []
        else:
            assert rule["tests"] or "awaits" in rule

    def test_no_rule_awaits_a_test(self) -> None:
        owed = sorted(f"{rule['awaits']}: {short(rule)}" for rule in RULES if "awaits" in rule)

        assert not owed, "\n" + "\n".join(owed)

    def test_no_rule_is_there_twice_and_none_names_a_test_twice(self) -> None:
        rules = [(rule["section"], rule["who"], rule["rule"]) for rule in RULES]

        assert len(rules) == len(set(rules))
        assert all(len(rule["tests"]) == len(set(rule["tests"])) for rule in RULES)

    def test_the_table_goes_through_the_rfc_from_beginning_to_end(self) -> None:
        order = [SECTIONS.index(rule["section"]) for rule in RULES]

        assert order == sorted(order)
        assert set(order) == set(range(len(SECTIONS)))


class TestSearch:
    """A table test that finds what isn't there would hold nothing."""

    HERE = "tests/protocol/test_rules_table.py"

    def test_finds_a_test_in_a_class(self) -> None:
        assert exists(f"{self.HERE}::TestSearch::test_finds_a_test_in_a_class")

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "TestSearch",
            "exists",
            "test_finds_a_test_in_a_class",
            "TestRules::test_finds_a_test_in_a_class",
            "TestSearch::HERE",
            "TestNowhere::test_finds_a_test_in_a_class",
        ],
    )
    def test_finds_nothing_else(self, name: str) -> None:
        assert not exists(f"{self.HERE}::{name}")

    def test_finds_nothing_in_a_file_that_is_not_there(self) -> None:
        assert not exists("tests/protocol/test_nowhere.py::TestSearch::test_finds_a_test_in_a_class")
