"""The errors of the server: the type says what failed, the text says why and, for a command, what to do.

    PairgrantServerError
    ├── CommandError                        a command can't do what it was asked to do
    ├── SettingsError                       a setting is invalid
    ├── ListeningHostError                  a text can't be the host to listen on
    ├── PublicURLError                      a text can't be the public URL
    ├── TrustedProxiesError                 an entry of the list of trusted proxies is invalid
    ├── BrandError                          a name, logo, colour or link of the site can't be used
    ├── ServerKeyError                      the server key file can't be used
    ├── MissingExtraError                   an extra of the distribution is not installed
    ├── ConfigurationError                  the file of ``apply`` has errors
    ├── InvalidFieldError                   the value of a client's field is invalid
    ├── DurationError                       a text is not a duration
    ├── UnknownTimeZoneError                a text is no time zone of the IANA database
    ├── DeviceNameError                     a person's own name for a device can't be used
    ├── AccountError                        a username, password, name or address can't be used
    ├── PasswordsBusyError                  too many passwords wait to be hashed
    ├── UpstreamError                       a sign-in at an upstream provider failed
    ├── ProviderMetadataError               the metadata of an upstream provider is invalid
    ├── UnreadableSecretError               the client secret for an upstream provider can't be decrypted
    ├── ClientError                         the registration of a client is invalid
    ├── ScopeDefinitionError                the definition of a scope is invalid
    ├── ClientMetadataError                 client metadata is invalid (RFC 7591)
    ├── InitialAccessTokenError             an initial access token is unknown, expired or used up (RFC 7591)
    ├── RedirectURIError                    a redirect URI is invalid
    ├── UnusableRequestError                an authorization request without a redirect URI for its error
    ├── RefusedRequestError                 an authorization request whose error goes to the redirect URI
    ├── ApprovalRefusedError                the client's policy does not allow the approval
    ├── OAuthError                          an error response of an endpoint (RFC 6749 §5.2)
    │   ├── ClientAuthenticationError       the client is not authenticated
    │   ├── DPoPProofRefusedError           the DPoP proof of a request is missing or invalid
    │   ├── RateLimitExceededError          too many requests
    │   ├── SignInEndedByServerError        a sign-in has ended, and its device may know why
    │   └── AccessTokenError                the access token of a request is missing or invalid (RFC 6750)
    │       ├── InsufficientScopeError      it lacks a scope
    │       └── MalformedAuthorizationError the Authorization header is malformed
    ├── RefusedHeadError                    a request head is too large or breaks the rules of HTTP
    ├── FormError                           a request body is not a well-formed form
    ├── BodyTooLargeError                   a request body is too large
    ├── ClientGoneError                     the client disconnected before its request was complete
    ├── StrictJSONError                     a text is not strict JSON
    ├── PublicKeysError                     a JWK Set can't be used
    ├── ForeignJWTError                     a JWT of another issuer is invalid
    ├── DPoPProofError                      a DPoP proof is invalid (RFC 9449)
    ├── InvalidJWTError                     a JWT of this server is invalid
    ├── UnreadableKeyError                  a signing key can't be decrypted
    ├── PlacesError                         a file of the places of networks can't be used
    ├── UnsealableError                     a sealed value can't be decrypted
    ├── DatabaseError                       the database can't be opened or used
    ├── UnstorableError                     a value can't be stored
    ├── StoreUnavailableError               the database does not respond now
    │   ├── ConstraintError                 a row refers to a removed one, or conflicts with one
    │   ├── LostConnectionError             the connection broke; the change may have happened
    │   └── UndoneError                     the change was rolled back and can be repeated
    ├── InvalidTokenError                   the board's API refuses an access token
    ├── KeysUnavailableError                the issuer's keys can't be fetched
    ├── ResourceIdentifierError             a resource identifier is invalid (RFC 9728)
    ├── ResourceError                       an error response of the board's API
    ├── DisconnectedError                   a client of the board's API disconnected
    └── BoardError                          a notice can't be put on the board
        └── BoardFullError                  the board is full

A service knows no HTTP status: ``authorization_server/http/errors.py``, ``resource_server/http.py`` and
``pages/site/error_pages.py`` turn errors into responses. The command line prints the text and exits with 1.
"""


class PairgrantServerError(Exception):
    """The root of all errors of this package."""

    @property
    def text(self) -> str:
        """``str()``, still ``Translatable`` if it was: what a page shows to a person."""
        text = self.args[0] if self.args else ""
        return text if isinstance(text, str) else str(text)
