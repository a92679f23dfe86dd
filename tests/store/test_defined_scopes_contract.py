"""Scopes that the operator has defined, on every engine."""

from dataclasses import replace

import pytest

from pairgrant_server.authorization_server.model.defined_scope import DefinedScope, Icon, ScopeText
from pairgrant_server.authorization_server.store.errors import UnstorableError
from pairgrant_server.authorization_server.store.interface.store import Store

READ = DefinedScope(
    "reports:read", {"en": ScopeText("Read", "All."), "de": ScopeText("Lesen")}, Icon.DOCUMENT
)
PAY = DefinedScope("pay", {"it": ScopeText("Pagare")}, is_strong=True)


async def test_definitions_are_found_as_they_were_stored_by_name(store: Store) -> None:
    await store.put_defined_scope(READ)
    await store.put_defined_scope(PAY)
    assert await store.defined_scopes() == [PAY, READ]


async def test_definition_of_the_same_name_is_replaced(store: Store) -> None:
    await store.put_defined_scope(READ)
    changed = replace(READ, icon=None, is_strong=True, texts={"en": ScopeText("Read all")})
    await store.put_defined_scope(changed)
    assert await store.defined_scopes() == [changed]


async def test_definition_is_removed_once(store: Store) -> None:
    await store.put_defined_scope(READ)
    assert await store.remove_defined_scope("reports:read")
    assert not await store.remove_defined_scope("reports:read")
    assert await store.defined_scopes() == []


async def test_unstorable_definition_changes_nothing(store: Store) -> None:
    await store.put_defined_scope(READ)
    with pytest.raises(UnstorableError):
        await store.put_defined_scope(replace(READ, name="reports:\ud800"))
    assert await store.defined_scopes() == [READ]
