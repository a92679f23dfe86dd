"""SQLite's and PostgreSQL's folders have the same files, and the same methods in the same order."""

import ast
from importlib import resources
from pathlib import Path

import pytest

STORE = Path(str(resources.files("pairgrant_server.authorization_server.store")))
ENGINES = {"sqlite": "Sqlite", "postgresql": "Postgresql"}

MIRRORED = {
    "attempts.py",
    "clients.py",
    "connected_devices.py",
    "database.py",
    "device_grants.py",
    "errors.py",
    "listener.py",
    "migrations.py",
    "store.py",
    "sweep.py",
    "users.py",
}
ONLY = {
    "sqlite": {"file.py", "group_commit.py", "reading_turns.py"},
    "postgresql": {"coalescing.py", "connections.py", "hot_calls.py", "reports.py", "server.py"},
}
"""What one engine needs and the other does not: a file and its thread, or connections and batches."""


def public_methods(engine: str, file: str) -> dict[str, list[str]]:
    """The public methods of each public class, in order; class names without the name of the engine."""
    tree = ast.parse((STORE / engine / file).read_text())
    return {
        node.name.removeprefix(ENGINES[engine]): [
            method.name
            for method in node.body
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_")
        ]
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name.startswith(ENGINES[engine])
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_engine_has_the_files_of_the_other(engine: str) -> None:
    files = {path.name for path in (STORE / engine).glob("*.py")} - {"__init__.py"}
    assert files == MIRRORED | ONLY[engine], (
        "a part that both engines need has a file of the same name in both folders; name it in MIRRORED,"
        " or in ONLY if the other engine needs nothing like it"
    )


@pytest.mark.parametrize("file", sorted(MIRRORED - {"database.py"}))
def test_engines_define_the_same_methods_in_the_same_order(file: str) -> None:
    assert public_methods("sqlite", file) == public_methods("postgresql", file)


def test_both_databases_define_what_the_shared_statements_need_in_the_same_order() -> None:
    tree = ast.parse((STORE / "sql" / "database.py").read_text())
    (protocol,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Database")
    needed = [method.name for method in protocol.body if isinstance(method, ast.AsyncFunctionDef)]
    for engine in ENGINES:
        assert public_methods(engine, "database.py")["Database"][: len(needed)] == needed
