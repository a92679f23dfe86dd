"""Cancelled by its own device: a person left the screen with the code, so that no device waits any more.

The device names its device_code at the revocation endpoint (RFC 7009). It has to prove what a poll has to
prove, and gets nothing for it; ``poll_judgement`` has the rule.
"""

from pairgrant_protocol.device_grant import GrantStatus, can_be_cancelled
from pairgrant_protocol.pkce import verifier_matches
from pairgrant_protocol.poll_judgement import PollFacts, is_from_its_device
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.device_flow.held_polls import HeldPolls
from pairgrant_server.authorization_server.limits.network import network_of
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant
from pairgrant_server.authorization_server.secrets.opaque_code import OpaqueCode
from pairgrant_server.authorization_server.secrets.server_key import digest, same
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.tokens.connected_devices import ConnectedDevices
from pairgrant_server.security_events import SecurityEvent, emit

_TRIES = 3
"""A decision and a redemption may come in between; nothing else changes the status of a grant."""


class GrantCancellation:
    def __init__(
        self, *, grants: DeviceGrantStore, devices: ConnectedDevices, held: HeldPolls, clock: Clock
    ) -> None:
        self._grants = grants
        self._devices = devices
        self._held = held
        self._clock = clock

    async def cancel(
        self,
        client: Client,
        code: OpaqueCode,
        *,
        address: str,
        dpop_jkt: str | None = None,
        code_verifier: str | None = None,
    ) -> None:
        """End the grant of ``code`` if the caller may poll it, whatever a person has decided about it.

        An approval that is not redeemed is withdrawn. Tokens that were issued are revoked with their family:
        a device that cancels has not received them, or does not want them. A grant that is unknown, another
        client's, denied or expired stays as it is, and that is not an error (RFC 7009 §2.2).
        """
        for _ in range(_TRIES):
            grant = await self._grants.grant(code.grant_id)
            if grant is None or not _is_from_its_device(grant, client, code, dpop_jkt, code_verifier):
                return
            if grant.status is GrantStatus.REDEEMED:
                ended = grant.connected_device_id is not None and await self._devices.revoke(
                    grant.connected_device_id, EndedBy.CLIENT, reason="the device cancelled its code"
                )
            elif can_be_cancelled(grant, self._clock()):
                ended = await self._grants.cancel_grant(grant.grant_id, self._clock())
                if not ended:
                    continue
                self._held.wake(grant.grant_id)
            else:
                return
            if ended:
                emit(
                    SecurityEvent.GRANT_CANCELLED,
                    network=network_of(address),
                    client_id=grant.client_id,
                    user_id=grant.user_id,
                    grant_id=grant.grant_id,
                    device_id=grant.connected_device_id,
                    address=grant.address,
                    status=grant.status.value,
                )
            return


def _is_from_its_device(
    grant: DeviceGrant, client: Client, code: OpaqueCode, dpop_jkt: str | None, code_verifier: str | None
) -> bool:
    challenge = grant.code_challenge
    return is_from_its_device(
        grant,
        PollFacts(
            client.client_id,
            code_matches=same(grant.device_code_digest, digest(code.text)),
            key_matches=grant.dpop_jkt is None or grant.dpop_jkt == dpop_jkt,
            verifier_matches=challenge is None or verifier_matches(challenge, code_verifier),
        ),
    )
