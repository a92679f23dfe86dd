"""``pairgrant api``: one request with the access token of the sign-in, and a proof where it needs one."""

import sys
from argparse import ArgumentTypeError, Namespace
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pairgrant.commands.current_tokens import current_tokens
from pairgrant.commands.options import SIGNED_IN, Subcommands, add_command, chosen_by, settings_of
from pairgrant.commands.request_arguments import checked_method, checked_url
from pairgrant.errors import DeviceSettingsError, TokenRejectedError
from pairgrant.exit_codes import ExitCode
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.settings import DeviceSettings
from pairgrant.terminal import print_body, print_err
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible

_MORE = """\
The address is a URL, or a path at the server that this device signed in to.
The body of the response goes to standard output; redirects are not followed.
If the server rejects the token, it is refreshed once. The token is sent over
https only, except to this machine.

examples:
  pairgrant api GET /board/notices
  pairgrant api POST /board/notices --data '{"text": "Lunch is at 12"}'
  pairgrant api PUT https://api.example/things/7 --data @thing.json

exit codes: 0 the response has a status below 400, 1 another one (stderr says
  which), 2 wrong usage, 5 not signed in, 7 the server can't be reached
"""


def add_to(subcommands: Subcommands) -> None:
    summary = "Send one request with the access token, and print the response."
    parser = add_command(subcommands, "api", summary, _MORE, SIGNED_IN)
    parser.add_argument("method", metavar="METHOD", type=checked_method, help="such as GET or POST")
    parser.add_argument("url", metavar="URL", help="a URL, or a path that begins with /")
    parser.add_argument(
        "--data", metavar="TEXT", help="body of the request; @FILE reads a file, @- standard input"
    )
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        type=_header_field,
        metavar='"NAME: VALUE"',
        help="a header field; with --data, Content-Type is application/json unless given",
    )
    parser.set_defaults(run=run)


def _header_field(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not text.isascii() or not text.isprintable():
        raise ArgumentTypeError(f'{visible(text)!r} is not a header field such as "Accept: text/plain"')
    return name.strip(), value.strip()


class _Request(NamedTuple):
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


def run(given: Namespace) -> ExitCode:
    import asyncio  # noqa: PLC0415 - a command imports only what it needs

    settings = settings_of(chosen_by(given))
    url = _address(settings, given.url)
    headers = dict(given.header)
    body = None if given.data is None else _body(given.data)
    if body is not None and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/json"
    tokens = current_tokens(settings)
    request = _Request(given.method, url, headers, body)
    response = asyncio.run(_response(settings, tokens, request))
    print_body(response.body)
    if response.status < 400:
        return ExitCode.DONE
    print_err(f"pairgrant: The server responded with {response.status}.")
    return ExitCode.UNAVAILABLE if response.is_temporary else ExitCode.ERROR


def _address(settings: DeviceSettings, given: str) -> str:
    """The URL of the request.

    Raises:
        DeviceSettingsError: it is none, or would send the token in the clear.
    """
    try:
        url = checked_url(settings.issuer.rstrip("/") + given if given.startswith("/") else given)
    except ArgumentTypeError as error:
        raise DeviceSettingsError(f"The request can't be sent: {error}.") from None
    parts = urlsplit(url)
    if parts.scheme == "https" or _is_this_machine(parts.hostname or "") or _is_of(settings.issuer, url):
        return url
    raise DeviceSettingsError(
        f"The request can't be sent: {visible(parts.netloc)} would get the token unencrypted. Use https."
    )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_of(issuer: str, url: str) -> bool:
    """Whether ``url`` is at the server that issued the token in the clear anyway, as in a demo."""
    return urlsplit(issuer)[:2] == urlsplit(url)[:2]


def _body(given: str) -> bytes:
    if not given.startswith("@"):
        return given.encode()
    try:
        if given == "@-":
            return sys.stdin.buffer.read() if sys.stdin else b""
        return Path(given[1:]).read_bytes()
    except OSError as error:
        raise DeviceSettingsError(
            f"--data can't be used: {visible(given[1:])}: {(error.strerror or 'unreadable').lower()}."
        ) from None


async def _response(settings: DeviceSettings, tokens: StoredTokens, request: _Request) -> HttpResponse:
    from pairgrant.device import open_device  # noqa: PLC0415 - httpx

    latest: list[HttpResponse] = []
    async with open_device(settings) as device:
        session = device.session_of(tokens)

        async def send(token: Secret) -> HttpResponse:
            latest[:] = [await device.transport.send(*request, access_token=token)]
            if latest[0].status == HTTPStatus.UNAUTHORIZED:
                raise TokenRejectedError("The server rejected this device's access token.")
            return latest[0]

        try:
            return await session.call(send)
        except TokenRejectedError:
            return latest[0]
        finally:
            await session.settle()
