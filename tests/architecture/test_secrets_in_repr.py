"""No record shows in its ``repr`` what is stored of a secret: a traceback or a log may have it."""

import dataclasses
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from unittest.mock import Mock

import pytest

from pairgrant_server import authorization_server


def _is_of_a_secret(name: str) -> bool:
    return name.endswith("digest") or name.startswith("sealed") or name in {"replay", "password_hash"}


def _records() -> Iterator[type]:
    for module in pkgutil.walk_packages(authorization_server.__path__, f"{authorization_server.__name__}."):
        for found in vars(import_module(module.name)).values():
            if inspect.isclass(found) and found.__module__ == module.name:
                yield found


WITH_SECRETS = [
    record
    for record in _records()
    if any(map(_is_of_a_secret, getattr(record, "_fields", getattr(record, "__dataclass_fields__", ()))))
]


@pytest.mark.parametrize("record", WITH_SECRETS, ids=lambda record: record.__name__)
def test_repr_has_no_digest_and_nothing_sealed(record: Any) -> None:
    if dataclasses.is_dataclass(record):
        fields = dataclasses.fields(record)
        assert not [field.name for field in fields if field.repr and _is_of_a_secret(field.name)]
    else:
        made = record(**{name: "secret" if _is_of_a_secret(name) else Mock() for name in record._fields})
        assert "secret" not in repr(made)


def test_there_are_records_with_secrets() -> None:
    assert {"RefreshedDevice", "PolledGrant", "ConnectedDevice"} <= {
        record.__name__ for record in WITH_SECRETS
    }
