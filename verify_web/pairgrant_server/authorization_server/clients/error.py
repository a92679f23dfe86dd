"""What is wrong with a client's registration, said to the person who wrote it."""

from pairgrant_server.errors import PairgrantServerError


class ClientError(PairgrantServerError, ValueError):
    """What was asked for can't be done; the text says what to write instead.

    ``field`` names the part of the registration that it is about, as the record or its policy does; "" where it is none.
    """

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field
