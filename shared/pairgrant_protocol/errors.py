"""The errors of the protocol package.

    ProtocolError
    ├── MalformedMessageError   the other side sent what the protocol does not allow
    ├── InvalidUserCodeError    a person typed what can't be a user_code
    ├── IssuerError             an issuer identifier is not valid
    └── Base64URLError          text is not base64url

Each class lives in the module that raises it.
"""


class ProtocolError(ValueError):
    """The root of all errors of this package; ``str()`` says what breaks the protocol."""
