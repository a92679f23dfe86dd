"""Used DPoP proofs: each is accepted once (RFC 9449 §11.1)."""

from hashlib import sha256

from pairgrant_server.authorization_server.jose.dpop_proof import WINDOW, DPoPProof


class SeenProofs:
    """Used proofs, kept while they could be used again, in two generations instead of one by one.

    It covers this process only: with several processes a proof may be accepted once by each, while its nonce
    or ``iat`` is valid.
    """

    def __init__(self, window: float = 2 * WINDOW, most: int = 200_000) -> None:
        self._window = window
        self._most = most
        self._ends_at = 0.0
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()

    def is_first(self, proof: DPoPProof, now: float) -> bool:
        """Remember the proof; False if it was used before."""
        mark = sha256(f"{proof.jkt} {proof.jti}".encode()).digest()
        if now >= self._ends_at or len(self._young) >= self._most:
            self._old = self._young if now < self._ends_at + self._window else set()
            self._young, self._ends_at = set(), now + self._window
        if mark in self._young or mark in self._old:
            return False
        self._young.add(mark)
        return True
