"""Runs one examination with real parts and reports it; what ``pairgrant doctor`` does after its options."""

import asyncio
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pairgrant.clock import system_clock
from pairgrant.doctor.approver import ShellApprover
from pairgrant.doctor.check import Check
from pairgrant.doctor.examination import Examination
from pairgrant.doctor.expected_failures import Compared, compare
from pairgrant.doctor.polite_session import PoliteSession
from pairgrant.doctor.reports.html_report import html_report
from pairgrant.doctor.reports.json_report import json_report
from pairgrant.doctor.reports.junit_report import junit_report
from pairgrant.doctor.reports.text_report import text_report
from pairgrant.doctor.target import Target
from pairgrant.errors import DeviceSettingsError
from pairgrant.exit_codes import ExitCode
from pairgrant.oauth.proxies import proxy_rules
from pairgrant.oauth.transport import http_client
from pairgrant.oauth.trusted_authorities import trusted_authorities
from pairgrant.terminal import print_err, print_out, print_result

MOST_REQUESTS, MOST_REQUESTS_THOROUGH = 250, 400
_MOST_TIME, _MOST_TIME_THOROUGH = 600, 3600
"""Seconds of a whole examination, however slowly a server responds."""

PAUSE = 0.15
"""Seconds between two requests."""


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """``report`` is json, junit or html; None: lines of text only."""

    target: Target
    checks: tuple[Check, ...]
    expected: frozenset[str] = frozenset()
    report: str | None = None
    report_file: Path | None = None
    ca_file: Path | None = None


def examine(options: DoctorOptions) -> ExitCode:
    """Examine a server and print the report; an interruption prints what is known until then.

    Raises:
        PairgrantError: the server can't be reached, or the report can't be written.
    """
    if options.report_file is not None:
        _check_writable(options.report_file)
    most = MOST_REQUESTS_THOROUGH if options.target.is_thorough else MOST_REQUESTS
    print_err(
        f"Examining {options.target.issuer}: {len(options.checks)} checks, at most {most} requests, "
        + ("until codes have expired." if options.target.is_thorough else "for a minute or two.")
    )
    examined: list[Examination] = []
    try:
        asyncio.run(_run(options, most, examined))
    except KeyboardInterrupt:
        if examined:
            print_err("Interrupted; this is known:")
            _report(options, examined[0])
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if _report(options, examined[0]).is_good else ExitCode.ERROR


async def _run(options: DoctorOptions, most: int, examined: list[Examination]) -> None:
    clock = system_clock()
    agent = f"pairgrant-doctor/{version('pairgrant')}"
    authorities = trusted_authorities(options.ca_file, os.environ)
    command = options.target.approve_command
    async with http_client(
        user_agent=agent, authorities=authorities, proxies=proxy_rules(os.environ)
    ) as client:
        examination = Examination(
            options.target,
            options.checks,
            PoliteSession(client, clock, most=most, pause=PAUSE),
            clock,
            ShellApprover(command) if command else None,
        )
        examined.append(examination)
        most_time = _MOST_TIME_THOROUGH if options.target.is_thorough else _MOST_TIME
        try:
            async with asyncio.timeout(most_time):
                await examination.run()
        except TimeoutError:
            print_err(f"Stopped after {most_time // 60} minutes; this is known:")


def _report(options: DoctorOptions, examination: Examination) -> Compared:
    outcome = compare(examination.findings(), options.expected)
    issuer, requests = options.target.issuer, examination.session.sent
    match options.report:
        case "json":
            text = json_report(outcome, issuer=issuer, requests=requests)
        case "junit":
            text = junit_report(outcome, issuer=issuer)
        case "html":
            text = html_report(outcome, issuer=issuer, requests=requests)
        case _:
            text = "\n".join(text_report(outcome, issuer=issuer, requests=requests))
    if options.report_file is None:
        print_result(text)
        return outcome
    _write(options.report_file, text)
    if options.report is not None:
        print_out("\n".join(text_report(outcome, issuer=issuer, requests=requests)))
    return outcome


def _check_writable(file: Path) -> None:
    try:
        file.open("a", encoding="utf-8").close()
    except OSError as error:
        raise DeviceSettingsError(f"--report-file can't be used: {str(file)!r}: {error.strerror}.") from None


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise DeviceSettingsError(f"--report-file can't be used: {str(file)!r}: {error.strerror}.") from None
