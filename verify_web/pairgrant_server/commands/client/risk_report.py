"""``pairgrant-server client risk``: the risk assessment of a client as text and as JSON."""

import textwrap
from collections.abc import Iterable
from typing import Any

from pairgrant_server.authorization_server.risk.attacks import Outcome, Remaining
from pairgrant_server.authorization_server.risk.mitigations import Mitigation, State
from pairgrant_server.authorization_server.risk.report import ClientRisk, Offer

_WIDTH = 100

_PREFER = "Where the device can, prefer FIDO cross-device sign-in, then CIBA."
_OFFER = {
    Offer.NOT_USED: "This client doesn't use the device grant, so there is nothing to assess.",
    Offer.YES: f"The device grant can be offered. {_PREFER}",
    Offer.WITH_CARE: (
        "Offer the device grant only where nothing better works: an attack that needs no contact with the "
        f"victim is slowed down, not stopped. {_PREFER}"
    ),
    Offer.NO: (
        "Don't offer the device grant as it is: a code that is sent to many people is approved by some of "
        "them. Use FIDO cross-device sign-in or CIBA, or a stricter profile."
    ),
}
_OUTCOMES = {
    Outcome.SUCCEEDS: "succeeds if the victim approves.",
    Outcome.HELD: "held for 20 s with a warning, and succeeds unless the victim undoes it.",
    Outcome.CONFIRMED: "held, and revoked unless the victim says that their own screen signed in.",
    Outcome.NEEDS_DIGITS: "fails unless the attacker also gets the victim to pass digits on.",
    Outcome.FAILS: "fails.",
}
_STATES = {State.ON: "on", State.OFF: "off", State.NOT_POSSIBLE: "not possible"}


def risk_lines(risk: ClientRisk) -> Iterable[str]:
    client = risk.client
    yield f"Risk of the device grant for {client.client_id}: {client.name} (profile {client.policy.profile})"
    yield from _wrapped(_OFFER[risk.offer], "  ")
    if risk.offer is Offer.NOT_USED:
        return
    yield ""
    yield "What an attacker can still do"
    for remaining in risk.attacks:
        yield from _wrapped(_attack(remaining), "  - ")
    yield ""
    yield "What helps most next"
    yield from _wrapped(next_step(risk), "  ")
    yield ""
    yield "The 17 mitigations of RFC 10027"
    for mitigation, state in risk.mitigations:
        yield from _mitigation(mitigation, state)


def next_step(risk: ClientRisk) -> str:
    if risk.next_step is None:
        return "No setting does more. Tell people when they will see the approval page, and when never."
    option, reason = risk.next_step
    return f"pairgrant-server client set {risk.client.client_id} {option}: {reason}."


def risk_facts(risk: ClientRisk) -> dict[str, Any]:
    """The same as JSON; members are only added in later versions."""
    step = risk.next_step
    return {
        "client_id": risk.client.client_id,
        "name": risk.client.name,
        "profile": risk.client.policy.profile,
        "offer": risk.offer.value,
        "decision": _OFFER[risk.offer],
        "attacks": [
            {
                "id": attack.attack_id,
                "attack": attack.text,
                "outcome": outcome.value,
                "text": _attack(Remaining(attack, outcome)),
            }
            for attack, outcome in risk.attacks
        ],
        "next": None if step is None else {"option": step.option, "text": next_step(risk)},
        "mitigations": [
            {
                "number": mitigation.number,
                "name": mitigation.name,
                "effects": [effect.value for effect in mitigation.effects],
                "state": state.value,
                "does": mitigation.does,
                "limit": mitigation.limit,
                "option": mitigation.option,
            }
            for mitigation, state in risk.mitigations
        ],
    }


def _attack(remaining: Remaining) -> str:
    return f"{remaining.attack.text}: {_OUTCOMES[remaining.outcome]}"


def _mitigation(mitigation: Mitigation, state: State) -> Iterable[str]:
    effects = ", ".join(effect.value for effect in mitigation.effects)
    yield f"{mitigation.number:>3}. {mitigation.name}: {_STATES[state]} ({effects})"
    yield from _wrapped(mitigation.does, "     ")
    yield from _wrapped(f"Limit: {mitigation.limit}", "     ")
    if state is State.OFF and mitigation.option is not None:
        yield f"     Option: {mitigation.option}"


def _wrapped(text: str, start: str) -> list[str]:
    """Lines of at most ``_WIDTH`` characters; a command stays on one line."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
