"""Several workers on PostgreSQL: the processor time of a request, compared with that of one worker."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.databases import postgresql
from benchmarks.figures import Figure, ratio
from benchmarks.generator import CONNECTIONS, load
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError, Running, processor_seconds
from benchmarks.subjects.pairgrant import Pairgrant
from benchmarks.tables import Table
from benchmarks.workloads import PAIR, REFRESH, Workload, poll

WORKERS = (1, 2, 4)
WORKLOADS = (poll(1000), PAIR, REFRESH)

_WARM_UP = 1

Costs = Mapping[int, Sequence[float]]
"""For each number of workers, the microseconds of processor time of one request in each round."""


@dataclass(frozen=True, slots=True)
class _Server:
    subject: Pairgrant
    running: Running
    folder: Path

    def cost(self, workload: Workload, variables: Mapping[str, str], seconds: int) -> float:
        """Microseconds of all its processes for one request, or one whole pairing.

        Raises:
            NotMeasuredError: there were unexpected responses.
        """
        environment = {**self.subject.environment, **variables}
        environment |= workload.before_each(self.subject, self.running, self.folder)
        before = processor_seconds(self.running.process_id)
        done = load(workload.script, self.running.port, environment, seconds, workload.connections)
        spent = processor_seconds(self.running.process_id) - before
        if done.faults:
            raise NotMeasuredError(f"unexpected responses: {done.first_unexpected}")
        return spent * 1e6 / done.as_expected


def measure(plan: Plan) -> Table:
    """Rounds are interleaved; each worker has as many connections as the one worker, on average."""
    with ExitStack() as stack:
        cluster = stack.enter_context(postgresql())
        servers = {}
        for count in WORKERS:
            plan.tell(f"workers: {count} start")
            subject = Pairgrant(
                name=f"{count} workers",
                new_database=lambda _folder: cluster.new_database(),
                settings={"PAIRGRANT_WORKERS": str(count)},
            )
            folder = plan.folder / f"workers-{count}"
            folder.mkdir()
            running = stack.enter_context(subject.running(folder, approves=True))
            servers[count] = _Server(subject, running, folder)
        return table({workload.title: _costs(workload, servers, plan) for workload in WORKLOADS})


def _costs(workload: Workload, servers: Mapping[int, _Server], plan: Plan) -> Costs:
    variables = {
        count: workload.before(server.subject, server.running, server.folder)
        for count, server in servers.items()
    }
    costs: dict[int, list[float]] = {count: [] for count in servers}
    for number in range(plan.rounds + 1):
        for count, server in servers.items():
            at_once = replace(workload, connections=CONNECTIONS * count)
            cost = server.cost(at_once, variables[count], plan.seconds if number else _WARM_UP)
            plan.tell(f"{workload.title}: workers: {count}, round {number}: {cost:.0f} µs")
            if number:
                costs[count].append(cost)
    return costs


def table(costs: Mapping[str, Costs]) -> Table:
    """One row for each number of workers; each workload with its ratio to one worker."""
    head = ["workers"]
    for title in costs:
        head += [f"{title}: µs of processor time", "of one worker's"]
    rows = []
    for count in WORKERS:
        row = [str(count)]
        for of_count in costs.values():
            figure, one = Figure(tuple(of_count[count])), Figure(tuple(of_count[WORKERS[0]]))
            row += [figure.text(), ratio(figure, one)]
        rows.append(tuple(row))
    return Table(tuple(head), tuple(rows), f"{CONNECTIONS} connections for each worker.")
