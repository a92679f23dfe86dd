"""The stylesheet: the contrast of every pair of colours that it makes, and rules that hold for all of it.

WCAG 2.2 wants 4.5:1 for text (1.4.3) and 3:1 for what a control is recognized by (1.4.11).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pairgrant_protocol.colour import contrast
from pairgrant_server.pages.site import stylesheet as sheet
from pairgrant_server.pages.site.stylesheet import THEMES, accent_colours, colours, stylesheet

FOLDER = Path(sheet.__file__).parents[1] / "static" / "css"
SURFACES = ("ground", "card", "soft")
PANELS = ("error-ground", "warn-ground")

TEXT = {
    "ink": (*SURFACES, "error-ground"),
    "muted": SURFACES,
    "accent": SURFACES,
    "accent-strong": SURFACES,
    "on-accent": ("accent", "accent-strong"),
    "error": ("card", "error-ground"),
    "card": ("error",),
    "warn-ink": ("warn-ground",),
}
"""Each colour of text with every background that it stands on."""

SHAPES = {
    "ink": ("card", "soft"),
    "muted": ("card",),
    "accent": ("card", "soft"),
    "field": ("card", "soft"),
    "focus": (*SURFACES, *PANELS),
    "error": ("card", "soft", "error-ground", "warn-ground"),
    "warn-line": ("card", "warn-ground"),
}
"""The same for borders, rings, marks and ticks."""

DECORATION = {"line"}
"""What separates, and is not needed to understand or use anything."""

ACCENTS = ["#000000", "#ffffff", "#ffff00", "#0000ff", "#ff0000", "#777777", "#7a1fa2", "#0b6b5d", "#ffbf00"]

Rule = tuple[str, dict[str, str]]
"""Selectors, and values by property."""


class Pair(NamedTuple):
    front: str
    back: str
    least: float


def rules() -> Iterator[Rule]:
    """Every rule with a colour of ours; those for print and forced colours have their own."""
    text = "".join((FOLDER / f"{name}.css").read_text() for name in sheet.FILES[1:-1])
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        yield selectors.strip(), dict(re.findall(r"([a-z-]+): ([^;]+);?", body))


def tokens_of(values: dict[str, str], *properties: str) -> set[str]:
    return {
        token
        for name, value in values.items()
        if name in properties
        for token in re.findall(r"var\(--([a-z-]+)\)", value)
        if token in colours()["light"]
    }


TEXT_PROPERTIES = ("color",)
GROUND_PROPERTIES = ("background", "background-color")
_SIDES = ("block-start", "block-end", "inline-start", "inline-end")
SHAPE_PROPERTIES = (
    *("border", "border-color", "outline", "stroke", "fill", "accent-color"),
    *(f"border-{side}" for side in _SIDES),
)


def table() -> list[Pair]:
    text = [Pair(front, back, 4.5) for front, backs in TEXT.items() for back in backs]
    return text + [Pair(front, back, 3.0) for front, backs in SHAPES.items() for back in backs]


@pytest.mark.parametrize("theme", THEMES)
def test_every_pair_of_the_table_can_be_seen(theme: str) -> None:
    known = colours()[theme]
    high = "more" in theme
    weak = {
        pair: round(ratio, 2)
        for pair in table()
        if (ratio := contrast(known[pair.front], known[pair.back]))
        < (7.0 if high and pair.least == 4.5 else pair.least)
    }
    assert weak == {}


def check_accent(accent: str) -> None:
    for theme in THEMES:
        known = {**colours()[theme], **accent_colours(accent, theme)}
        for pair in table():
            if {pair.front, pair.back} & {"accent", "accent-strong", "on-accent"}:
                assert contrast(known[pair.front], known[pair.back]) >= pair.least, (theme, pair)


@pytest.mark.parametrize("accent", ACCENTS)
def test_known_accent_of_an_operator_can_be_read(accent: str) -> None:
    check_accent(accent)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 0xFFFFFF).map("#{:06x}".format))
def test_any_accent_of_an_operator_can_be_read(accent: str) -> None:
    check_accent(accent)


@pytest.mark.parametrize(
    ("selectors", "values"), list(rules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_pairs_of_each_rule_are_in_the_table(selectors: str, values: dict[str, str]) -> None:
    texts, grounds = tokens_of(values, *TEXT_PROPERTIES), tokens_of(values, *GROUND_PROPERTIES)
    shapes = tokens_of(values, *SHAPE_PROPERTIES) - DECORATION
    assert not grounds or texts, f"{selectors}: say the colour of the text that stands on this background"
    assert texts <= set(TEXT), f"{selectors}: add the text colour to TEXT"
    assert shapes <= set(SHAPES), f"{selectors}: add the colour of the border or mark to SHAPES"
    for ground in grounds:
        missing = {text for text in texts if ground not in TEXT[text]}
        assert not missing, f"{selectors}: add {ground} to TEXT[{missing}]"


def test_table_has_no_colour_that_the_stylesheet_does_not_use() -> None:
    every = [values for _, values in rules()]
    kinds = {"text": TEXT_PROPERTIES, "ground": GROUND_PROPERTIES, "shape": SHAPE_PROPERTIES}
    used = {
        kind: {token for values in every for token in tokens_of(values, *properties)}
        for kind, properties in kinds.items()
    }
    assert set(TEXT) == used["text"]
    assert set(SHAPES) == used["shape"] - DECORATION
    assert used["ground"] == {back for backs in TEXT.values() for back in backs}
    assert set(colours()["light"]) == used["text"] | used["ground"] | used["shape"]


def test_every_theme_defines_only_known_colours() -> None:
    known = set(colours()["light"])
    assert all(set(theme) == known for theme in colours().values())


def test_colours_stand_in_the_tokens_only() -> None:
    for name in sheet.FILES[1:-1]:
        text = (FOLDER / f"{name}.css").read_text()
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(|hsl\(", text), f"{name}.css: use a token"


def test_every_direction_is_logical_so_that_right_to_left_mirrors_by_itself() -> None:
    physical = re.compile(
        r"(?:margin|padding|border)-(?:left|right|top|bottom)|(?<![-\w(])(?:left|right|top|bottom|float):"
        r"|(?<![-\w(])(?:min-|max-)?(?:width|height):|text-align: (?:left|right)"
    )
    for name in sheet.FILES:
        text = re.sub(r"@media[^{]*", "", (FOLDER / f"{name}.css").read_text())
        assert not physical.findall(text), name


def test_files_on_disk_are_those_that_are_served() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(sheet.FILES)
    assert "/*" not in stylesheet()
    assert stylesheet().count("{") == stylesheet().count("}")
