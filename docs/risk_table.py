"""Writes the tables of evidence and decisions into docs/security.md: ``uv run python docs/risk_table.py``."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pairgrant_server.authorization_server.risk.assessment import Assessment, assess
from pairgrant_server.authorization_server.risk.evidence import (
    CameFrom,
    Entry,
    Evidence,
    Network,
    Number,
    Scan,
)
from pairgrant_server.authorization_server.risk.profile import PROFILES, Decision

PAGE = Path(__file__).parent / "security.md"
BEGIN = "<!-- Written by docs/risk_table.py from the code: begin -->\n"
END = "<!-- Written by docs/risk_table.py from the code: end -->\n"

_WORDS = {
    Decision.ALLOW: "allow",
    Decision.HOLD: "hold",
    Decision.ASK_CODE: "ask for the code",
    Decision.ASK_NUMBER: "ask for the number",
    Decision.REFUSE: "refuse",
}

_TYPED = Evidence(entry=Entry.TYPED, network=Network.OTHER, started_on_trusted_network=True)
"""Of a device that ``managed`` lets start."""

_PROOFS = {
    "none, and the device can show none": _TYPED,
    "none yet, and the device can show a number": replace(_TYPED, number=Number.POSSIBLE, scan=Scan.STALE),
    "fresh scan, and the device can show a number": replace(_TYPED, number=Number.POSSIBLE, scan=Scan.FRESH),
    "fresh scan only": replace(_TYPED, scan=Scan.FRESH),
    "digits only": replace(_TYPED, number=Number.MATCHED),
    "fresh scan and digits": replace(_TYPED, number=Number.MATCHED, scan=Scan.FRESH),
}

_PLACES = {
    "same network": {"network": Network.SAME},
    "both on trusted networks": {"network": Network.OPERATOR},
    "elsewhere, known or enrolled key": {"network": Network.OTHER, "known_key": True},
    "elsewhere or unknown": {"network": Network.OTHER},
}

_NEAR_WITH_BOTH = replace(_PROOFS["fresh scan and digits"], network=Network.SAME)
_LINK = replace(_TYPED, entry=Entry.PREFILLED)
_OTHER_CASES = {
    "link, another network, the device can show a number": replace(_LINK, number=Number.POSSIBLE),
    "link, another network, the device can show none": _LINK,
    "link, same network, the device can show none": replace(_LINK, network=Network.SAME),
    "link on another site, same network, the device can show none": replace(
        _LINK, network=Network.SAME, came_from=CameFrom.CROSS_SITE
    ),
    "link on another site, same network, number not typed yet": replace(
        _LINK, network=Network.SAME, came_from=CameFrom.CROSS_SITE, number=Number.POSSIBLE
    ),
    "link on another site, same network, digits": replace(
        _LINK, network=Network.SAME, came_from=CameFrom.CROSS_SITE, number=Number.MATCHED
    ),
    "same network, fresh scan and digits, code seen by others": replace(_NEAR_WITH_BOTH, seen_by_others=True),
    "the same, sender reported": replace(_NEAR_WITH_BOTH, reports=1),
    "the same, device in a hosting network that is not trusted": replace(
        _NEAR_WITH_BOTH, hosting_network=True, started_on_trusted_network=False
    ),
    "the same, neither an enrolled key nor a trusted network at the start": replace(
        _NEAR_WITH_BOTH, started_on_trusted_network=False
    ),
    "same network, code seen by others, number not typed yet": replace(
        _TYPED, network=Network.SAME, number=Number.POSSIBLE, seen_by_others=True
    ),
    "same network, code seen by others, the device can show none": replace(
        _TYPED, network=Network.SAME, seen_by_others=True
    ),
    "the operator's `approve`": Evidence(operator=True),
}


def tables() -> str:
    """Both tables in Markdown."""
    return "\n".join(
        [*_table("Proof | Browser and device", _main_rows()), "", *_table("Case", _other_rows())]
    )


def _table(first: str, rows: Iterator[str]) -> Iterator[str]:
    head = f"| {first} | {' | '.join(f'`{name}`' for name in PROFILES)} | Strong |"
    yield head
    yield "|---" * (head.count("|") - 1) + "|"
    yield from rows


def _main_rows() -> Iterator[str]:
    for proof, evidence in _PROOFS.items():
        places: dict[str, list[str]] = {}
        for place, changes in _PLACES.items():
            outcomes = _outcomes(replace(evidence, **changes))  # type: ignore[arg-type]
            places.setdefault(outcomes, []).append(place)
        for outcomes, listed in places.items():
            yield f"| {proof} | {'; '.join(listed)} | {outcomes} |"


def _other_rows() -> Iterator[str]:
    for case, evidence in _OTHER_CASES.items():
        yield f"| {case} | {_outcomes(evidence)} |"


def _outcomes(evidence: Evidence) -> str:
    found = [assess(evidence, rules) for rules in PROFILES.values()]
    return " | ".join([*map(_in_words, found), "yes" if any(one.strong for one in found) else "no"])


def _in_words(assessment: Assessment) -> str:
    return _WORDS[assessment.decision] + (", confirm" if assessment.must_confirm else "")


def written(page: str) -> str:
    """``page`` with the current tables between their two markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
