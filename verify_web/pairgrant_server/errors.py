"""The root of what the server raises."""


class PairgrantServerError(Exception):
    """Whatever stops a request or a command; ``str()`` says what to do next."""
