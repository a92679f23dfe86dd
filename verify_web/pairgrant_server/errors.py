"""The root class of the server's errors."""


class PairgrantServerError(Exception):
    """A request or a command can't go on; ``str()`` says what to do next."""
