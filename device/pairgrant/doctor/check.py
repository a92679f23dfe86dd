"""A check is one rule of an RFC: a pure judgement of what a scenario has recorded."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.finding import Ruling, Severity
from pairgrant.doctor.record import Record
from pairgrant.doctor.target import Target

Judge = Callable[[Record], Ruling]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Requests that several checks judge; it runs if one of them is wanted."""

    name: str
    run: Callable[[Conversation], Awaitable[None]]
    needs_approval: bool = False
    needs_other_client: bool = False
    is_thorough: bool = False
    """Whether it takes long or asks much of the server, so that it runs only with ``--thorough``."""

    def why_not(self, target: Target) -> str:
        """Why it isn't run for ``target``; "" if it is."""
        if self.needs_approval and target.approve_command is None:
            return "needs --approve-command"
        if self.needs_other_client and target.other_client is None:
            return "needs --other-client"
        if self.is_thorough and not target.is_thorough:
            return "needs --thorough"
        return ""


@dataclass(frozen=True, slots=True)
class Check:
    """``title`` is the rule as a sentence, ``fix`` is what the operator of a failing server does."""

    id: str
    scenario: Scenario
    severity: Severity
    section: str
    title: str
    fix: str
    judge: Judge
