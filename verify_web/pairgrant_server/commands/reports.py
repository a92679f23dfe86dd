"""``pairgrant-server reports``: pairings that people did not start, and what follows for the sender."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.device_flow.pairing_reports import PairingReports
from pairgrant_server.authorization_server.model.risk_records import Report
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption, JsonOption, with_backend

app = typer.Typer(no_args_is_help=True, help="Read and lift reports of people who did not start a pairing.")

ReportArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The report's ID, or its first characters.", show_default=False)
]

_PAGES = {
    "code": "the page of a code",
    "consent": "the consent page",
    "outcome": "the page after the approval",
    "device": "the list of connected devices",
}
_LIST = "List them with: pairgrant-server reports list"


@dataclass(frozen=True, slots=True)
class _Judged:
    """A report, and what is known of it now."""

    report: Report
    throttled_until: float | None
    """Until when its sender gets no codes (Unix time); None: the sender does."""
    username: str | None
    """Who made it; None for a person who was not signed in, or whose account was removed."""


@app.command("list", epilog="Example: pairgrant-server reports list")
def list_reports(*, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the reports of the last 90 days, newest first; at most 1,000."""

    async def work(backend: Backend) -> list[_Judged]:
        reports = backend.parts.reports
        return [await _judged(backend, report) for report in await reports.recent(0)]

    found = with_backend(database, work)
    if as_json:
        typer.echo(json.dumps([_facts(one) for one in found], indent=2))
        return
    if not found:
        typer.echo("There are no reports.", err=True)
    for one in found:
        report = one.report
        typer.echo(
            f"{report.report_id}  {_instant(report.created_at)}  {report.client_id} in {report.network}"
            f"  ended: {_ended(report)}  {_consequence(one)}"
        )


@app.command(epilog="Example: pairgrant-server reports show 0199f3a2c417")
def show(report_id: ReportArgument, *, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Show one report."""

    async def work(backend: Backend) -> _Judged:
        reports = backend.parts.reports
        return await _judged(backend, await _named(reports, report_id))

    one = with_backend(database, work)
    typer.echo(json.dumps(_facts(one), indent=2) if as_json else "\n".join(_lines(one)))


@app.command(epilog="Example: pairgrant-server reports lift 0199f3a2c417")
def lift(report_id: ReportArgument, database: DatabaseOption = None) -> None:
    """Make a report count no longer, so that its sender may get codes again.

    What the report ended stays ended.
    """

    async def work(backend: Backend) -> _Judged:
        reports = backend.parts.reports
        report = await _named(reports, report_id)
        if not await reports.lift(report.report_id):
            raise CommandError(f"The report {report.report_id} was lifted before.")
        return await _judged(backend, report)

    one = with_backend(database, work)
    typer.echo(f"Lifted the report {one.report.report_id}.")
    sender = f"{one.report.client_id} in {one.report.network}"
    if one.throttled_until is None:
        typer.echo(f"{sender} gets codes.")
    else:
        typer.echo(f"By other reports, {sender} gets no codes until {_instant(one.throttled_until)}.")


async def _named(reports: PairingReports, report_id: str) -> Report:
    """The report whose ID begins with ``report_id``.

    Raises:
        CommandError: there is none, or more than one.
    """
    known = await reports.recent(0)
    meant = [one for one in known if report_id and one.report_id.startswith(report_id.lower())]
    if len(meant) != 1:
        found = f"{len(meant)} reports have" if meant else "No report has"
        raise CommandError(f"{found} an ID that begins with {visible(report_id)!r}. {_LIST}")
    return meant[0]


async def _judged(backend: Backend, report: Report) -> _Judged:
    until = await backend.parts.reports.throttled_until(report.client_id, report.network, report.dpop_jkt)
    user = None if report.user_id is None else await backend.store.user(report.user_id)
    return _Judged(report, until, None if user is None else user.username)


def _lines(one: _Judged) -> Iterator[str]:
    report = one.report
    yield f"report:     {report.report_id}"
    yield f"time:       {_instant(report.created_at)}"
    yield f"client:     {report.client_id}"
    name = visible(str(_seen(report).get("device_name") or "without a name"))
    yield f"device:     {name} in {report.network}"
    yield f"key:        {report.dpop_jkt or 'none was proved'}"
    yield f"said on:    {_PAGES.get(report.page, report.page)}"
    yield f"said by:    {one.username or 'a person who was not signed in'}, from {report.reporter_network}"
    yield f"ended:      {_ended(report)}"
    yield f"now:        {_consequence(one)}"


def _ended(report: Report) -> str:
    """In words, what the report ended: a connection, or what came before it."""
    if report.device_id is not None:
        return f"the connection of the device {report.device_id}"
    match _seen(report).get("status"):
        case "pending":
            return "the code, before anybody approved it"
        case "approved":
            return "the approval, before the device had tokens"
    return "nothing; it had ended before"


def _consequence(one: _Judged) -> str:
    lifted, until = one.report.lifted_at, one.throttled_until
    told = "" if lifted is None else f"lifted {_instant(lifted)}; "
    return told + (
        "the sender gets codes" if until is None else f"no codes for the sender until {_instant(until)}"
    )


def _seen(report: Report) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(report.seen)
    return seen


def _facts(one: _Judged) -> dict[str, Any]:
    report = one.report
    return {
        "report_id": report.report_id,
        "reported": _instant(report.created_at),
        "client_id": report.client_id,
        "network": report.network,
        "dpop_jkt": report.dpop_jkt,
        "page": report.page,
        "user_id": report.user_id,
        "username": one.username,
        "reporter_network": report.reporter_network,
        "ended": _ended(report),
        "device_id": report.device_id,
        "seen": _seen(report),
        "lifted": None if report.lifted_at is None else _instant(report.lifted_at),
        "throttled_until": None if one.throttled_until is None else _instant(one.throttled_until),
    }


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
