"""How a client's approvals are judged, in words: its profile, and its own rules in place of the profile's."""

from collections.abc import Iterable

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.risk.profile import rules_of
from pairgrant_server.commands.durations import in_words

_PROFILES = {
    "open": "an approval is asked for nothing, as in RFC 8628",
    "standard": "weak evidence costs typing digits or 20 seconds in which the person can undo",
    "strict": "only a device that is proved to be near the person is approved",
    "managed": "only a device with an enrolled key, or on a trusted network, is approved",
}
_NUMBER = {
    "off": "The person types no number of the device.",
    "auto": "The person types the number of a device that can show one, if nothing else proves it near.",
    "required": "The same as auto, and a device that can't show a number is refused.",
}
_SCAN = {
    "off": "The QR code doesn't change.",
    "auto": "A device that can do so shows a changing QR code, so that a scan proves a living screen.",
    "required": "Only a QR code of the last 45 seconds leads to an approval.",
}
_PREFILL = {
    "always": "A link may carry the code.",
    "proven": "A link may carry the code beside a fresh scan or a number, or on the device's own network.",
    "never": "The person always types the code.",
}


def approval_rules(client: Client) -> Iterable[str]:
    """Nothing for a client without the device grant."""
    if GrantType.DEVICE_CODE not in client.grant_types:
        return
    policy, rules = client.policy, rules_of(client.policy)
    yield f"Profile {policy.profile}: {_PROFILES[policy.profile]}."
    for sentence, own in (
        (_NUMBER[rules.number_match], policy.number_match),
        (_SCAN[rules.fresh_scan], policy.fresh_scan),
        (_PREFILL[rules.prefill], policy.prefill),
    ):
        yield sentence if own is None else f"{sentence} (its own rule)"
    if policy.strong_scope:
        yield f"Scopes only on strong evidence: {' '.join(policy.strong_scope)}."
    if policy.weak_connection_lifetime is not None:
        yield f"Connection without strong evidence: {in_words(policy.weak_connection_lifetime)}."


def chosen_in_short(policy: ClientPolicy) -> str:
    """What ``client add`` chose: one line."""
    rules = rules_of(policy)
    return (
        f"Profile {policy.profile}: {_PROFILES[policy.profile]}. "
        f"Number match {rules.number_match}, fresh scan {rules.fresh_scan}, prefilled codes {rules.prefill}."
    )
