"""Tests do not give up after the five seconds that Playwright and httpx wait by default."""

import ast
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
TABS = "tabs.py"
"""Where contexts of browsers get their bounds."""

REQUESTS = {"Client", "AsyncClient", "get", "post", "put", "patch", "delete", "head", "request", "stream"}
"""Of httpx."""


@cache
def calls() -> list[tuple[str, int, ast.Call]]:
    """Each call of an attribute in the tests, with its file and line."""
    return [
        (str(file.relative_to(TESTS)), node.lineno, node)
        for file in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]


def named(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


def test_every_context_and_tab_of_a_browser_has_its_bounds_from_one_place() -> None:
    made = [
        f"{file}:{line}"
        for file, line, call in calls()
        if named(call) in {"new_context", "new_page"} and file != TABS
    ]
    assert made == []


def test_every_request_over_a_socket_says_how_long_it_may_take() -> None:
    """Over a socket go those that keep away from the proxies of the environment."""
    unbounded = []
    for file, line, call in calls():
        is_of_httpx = ast.unparse(call.func) in {f"httpx.{name}" for name in REQUESTS}
        options = {keyword.arg for keyword in call.keywords}
        if is_of_httpx and "trust_env" in options and "timeout" not in options:
            unbounded.append(f"{file}:{line}")
    assert unbounded == []
