"""A panel in front of a screen; the arrows move between its buttons as on every screen."""

from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import ModalScreen

Result = TypeVar("Result")


class Panel(ModalScreen[Result]):
    """Textual looks up no bindings of the app while a panel is shown, so it has the arrows itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("right,down", "app.move_focus(1)"),
        ("left,up", "app.move_focus(-1)"),
    ]
