"""The tables in tests/rules name the tests of each rule of a specification; this checks the tables."""

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TABLES: dict[str, dict[str, Any]] = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
    for file in sorted((ROOT / "tests/rules").glob("*.toml"))
}
"""Specification -> its ``sections`` in order, and its ``rule`` tables."""
RULES = [(name, rule) for name, table in TABLES.items() for rule in table["rule"]]
LEVELS = {
    "MUST",
    "MUST NOT",
    "REQUIRED",
    "SHOULD",
    "SHOULD NOT",
    "RECOMMENDED",
    "NOT RECOMMENDED",
    "OPTIONAL",
    "advice",
}
NEEDED = {"section", "level", "who", "rule", "tests"}
MITIGATION = {"feature", "setting", "limit"}
"""Of a rule of RFC 10027 that is one of its 17 mitigations; docs/rfc10027_table.py prints them."""


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


def short(name: str, rule: dict[str, Any]) -> str:
    return f"{name} {rule['section']} {rule['rule'][:40]}"


every_rule = pytest.mark.parametrize(("name", "rule"), RULES, ids=[short(*rule) for rule in RULES])
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


class TestRules:
    def test_rfc_8628_has_a_table(self) -> None:
        assert "rfc8628" in TABLES

    @every_table
    def test_table_has_only_sections_and_rules(self, table: dict[str, Any]) -> None:
        assert table.keys() == {"sections", "rule"}

    @every_rule
    def test_rule_is_complete(self, name: str, rule: dict[str, Any]) -> None:
        assert rule.keys() >= NEEDED
        assert rule.keys() <= NEEDED | {"awaits", "not_testable"} | MITIGATION
        assert rule["section"] in TABLES[name]["sections"]
        assert rule["level"] in LEVELS
        assert rule["who"] in {"client", "server", "resource server"}
        assert rule["rule"].endswith(".")

    @every_rule
    def test_every_test_that_a_rule_names_exists(self, name: str, rule: dict[str, Any]) -> None:
        del name
        assert all(map(exists, rule["tests"])), [test for test in rule["tests"] if not exists(test)]

    @every_rule
    def test_rule_has_a_test_or_a_reason_why_none_can_hold_it(self, name: str, rule: dict[str, Any]) -> None:
        del name
        if "not_testable" in rule:
            assert rule["not_testable"].strip()
            assert rule["tests"] == []
        else:
            assert rule["tests"] or "awaits" in rule

    def test_no_rule_awaits_a_test(self) -> None:
        owed = sorted(f"{rule['awaits']}: {short(name, rule)}" for name, rule in RULES if "awaits" in rule)

        assert not owed, "\n" + "\n".join(owed)

    @every_table
    def test_no_rule_and_no_test_of_a_rule_is_repeated(self, table: dict[str, Any]) -> None:
        rules = [(rule["section"], rule["who"], rule["rule"]) for rule in table["rule"]]

        assert len(rules) == len(set(rules))
        assert all(len(rule["tests"]) == len(set(rule["tests"])) for rule in table["rule"])

    @every_table
    def test_table_follows_the_order_of_its_specification(self, table: dict[str, Any]) -> None:
        order = [table["sections"].index(rule["section"]) for rule in table["rule"]]

        assert order == sorted(order)
        assert set(order) == set(range(len(table["sections"])))


class TestSearch:
    """A table test that finds what isn't there would hold nothing."""

    HERE = "tests/protocol/test_rules_table.py"

    def test_search_finds_a_test_in_a_class(self) -> None:
        assert exists(f"{self.HERE}::TestSearch::test_search_finds_a_test_in_a_class")

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "TestSearch",
            "exists",
            "test_search_finds_a_test_in_a_class",
            "TestRules::test_search_finds_a_test_in_a_class",
            "TestSearch::HERE",
            "TestNowhere::test_search_finds_a_test_in_a_class",
        ],
    )
    def test_search_finds_nothing_else(self, name: str) -> None:
        assert not exists(f"{self.HERE}::{name}")

    def test_search_finds_nothing_in_a_missing_file(self) -> None:
        assert not exists("tests/protocol/test_nowhere.py::TestSearch::test_search_finds_a_test_in_a_class")
