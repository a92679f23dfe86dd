"""``pairgrant doctor``: examine any RFC 8628 server from outside."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from pairgrant.commands.options import (
    CA_FILE,
    CLIENT_ID,
    CLIENT_SECRET,
    CLIENT_SECRET_FILE,
    DEVICE_ENDPOINT,
    ISSUER,
    SCOPE,
    TOKEN_ENDPOINT,
    Subcommands,
    add_command,
    chosen_by,
    client_secret_of,
)
from pairgrant.errors import DeviceSettingsError
from pairgrant.exit_codes import ExitCode
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_result
from pairgrant_protocol.messages import MalformedMessageError, web_uri

_MORE = """\
It asks for codes, polls, sends wrong requests, and says which rules of the
RFCs the server keeps, with what was sent and received, and how to fix it.
Secrets are masked. Requests are bounded and go one by one; --thorough also
waits for codes to expire and tries thirty wrong codes.

Without --approve-command nothing is approved, and what follows an approval is
not judged. The command runs in a shell, with USER_CODE, VERIFICATION_URI,
VERIFICATION_URI_COMPLETE and DECISION (approve or deny) as variables.

Examine servers that you run, or that agreed to it: it leaves some thirty
unused codes, and a few sign-ins.

examples:
  pairgrant doctor --issuer https://pair.example --client-id lobby-tv
  pairgrant doctor --client-id lobby-tv --scope "openid offline_access" \\
    --approve-command 'pairgrant-server "$DECISION" "$USER_CODE" --user alice'
  pairgrant doctor --only poll,tokens.once --report junit --report-file a.xml

exit codes: 0 no failure but those of --expect, 1 a check failed, or one of
  --expect passes, 2 wrong usage, 7 the server can't be reached,
  130 interrupted (what is known is printed)
"""

_OPTIONS = (
    ISSUER,
    CLIENT_ID,
    SCOPE,
    DEVICE_ENDPOINT,
    TOKEN_ENDPOINT,
    CA_FILE,
    CLIENT_SECRET,
    CLIENT_SECRET_FILE,
)


def add_to(subcommands: Subcommands) -> None:
    summary = "Examine a server of the device authorization grant from outside."
    parser = add_command(subcommands, "doctor", summary, _MORE, _OPTIONS)
    parser.add_argument(
        "--approve-command", metavar="CMD", help="shell command that approves or denies a code"
    )
    parser.add_argument(
        "--other-client", metavar="ID", help="another public client, which must not get this one's codes"
    )
    parser.add_argument(
        "--thorough", action="store_true", help="also wait for codes to expire, and try wrong codes"
    )
    parser.add_argument(
        "--only", metavar="IDS", action="append", default=[], help="checks to run, separated by commas"
    )
    parser.add_argument(
        "--skip", metavar="IDS", action="append", default=[], help="checks to leave out, separated by commas"
    )
    parser.add_argument(
        "--expect", metavar="FILE", type=Path, help="file with checks that are known to fail, one a line"
    )
    parser.add_argument("--report", choices=("json", "junit", "html"), help="form of the report")
    parser.add_argument("--report-file", metavar="FILE", type=Path, help="file for the report")
    parser.add_argument("--list", action="store_true", help="list the checks and exit")
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    from pairgrant.doctor.catalogue import chosen_checks  # noqa: PLC0415 - a command imports only what it needs
    from pairgrant.doctor.expected_failures import read_expected  # noqa: PLC0415
    from pairgrant.doctor.run import DoctorOptions, examine  # noqa: PLC0415
    from pairgrant.doctor.target import Target  # noqa: PLC0415

    checks = chosen_checks(_ids(given.only), _ids(given.skip))
    if given.list:
        for check in checks:
            print_result(f"{check.id:28} {check.title} [{check.section}]")
        return ExitCode.DONE
    chosen = chosen_by(given)
    with chosen.naming_origins():
        settings = DeviceSettings.checked(
            issuer=chosen["issuer"],
            client_id=chosen["client_id"],
            scope=chosen["scope"] or "",
            ca_file=chosen["ca_file"] and Path(chosen["ca_file"]),
            client_secret=client_secret_of(chosen),
        )
    target = Target(
        issuer=chosen["issuer"].strip(),
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        scope=" ".join(settings.scope),
        other_client=given.other_client,
        approve_command=given.approve_command or None,
        is_thorough=given.thorough,
        device_endpoint=_endpoint("--device-endpoint", chosen.get("device_endpoint")),
        token_endpoint=_endpoint("--token-endpoint", chosen.get("token_endpoint")),
    )
    return examine(
        DoctorOptions(
            target,
            checks,
            expected=frozenset() if given.expect is None else read_expected(given.expect),
            report=given.report,
            report_file=given.report_file,
            ca_file=settings.ca_file,
        )
    )


def _ids(values: Sequence[str]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _endpoint(option: str, url: str | None) -> str | None:
    if url is None:
        return None
    try:
        return web_uri(url, "it")
    except MalformedMessageError as error:
        raise DeviceSettingsError(f"{option} can't be used: {error}.") from None
