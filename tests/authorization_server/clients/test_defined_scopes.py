"""Scopes of the operator: valid definitions, the reader's language, and no staleness beyond two seconds."""

from dataclasses import replace

import pytest

from pairgrant_server.authorization_server.clients.clients import STALE_SECONDS
from pairgrant_server.authorization_server.clients.defined_scopes import DefinedScopes, supported_scopes
from pairgrant_server.authorization_server.model.defined_scope import (
    DefinedScope,
    Icon,
    ScopeDefinitionError,
    ScopeText,
    checked_definition,
)
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError
from tests.authorization_server.hand_clock import HandClock

READ = DefinedScope("reports:read", {"en": ScopeText("Read reports"), "pt": ScopeText("Ler")}, Icon.DOCUMENT)


class FakeStore:
    def __init__(self) -> None:
        self.scopes: dict[str, DefinedScope] = {}
        self.is_gone = False
        self.reads = 0

    async def put_defined_scope(self, scope: DefinedScope) -> None:
        self.scopes[scope.name] = scope

    async def defined_scopes(self) -> list[DefinedScope]:
        self.reads += 1
        if self.is_gone:
            raise StoreUnavailableError
        return [self.scopes[name] for name in sorted(self.scopes)]

    async def remove_defined_scope(self, name: str) -> bool:
        return self.scopes.pop(name, None) is not None


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


class TestCache:
    async def test_change_of_another_process_is_seen_after_two_seconds(self, store: FakeStore) -> None:
        clock = HandClock()
        here, elsewhere = DefinedScopes(store, clock), DefinedScopes(store, clock)
        await here.refresh()
        await elsewhere.define(READ)
        await here.refresh()
        assert (dict(here.known), store.reads) == ({}, 1)
        clock.now += STALE_SECONDS
        await here.refresh()
        assert here.known == {"reports:read": READ}

    async def test_own_change_is_seen_at_once(self, store: FakeStore) -> None:
        scopes = DefinedScopes(store, HandClock())
        await scopes.refresh()
        await scopes.define(READ)
        await scopes.refresh()
        assert scopes.known == {"reports:read": READ}
        assert await scopes.remove("reports:read")
        await scopes.refresh()
        assert scopes.known == {}

    async def test_texts_stay_while_the_database_is_gone(self, store: FakeStore) -> None:
        clock = HandClock()
        scopes = DefinedScopes(store, clock)
        await scopes.define(READ)
        await scopes.refresh()
        store.is_gone = True
        clock.now += 10
        await scopes.refresh()
        assert scopes.known == {"reports:read": READ}

    async def test_database_that_is_gone_is_asked_once_per_interval(self, store: FakeStore) -> None:
        clock = HandClock()
        scopes = DefinedScopes(store, clock)
        await scopes.refresh()
        store.is_gone = True
        clock.now += STALE_SECONDS
        for _ in range(3):
            await scopes.refresh()
        assert store.reads == 2

    async def test_nothing_is_shown_from_definitions_that_were_never_read(self, store: FakeStore) -> None:
        scopes = DefinedScopes(store, HandClock())
        store.is_gone = True
        for _ in range(2):
            with pytest.raises(StoreUnavailableError):
                await scopes.refresh()


class TestDefinition:
    @pytest.mark.parametrize(
        ("language", "title"), [("en", "Read reports"), ("pt-BR", "Ler"), ("it", "Read reports")]
    )
    def test_text_is_in_the_language_or_in_english(self, language: str, title: str) -> None:
        text = READ.text_in(language)
        assert text is not None
        assert text.title == title

    def test_definition_without_english_has_no_text_in_other_languages(self) -> None:
        assert replace(READ, texts={"pt": ScopeText("Ler")}).text_in("it") is None

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "two words"}, "name"),
            ({"name": 'quoted"'}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"texts": {}}, "title"),
            ({"texts": {"en": ScopeText("")}}, "title"),
            ({"texts": {"en": ScopeText("x" * 61)}}, "title"),
            ({"texts": {"en": ScopeText("two\nlines")}}, "title"),
            ({"texts": {"en": ScopeText("hidden\u202e")}}, "title"),
            ({"texts": {"en": ScopeText(" x")}}, "title"),
            ({"texts": {"en": ScopeText("x", "y" * 161)}}, "sentence"),
            ({"texts": {"English": ScopeText("x")}}, "language"),
        ],
    )
    def test_invalid_definition_is_refused(self, change: dict[str, object], field: str) -> None:
        with pytest.raises(ScopeDefinitionError) as refused:
            checked_definition(replace(READ, **change))  # type: ignore[arg-type]
        assert refused.value.field == field

    def test_icon_of_a_newer_version_is_left_out(self) -> None:
        assert DefinedScope.of("x", '{"en": ["X", ""]}', "hologram", is_strong=False).icon is None


def test_built_in_scopes_come_first_in_the_metadata_and_once() -> None:
    defined = {"openid": replace(READ, name="openid"), "reports:read": READ}
    assert supported_scopes(defined) == [*SCOPES, "reports:read"]
