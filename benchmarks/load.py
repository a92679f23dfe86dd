"""Load on each subject in turn: the same script in interleaved rounds, with medians and ratios."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from urllib.parse import parse_qsl

from benchmarks.databases import postgresql, redis
from benchmarks.figures import Figure, ratio
from benchmarks.generator import Load, load
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError, Running
from benchmarks.subjects.bare import BareApp, capture
from benchmarks.subjects.pairgrant import Pairgrant, on_sqlite
from benchmarks.subjects.peers import OidcProvider, python_peers
from benchmarks.subjects.subject import Absent, Subject
from benchmarks.tables import Table
from benchmarks.workloads import Workload

_ON_POSTGRESQL, _ON_REDIS = "Pairgrant, PostgreSQL", "oidc-provider 9, Redis"

_WARM_UP = 1
"""Seconds of load that don't count: caches, prepared statements and node's compiler."""


@dataclass
class Measured:
    """One subject's rounds of one workload; ``why_not`` says why there are none."""

    subject: Subject
    loads: list[Load] = field(default_factory=list)
    why_not: str = ""

    @property
    def figure(self) -> Figure | None:
        is_valid = (
            self.loads and not self.why_not and not self.faults and all(load.rate for load in self.loads)
        )
        return Figure(tuple(load.rate for load in self.loads)) if is_valid else None

    @property
    def faults(self) -> int:
        return sum(load.faults for load in self.loads)

    @property
    def slowed_down(self) -> int:
        return sum(load.slowed_down for load in self.loads)


@contextmanager
def subjects(plan: Plan) -> Iterator[list[Subject]]:
    """Everything that is measured, its databases running; the baseline first, Pairgrant on SQLite second."""
    with ExitStack() as stack:
        ours = on_sqlite()
        found: list[Subject] = [BareApp(captured=_captured(plan.folder, ours)), ours]
        try:
            cluster = stack.enter_context(postgresql())
            found.append(Pairgrant(name=_ON_POSTGRESQL, new_database=lambda _folder: cluster.new_database()))
        except NotMeasuredError as error:
            found.append(Absent(name=_ON_POSTGRESQL, reason=str(error)))
        found.append(OidcProvider(name="oidc-provider 9, memory"))
        found.append(
            OidcProvider(name="oidc-provider 9, memory, opaque tokens", access_token_format="opaque")
        )
        try:
            found.append(OidcProvider(name=_ON_REDIS, redis_url=stack.enter_context(redis())))
        except NotMeasuredError as error:
            found.append(Absent(name=_ON_REDIS, reason=str(error)))
        yield [*found, *python_peers()]


def _captured(folder: Path, ours: Pairgrant) -> Path:
    file = folder / "captured.json"
    with ours.running(_own_folder(folder, "capture"), approves=True) as server:
        capture(server, dict(parse_qsl(ours.environment["ISSUE_FORM"])), file)
    return file


def measure(workloads: list[Workload], candidates: list[Subject], plan: Plan) -> Iterator[Table]:
    """A table for each workload, in their order."""
    for workload, measured in rounds(workloads, candidates, plan):
        yield table(workload, measured)


def rounds(
    workloads: list[Workload], candidates: list[Subject], plan: Plan
) -> Iterator[tuple[Workload, list[Measured]]]:
    """Each workload with its subjects; workloads with the same ``approves`` share running servers."""
    for approves, group in groupby(workloads, key=lambda workload: workload.approves):
        with ExitStack() as stack:
            stages = [_Stage.started(subject, stack, plan, approves=approves) for subject in candidates]
            for workload in group:
                yield workload, _measured(workload, stages, plan)


def _measured(workload: Workload, stages: list["_Stage"], plan: Plan) -> list[Measured]:
    measured = []
    for stage in stages:
        plan.tell(f"{workload.title}: {stage.subject.name} is prepared")
        measured.append(Measured(stage.subject, why_not=stage.prepare(workload)))
    for number in range(plan.rounds + 1):
        for one, stage in zip(measured, stages, strict=True):
            if one.why_not:
                continue
            try:
                loaded = stage.round(workload, _WARM_UP if number == 0 else plan.seconds)
            except NotMeasuredError as error:
                one.why_not = str(error)
                continue
            plan.tell(f"{workload.title}: {one.subject.name}, round {number}: {loaded.rate:,.0f}")
            if number:
                one.loads.append(loaded)
    return measured


@dataclass
class _Stage:
    """One subject's server; ``why_not`` if it does not run; ``variables`` are what the workload prepared."""

    subject: Subject
    folder: Path
    server: Running | None = None
    why_not: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def started(cls, subject: Subject, stack: ExitStack, plan: Plan, *, approves: bool) -> "_Stage":
        stage = cls(subject, _own_folder(plan.folder, f"{subject.name}-{approves}"))
        plan.tell(f"{subject.name} starts")
        try:
            stage.server = stack.enter_context(subject.running(stage.folder, approves=approves))
        except NotMeasuredError as error:
            stage.why_not = str(error)
        return stage

    def prepare(self, workload: Workload) -> str:
        """Why it can't be measured; empty where it can."""
        if self.server is None:
            return self.why_not
        try:
            self.variables = workload.before(self.subject, self.server, self.folder)
        except NotMeasuredError as error:
            return str(error)
        return ""

    def round(self, workload: Workload, seconds: int) -> Load:
        assert self.server is not None
        variables = self.variables | workload.before_each(self.subject, self.server, self.folder)
        environment = self.subject.environment | variables
        return load(workload.script, self.server.port, environment, seconds, workload.connections)


def _own_folder(folder: Path, name: str) -> Path:
    own = folder / "".join(letter if letter.isalnum() else "-" for letter in name)
    own.mkdir()
    return own


def table(workload: Workload, measured: list[Measured]) -> Table:
    """Rates, and two ratios: to the baseline, and how many times as many Pairgrant on SQLite does."""
    reasons = {one.why_not for one in measured}
    if len(reasons) == 1 and "" not in reasons:
        return Table((workload.title, workload.unit), ((f"not measured: {reasons.pop()}", "-"),))
    baseline = next((one.figure for one in measured if one.subject.is_baseline), None)
    ours = next((one.figure for one in measured if isinstance(one.subject, Pairgrant)), None)
    head = (workload.title, workload.unit, "of the bare app", "Pairgrant on SQLite does … times as many")
    slowed = sum(one.slowed_down for one in measured)
    return Table(head, tuple(_row(one, baseline, ours) for one in measured), _mix(workload, slowed))


def _mix(workload: Workload, slowed: int) -> str:
    if workload.script != "poll.lua":
        return ""
    return (
        "Every response was `authorization_pending`."
        if not slowed
        else f"{slowed:,} responses were `slow_down`."
    )


def _row(one: Measured, baseline: Figure | None, ours: Figure | None) -> tuple[str, ...]:
    name = one.subject.name
    if one.why_not:
        return (name, f"not measured: {one.why_not}", "-", "-")
    if one.faults:
        first = next(
            (load.first_unexpected for load in one.loads if load.first_unexpected), "connections failed"
        )
        return (name, f"**INVALID**: {one.faults:,} unexpected responses, first: `{first}`", "-", "-")
    figure = one.figure
    return (name, "-" if figure is None else figure.text(), ratio(figure, baseline), ratio(ours, figure))
