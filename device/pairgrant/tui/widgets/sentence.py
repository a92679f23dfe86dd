"""A sentence in big letters that keep its case, smaller than those of a headline, where they fit."""

from pairgrant.tui.widgets.big_text import BigText


class Sentence(BigText):
    def __init__(
        self,
        text: str = "",
        *,
        steps: int = 1,
        share: float = 1 / 5,
        limit: int = 200,
        id: str | None = None,  # noqa: A002 - Textual's name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(text, steps=steps, share=share, limit=limit, keeps_case=True, id=id, classes=classes)
