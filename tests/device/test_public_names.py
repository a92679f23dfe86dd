"""``import pairgrant``: the names that other programs may rely on, and what the import costs."""

import subprocess
import sys
from importlib import import_module

import pytest

import pairgrant
from pairgrant import _MODULES


def test_every_public_name_is_defined_in_the_module_that_is_listed_for_it() -> None:
    assert sorted(_MODULES) == sorted(pairgrant.__all__)
    for name in pairgrant.__all__:
        assert getattr(pairgrant, name) is getattr(import_module(_MODULES[name]), name)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        _ = pairgrant.nonesuch  # type: ignore[attr-defined]


def test_import_loads_no_dependency_and_no_event_loop() -> None:
    script = "import sys, pairgrant; print(*{'asyncio', 'httpx', 'joserfc', 'textual'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
