"""Names that a person could take for the name of another client (UTS 39)."""

import pytest

from pairgrant_server.authorization_server.clients.similar_names import looks_like, mixes_scripts

KNOWN = ("Lobby TV", "Other TV", "App", "cc", "tv", "Kiosk 6", "Web")


@pytest.mark.parametrize(
    "name",
    [
        "L0BBY  TV!",
        "\N{LATIN CAPITAL LETTER L WITH STROKE}obby TV",
        "\N{LATIN LETTER SMALL CAPITAL L}obby TV",
        "\N{LATIN CAPITAL LETTER IOTA}obby TV",
        "Lobb\N{LATIN LETTER SMALL CAPITAL Y} TV",
        "\N{LATIN SMALL LETTER O WITH STROKE}ther TV",
        "Lobby \N{NEGATIVE SQUARED LATIN CAPITAL LETTER T}V",
        "Lo\N{LATIN SMALL LETTER SHARP S}by TV",
        "Lo66y TV",
        "Lo8by TV",
        "We6",
        "Lobby T\\/",
        "Lobby TV\N{TRADE MARK SIGN}",
        "\N{BLACK CIRCLE} Lobby TV",
        "L\N{BLACK CIRCLE}bby TV",
    ],
)
def test_latin_letters_digits_and_signs_are_read_as_the_letters_they_look_like(name: str) -> None:
    assert looks_like(name, KNOWN)
    assert not mixes_scripts(name)


@pytest.mark.parametrize(
    "name",
    [
        "\u03f2\u03f2",  # Greek
        "\u0421\u0441",  # Cyrillic
        "\u0410\u0440\u0440",
        "\u0422\u0475",
        "\u2ca5\u2ca5",  # Coptic
        "\u13a2\u13d9",  # Cherokee
        "\ua4d4\ua4e6",  # Lisu
    ],
)
def test_name_in_another_script_is_read_as_the_latin_letters_it_looks_like(name: str) -> None:
    assert looks_like(name, KNOWN)


@pytest.mark.parametrize(
    "name",
    [
        "Lobb\u03b3 TV",  # Greek gamma
        "Lobby \u03a4\u0475",  # Greek and Cyrillic
        "Lobby T\u13d9",  # Cherokee
        "\u0555ther TV",  # Armenian
        "\u13bether TV",
        "\u13a2\u142f",  # Cherokee and Canadian syllabics
    ],
)
def test_letters_of_several_scripts_are_found(name: str) -> None:
    assert mixes_scripts(name)


@pytest.mark.parametrize(
    "name",
    [
        "Kiosk 8",
        "Lobby TV 2",
        "\u0422\u0435\u043b\u0435\u0432\u0438\u0437\u043e\u0440",  # television in Russian
        "\u03a4\u03b7\u03bb\u03b5\u03cc\u03c1\u03b1\u03c3\u03b7 2",  # Greek, with an accent
        "LG \u30c6\u30ec\u30d3\u30fc",  # Japanese with Latin letters
        "LG \u7535\u89c6",  # Chinese
        "Caf\u00e9 \U0001f4fa",
        "\U0001f4fa",
        "Hawai\u02bbi",  # a letter that belongs to several scripts
        "\u062a\u0644\u0641\u0627\u0632 \u06f2",  # Arabic with a Persian digit
    ],
)
def test_name_that_no_client_has_is_free_in_every_script(name: str) -> None:
    assert not looks_like(name, (*KNOWN, "\U0001f3e0"))
    assert not mixes_scripts(name)
