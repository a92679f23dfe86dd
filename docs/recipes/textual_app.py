"""A Textual app: the pairing runs in a worker, and its events change the screen.

python textual_app.py https://pair.example lobby-tv
"""

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

import pairgrant


class PairingApp(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("r", "pair", "New code"), ("q", "quit", "Quit")]

    def __init__(self, issuer: str, client_id: str) -> None:
        super().__init__()
        self.issuer, self.client_id = issuer, client_id

    def compose(self) -> ComposeResult:
        yield Static(id="text", markup=False)

    def on_mount(self) -> None:
        self.action_pair()

    def action_pair(self) -> None:
        self.run_worker(self.pair(), exclusive=True)  # ends the one before, and cancels its code

    async def pair(self) -> None:
        text = self.query_one("#text", Static)
        try:
            new = pairgrant.Client(self.issuer, self.client_id)
            async with new as client, client.pair(shows_number=True) as pairing:
                text.update(f"Open {pairing.verification_uri}\nand enter {pairing.user_code}")
                async for event in pairing.events():
                    if isinstance(event, pairgrant.NumberShown):
                        text.update(f"Enter {event.number} on your phone")
                user = await client.userinfo(await pairing.tokens())
                text.update(f"Hello, {user.display_name or 'you'}")
        except pairgrant.PairgrantError as error:  # denied and expired too
            text.update(f"{error}\nPress r for a new code.")


if __name__ == "__main__":
    PairingApp(*sys.argv[1:]).run()
