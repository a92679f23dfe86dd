"""Fresh scan: a QR code that changes shows that a phone saw a living screen, steps (C) and (D).

The device adds a proof to ``verification_uri_complete``, ``https://HOST/D/CODE/PROOF``, and replaces it
each step. Steps count from the issue of the codes: on the device from the arrival of the response, by its
monotonic clock; on the server from ``created_at``. So neither needs the right time. A proof that is too old
says nothing about the person, and only leads to another check. Pure: ages in seconds come from the caller.
"""

import math
from base64 import b32encode
from hmac import compare_digest, digest

from pairgrant_protocol.base64url import from_base64url
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.user_code import normalize

STEP = 15
"""Seconds for which a device shows one proof."""

ACCEPTED_STEPS = 3
"""The current step and the two before: a proof is accepted for at most 45 s."""

PROOF_LENGTH = 8
"""Characters of base32 (40 bits), upper case, so that a QR code stays in its dense alphanumeric mode."""


def step_at(age: float) -> int:
    """The step at ``age`` seconds since the codes were issued."""
    return math.floor(age / STEP)


def proof(key: Secret, code: str, step: int) -> str:
    """The proof for a user code, in any form that can be typed, in one step.

    Raises:
        Base64URLError: ``key`` is not a ``proof_key``.
        InvalidUserCodeError: ``code`` is not a user code of ours.
    """
    mac = digest(from_base64url(key.reveal()), f"{normalize(code)}:{step}".encode(), "sha256")
    return b32encode(mac).decode()[:PROOF_LENGTH]


def is_fresh(key: Secret, code: str, shown: str, age: float) -> bool:
    """Whether ``shown``, opened ``age`` seconds after the issue, is the proof of an accepted step.

    Clocks of two server processes differ a little, so an age just below 0 counts as the first step.

    Raises:
        As ``proof``.
    """
    if age <= -STEP:
        return False
    step = max(step_at(age), 0)
    accepted = (proof(key, code, step - back) for back in range(ACCEPTED_STEPS) if step >= back)
    sent = shown.encode(errors="surrogatepass")
    return sum(compare_digest(one.encode(), sent) for one in accepted) > 0  # compares with each of them
