"""The errors of the protocol package: the tree that ``errors.py`` draws is the tree that the code has."""

import importlib
import pkgutil
import re

import pairgrant_protocol
from pairgrant_protocol import errors
from pairgrant_protocol.errors import ProtocolError


def error_classes() -> set[type[Exception]]:
    modules = [
        importlib.import_module(f"pairgrant_protocol.{module.name}")
        for module in pkgutil.iter_modules(pairgrant_protocol.__path__)
    ]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    return {
        one
        for one in classes
        if issubclass(one, Exception) and one.__module__.startswith("pairgrant_protocol.")
    }


def test_every_error_of_the_package_derives_from_its_root() -> None:
    strangers = {error.__name__ for error in error_classes() if not issubclass(error, ProtocolError)}
    assert strangers == set()


def test_drawn_tree_names_every_error() -> None:
    drawn = set(re.findall(r"^ +(?:[├└]── )?(\w+Error)\b", errors.__doc__ or "", re.MULTILINE))
    assert drawn == {error.__name__ for error in error_classes()}
    assert len(drawn) > 3
