"""The colours of the screens, in a dark and a light version."""

from textual.theme import Theme

DARK = Theme(
    name="pairgrant-dark",
    dark=True,
    primary="#5ee0c0",
    accent="#5ee0c0",
    foreground="#e8edf4",
    background="#0c1118",
    surface="#131a24",
    panel="#1b2430",
    warning="#f3c969",
    error="#ff8f87",
    success="#5ee0c0",
    variables={"quiet": "#93a1b3", "faint": "#3a4757"},
)

LIGHT = Theme(
    name="pairgrant-light",
    dark=False,
    primary="#00695c",
    accent="#00695c",
    foreground="#14202c",
    background="#f7f8fa",
    surface="#ffffff",
    panel="#e9edf2",
    warning="#8a5200",
    error="#b3261e",
    success="#00695c",
    variables={"quiet": "#566476", "faint": "#bcc6d1"},
)

THEMES = {"dark": DARK, "light": LIGHT}
