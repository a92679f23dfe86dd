"""What is wrong with a client's registration."""

from pairgrant_server.errors import PairgrantServerError


class ClientError(PairgrantServerError, ValueError):
    """A registration that is invalid; the text tells the operator what to write instead.

    ``field`` is the name of the field in the record or its policy; "" if it is about none of them.
    """

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field
