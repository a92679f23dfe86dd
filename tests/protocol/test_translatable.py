"""A text that is English for programs, and translated for a person."""

from pairgrant_protocol.translatable import Translatable, filled

GERMAN = {"{count} tries left, {unit}": "Noch {count} Versuche, {unit}", "minutes": "Minuten"}


def test_value_is_the_english_text() -> None:
    assert Translatable("{count} tries left", count=2) == "2 tries left"


def test_translation_has_the_values_also_translated() -> None:
    text = Translatable("{count} tries left, {unit}", count=2, unit=Translatable("minutes"))
    assert text.translated(lambda message: GERMAN.get(message, message)) == "Noch 2 Versuche, Minuten"


def test_value_is_never_taken_for_a_message_of_its_own() -> None:
    text = Translatable("Note: {text}", text="minutes")
    assert text.translated(lambda message: GERMAN.get(message, message)) == "Note: minutes"


def test_braces_are_ordinary_characters_without_values() -> None:
    assert filled("{plain}", {}) == Translatable("{plain}") == "{plain}"
