"""Memory of live codes: the server process before it issues any, after it, and after each was polled."""

from pathlib import Path

from benchmarks.generator import load
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError
from benchmarks.subjects.pairgrant import on_sqlite
from benchmarks.subjects.peers import OidcProvider
from benchmarks.subjects.subject import Subject
from benchmarks.tables import Table

_AT_ONCE = 3
"""Seconds of polls between two looks at how many there were."""


def measure(plan: Plan) -> Table:
    subjects: list[Subject] = [on_sqlite(), OidcProvider(name="oidc-provider 9, memory")]
    head = (
        f"{plan.many_codes:,} live codes",
        "MB idle",
        "MB issued",
        "MB issued and polled once",
        "bytes a code",
    )
    return Table(head, tuple(_row(subject, plan, number) for number, subject in enumerate(subjects)))


def _row(subject: Subject, plan: Plan, number: int) -> tuple[str, ...]:
    folder = plan.folder / f"memory-{number}"
    folder.mkdir()
    plan.tell(f"memory: {subject.name}")
    try:
        idle, issued, polled = _megabytes(subject, plan.many_codes, folder)
    except NotMeasuredError as error:
        return (subject.name, f"not measured: {error}", "-", "-", "-")
    each = (polled - idle) * 1024 * 1024 / plan.many_codes
    return (subject.name, f"{idle:.0f}", f"{issued:.0f}", f"{polled:.0f}", f"{each:,.0f}")


def _megabytes(subject: Subject, count: int, folder: Path) -> tuple[float, float, float]:
    with subject.running(folder) as server:
        subject.pending_codes(server, folder, 100)
        idle = server.resident_megabytes()
        codes = subject.pending_codes(server, folder, count)
        issued = server.resident_megabytes()
        polled = 0
        while polled < count:
            environment = {**subject.environment, "DEVICE_CODES": str(codes), "FIRST": str(polled)}
            done = load("poll.lua", server.port, environment, _AT_ONCE)
            if done.faults:
                raise NotMeasuredError(f"**INVALID**, unexpected responses: {done.first_unexpected}")
            polled += done.as_expected
        return idle, issued, server.resident_megabytes()
