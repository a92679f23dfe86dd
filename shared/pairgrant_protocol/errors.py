"""The root of what this package raises."""


class ProtocolError(ValueError):
    """A message, identifier or code that breaks the protocol; ``str()`` says how."""
