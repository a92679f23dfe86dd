"""Entry of the return PIN on a screen."""

from asyncio import Queue

from pairgrant_protocol.secret import Secret


class ScreenEntry:
    """Passes digits from a screen to the one pairing that they were typed for."""

    def __init__(self) -> None:
        self._typed: Queue[Secret] = Queue()

    def type(self, digits: Secret) -> None:
        self._typed.put_nowait(digits)

    async def digits(self) -> Secret:
        return await self._typed.get()
