"""States, messages and judgements are values: they can't be changed after they were made."""

import dataclasses
import inspect
from types import ModuleType

import pytest

from pairgrant_protocol import messages, metadata, poll_judgement, polling


def is_named_tuple(value: type) -> bool:
    return issubclass(value, tuple) and hasattr(value, "_fields")


def is_read_only(value: type) -> bool:
    """A record is so for the type checker (test_record.py), the others while the program runs as well."""
    is_record = inspect.getsource(value).startswith("@record\n")
    return is_named_tuple(value) or is_record or value.__dataclass_params__.frozen  # type: ignore[attr-defined]


VALUES = [
    value
    for module in (messages, metadata, poll_judgement, polling)
    for value in vars(module).values()
    if isinstance(value, type)
    and value.__module__ == module.__name__
    and (dataclasses.is_dataclass(value) or is_named_tuple(value))
]


class TestValues:
    @pytest.mark.parametrize("module", [messages, metadata, poll_judgement, polling])
    def test_every_module_of_values_has_dataclasses(self, module: ModuleType) -> None:
        assert any(value.__module__ == module.__name__ for value in VALUES)

    @pytest.mark.parametrize("value", VALUES)
    def test_value_is_read_only_and_has_no_dict(self, value: type) -> None:
        assert is_read_only(value)
        assert "__slots__" in vars(value)
        assert "__dict__" not in vars(value)
