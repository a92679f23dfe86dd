"""The names of the protocol, spelled as in the RFCs; used in every step (A) to (F)."""

from enum import StrEnum


class GrantType(StrEnum):
    """Values of ``grant_type`` at the token endpoint."""

    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"  # RFC 8628 §3.4
    REFRESH_TOKEN = "refresh_token"  # RFC 6749 §6
    AUTHORIZATION_CODE = "authorization_code"  # RFC 6749 §4.1.3
    CLIENT_CREDENTIALS = "client_credentials"  # RFC 6749 §4.4
    JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523 §2.1


class ErrorCode(StrEnum):
    """Values of ``error`` in a JSON error response."""

    # RFC 6749 §5.2
    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_SCOPE = "invalid_scope"
    # RFC 8628 §3.5
    AUTHORIZATION_PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    ACCESS_DENIED = "access_denied"
    EXPIRED_TOKEN = "expired_token"
    # RFC 6750 §3.1
    INVALID_TOKEN = "invalid_token"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    # RFC 7009 §2.2.1
    UNSUPPORTED_TOKEN_TYPE = "unsupported_token_type"
    # RFC 6749 §4.1.2.1; TEMPORARILY_UNAVAILABLE is used here beside a 503 with Retry-After too
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    SERVER_ERROR = "server_error"
    # OpenID Connect Core §3.1.2.6
    LOGIN_REQUIRED = "login_required"
    CONSENT_REQUIRED = "consent_required"
    REQUEST_NOT_SUPPORTED = "request_not_supported"
    REQUEST_URI_NOT_SUPPORTED = "request_uri_not_supported"
    REGISTRATION_NOT_SUPPORTED = "registration_not_supported"
    # RFC 8707 §2
    INVALID_TARGET = "invalid_target"
    # RFC 9449 §5, §8
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    USE_DPOP_NONCE = "use_dpop_nonce"
    # RFC 7591 §3.2.2
    INVALID_REDIRECT_URI = "invalid_redirect_uri"
    INVALID_CLIENT_METADATA = "invalid_client_metadata"


class PairingStage(StrEnum):
    """How far the person has come: ``pairing_stage``, an extra member of pending responses."""

    WAITING = "waiting"
    OPENED = "opened"
    SIGNING_IN = "signing_in"
    CONFIRMING = "confirming"
    MATCHING_NUMBER = "matching_number"
    """The device has to show ``number``, which the response carries, and the person types it on the phone."""
    ENTERING_PIN = "entering_pin"
    """Approved, but the device has to send the digits that the phone shows, as ``return_pin``."""
    FINISHING = "finishing"
    """Approved and on hold: tokens follow in some seconds, unless the phone undoes the approval."""


class DeviceCapability(StrEnum):
    """What a device can do for a safer approval: ``device_capabilities``, an extra parameter of step (A)."""

    NUMBER = "number"
    """It can show a number that the person types on the phone."""
    FRESH_SCAN = "fresh_scan"
    """It can show a QR code that changes (``fresh_scan``)."""
    BROWSER = "browser"
    """It has a browser of its own, which is safer than a code."""


NUMBER_DIGITS = 2
"""Digits of a ``number``."""


RETURN_PIN_DIGITS = 3
"""Digits of a ``return_pin``."""

RETURN_PIN_TRIES = 3
"""Wrong PINs after which the pairing ends with ``access_denied``."""

DEFAULT_INTERVAL = 5
"""Seconds between polls if the server sends no interval (RFC 8628 §3.2)."""

SLOW_DOWN_STEP = 5
"""Seconds that each ``slow_down`` adds to the interval, permanently (RFC 8628 §3.5)."""

FORM_CONTENT_TYPE = "application/x-www-form-urlencoded"
