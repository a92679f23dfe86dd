"""What ``import pairgrant`` offers, read from the source: names, signatures as written, and docstrings."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pairgrant.errors

_ONLY_GIVEN = {"Pairing", "SyncPairing", "SyncTokenAuth", "TokenAuth"}
"""Classes that only a client constructs."""


@dataclass(frozen=True, slots=True)
class Member:
    """A public method, property or field; ``doc`` is empty where its name says enough."""

    signature: str
    doc: str


@dataclass(frozen=True, slots=True)
class PublicName:
    """A name of ``pairgrant.__all__``; ``signature`` is the line that defines it."""

    name: str
    signature: str
    doc: str
    members: tuple[Member, ...] = ()


def public_names() -> Iterator[PublicName]:
    """Each name of ``pairgrant.__all__``."""
    modules = pairgrant._MODULES  # noqa: SLF001 - one package
    yield from (_public_name(name, modules[name]) for name in pairgrant.__all__)


@cache
def _tree(module: str) -> ast.Module:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _public_name(name: str, module: str) -> PublicName:
    for node in _tree(module).body:
        match node:
            case ast.ClassDef(name=found) if found == name:
                bases = ", ".join(ast.unparse(base) for base in node.bases)
                head = f"class {name}({bases})" if bases else f"class {name}"
                doc = ast.get_docstring(node) or _in_the_tree_of_errors().get(name, "")
                return PublicName(name, head, doc, tuple(_members(node)))
            case ast.FunctionDef(name=found) | ast.AsyncFunctionDef(name=found) if found == name:
                return PublicName(name, _signature(node), ast.get_docstring(node) or "")
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                return PublicName(name, f"{name} = {ast.unparse(value)}", "")
    raise LookupError(f"{module} doesn't define {name}")


@cache
def _in_the_tree_of_errors() -> dict[str, str]:
    """What the docstring of errors.py says about each error."""
    drawn = re.findall(r"[├└]── (\w+) +(.+)", pairgrant.errors.__doc__ or "")
    return {name: f"{text[0].upper()}{text[1:]}." for name, text in drawn}


def _members(node: ast.ClassDef) -> Iterator[Member]:
    for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if not name.startswith("_") or (name == "__init__" and node.name not in _ONLY_GIVEN):
                    yield Member(_signature(statement), ast.get_docstring(statement) or "")
            case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                statement.annotation = _unquoted(statement.annotation)
                yield Member(ast.unparse(statement), _string(following))
            case ast.Assign(targets=[ast.Name(id=name)]) if not name.startswith("_"):
                yield Member(ast.unparse(statement), _string(following))


def _unquoted(annotation: ast.expr) -> ast.expr:
    """An annotation without the quotes that only the order of the source needs."""
    match annotation:
        case ast.Constant(value=str(text)):
            return ast.parse(text, mode="eval").body
    return annotation


def _string(statement: ast.stmt | None) -> str:
    """The text of a field's docstring, which is the statement after it."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return ""


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    returns = ast.unparse(_unquoted(node.returns)) if node.returns else "None"
    if "property" in decorators:
        return f"{node.name}: {returns}"
    arguments = node.args
    if "staticmethod" not in decorators and arguments.args and arguments.args[0].arg in {"self", "cls"}:
        rest = ast.arguments(
            posonlyargs=arguments.posonlyargs,
            args=arguments.args[1:],
            vararg=arguments.vararg,
            kwonlyargs=arguments.kwonlyargs,
            kw_defaults=arguments.kw_defaults,
            kwarg=arguments.kwarg,
            defaults=arguments.defaults,
        )
        arguments = rest
    kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    if "asynccontextmanager" in decorators:
        kind = "async with"
    elif "contextmanager" in decorators:
        kind = "with"
    elif "classmethod" in decorators:
        kind = "classmethod"
    return f"{kind} {node.name}({ast.unparse(arguments)}) -> {returns}"
