"""Examines a server: runs the scenarios that the wanted checks need, and judges what they recorded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pairgrant.clock import Clock
from pairgrant.doctor.approver import Approver
from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.checks import discovery
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.finding import Finding, FindingVerdict, Ruling, not_judged
from pairgrant.doctor.masking import Mask
from pairgrant.doctor.polite_session import TLS_FAILED, PoliteSession
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant.doctor.target import Target
from pairgrant.errors import UnreachableError

_MOST_SHOWN = 3
"""Exchanges of one finding that a report shows."""

_UNFINISHED = "the examination was interrupted"


@dataclass(slots=True)
class Examination:
    """One examination; ``findings`` can be read at any time, also after an interruption.

    ``side_by_side``: scenarios run at the same time, each at its own pace; requests still go one by one.
    """

    target: Target
    checks: Sequence[Check]
    session: PoliteSession
    clock: Clock
    approver: Approver | None = None
    side_by_side: bool = True
    _records: dict[str, Record] = field(default_factory=dict)

    async def run(self) -> None:
        """Run the scenarios.

        Raises:
            UnreachableError: the server doesn't respond at all.
        """
        metadata = await self._discovered()
        scenarios = {check.scenario.name: check.scenario for check in self.checks}
        scenarios.pop(discovery.SCENARIO.name, None)
        runs = [self._run(scenario, metadata) for scenario in scenarios.values()]
        if self.side_by_side:
            await asyncio.gather(*runs)
        else:
            for run in runs:
                await run

    async def _discovered(self) -> dict[str, Any]:
        record = self._new_record({})
        self._records[discovery.SCENARIO.name] = record
        await discovery.SCENARIO.run(self._conversation(record))
        failures = [exchange.failure for exchange in record.exchanges]
        if all(failures) and not failures[0].startswith(TLS_FAILED):
            raise UnreachableError(
                f"{self.target.issuer} can't be examined: {failures[0]}. Check --issuer and the network."
            )
        record.metadata = discovery.merged_metadata(record)
        given = {
            "device_authorization_endpoint": self.target.device_endpoint,
            "token_endpoint": self.target.token_endpoint,
        }
        return {**record.metadata, **{name: url for name, url in given.items() if url}}

    def _new_record(self, metadata: dict[str, Any]) -> Record:
        return Record(
            issuer=self.target.issuer,
            metadata=metadata,
            is_public=self.target.is_public,
            scope=self.target.scope,
        )

    def _conversation(self, record: Record) -> Conversation:
        return Conversation(self.target, self.session, self.clock, record, self.approver)

    async def _run(self, scenario: Scenario, metadata: dict[str, Any]) -> None:
        record = self._new_record(metadata)
        self._records[scenario.name] = record
        record.gap = scenario.why_not(self.target)
        if record.gap:
            return
        record.gap = _UNFINISHED
        try:
            await scenario.run(self._conversation(record))
        except NotRecordedError as gap:
            record.gap = str(gap)
        else:
            record.gap = ""

    def findings(self) -> list[Finding]:
        """What is known so far, in the order of the checks."""
        secret = self.target.client_secret
        mask = Mask([] if secret is None else [secret.reveal()])
        for record in self._records.values():
            for exchange in record.exchanges:
                mask.learn(exchange)
        return [self._finding(check, mask) for check in self.checks]

    def _finding(self, check: Check, mask: Mask) -> Finding:
        ruling = self._ruling(check)
        lines = [(mask.sent(exchange), mask.received(exchange)) for exchange in ruling.exchanges]
        shown = list(dict.fromkeys(lines))[:_MOST_SHOWN]  # equal ones once
        return Finding(
            check=check.id,
            title=check.title,
            severity=check.severity,
            section=check.section,
            verdict=ruling.verdict,
            observed=mask.text(ruling.observed, limit=400),
            sent=tuple(sent for sent, _ in shown),
            received=tuple(received for _, received in shown),
            fix=check.fix if ruling.verdict in {FindingVerdict.FAIL, FindingVerdict.WARN} else "",
        )

    def _ruling(self, check: Check) -> Ruling:
        record = self._records.get(check.scenario.name)
        if record is None:
            return not_judged(_as_sentence(_UNFINISHED))
        try:
            ruling = check.judge(record)
        except NotRecordedError as gap:
            return not_judged(_as_sentence(str(gap)))
        if record.gap == _UNFINISHED and ruling.verdict is FindingVerdict.PASS:
            return not_judged(_as_sentence(_UNFINISHED))  # what was left to send might have failed
        return replace(ruling, observed=_as_sentence(ruling.observed))


def _as_sentence(text: str) -> str:
    is_name = "_" in text.partition(" ")[0]
    sentence = text if is_name else text[:1].upper() + text[1:]
    return sentence if sentence.endswith((".", "…", "?")) else f"{sentence}."
