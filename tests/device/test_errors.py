"""The tree of errors in the docstring of pairgrant.errors, held to the classes of the package."""

import importlib
import inspect
import pkgutil
import re

import pairgrant
from pairgrant import errors
from pairgrant.errors import PairgrantError


def drawn_tree() -> dict[str, str]:
    """Class name -> name of its parent, as the docstring draws them."""
    assert errors.__doc__ is not None
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        if found := re.match(r"    ([│ ├└─]*)([A-Z]\w+Error)\b", line):
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            if depth:
                parents[found[2]] = path[depth - 1]
    return parents


def error_classes() -> dict[str, type[BaseException]]:
    """Every exception class that a module of the package defines."""
    found: dict[str, type[BaseException]] = {}
    for module in pkgutil.walk_packages(pairgrant.__path__, "pairgrant."):
        if module.name.endswith("__main__"):
            continue
        members = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        found |= {name: member for name, member in members if issubclass(member, BaseException)}
    return {name: error for name, error in found.items() if error.__module__.startswith("pairgrant.")}


def test_docstring_draws_every_error_class_below_its_parent() -> None:
    classes = error_classes()
    del classes["PairgrantError"]
    assert drawn_tree() == {name: error.__bases__[0].__name__ for name, error in classes.items()}


def test_every_error_derives_from_the_root_class() -> None:
    assert all(issubclass(error, PairgrantError) for error in error_classes().values())


def test_every_error_has_a_code_for_programs() -> None:
    assert all(error.code for error in error_classes().values() if issubclass(error, PairgrantError))
