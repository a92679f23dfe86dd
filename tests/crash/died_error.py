"""What a request or a command raises when its process was killed."""

import httpx


class DiedError(httpx.TransportError):
    """A process was ended by SIGKILL and gave no response, as on a socket."""

    def __init__(self) -> None:
        super().__init__("killed")
