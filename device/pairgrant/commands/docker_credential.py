"""``docker-credential-pairgrant``: a credential helper of docker, podman and others
(https://github.com/docker/docker-credential-helpers).

It takes no options: PAIRGRANT_PROFILE and the other variables choose the sign-in. Errors go to standard
output, where docker reads them.
"""

import contextlib
import json
import sys
from argparse import Namespace
from collections.abc import Sequence

from pairgrant.commands.credential_hosts import USERNAME, Host, credential_of, sign_in_for, sign_ins
from pairgrant.commands.options import CREDENTIALS
from pairgrant.errors import NotSignedInError, PairgrantError
from pairgrant.exit_codes import ExitCode
from pairgrant.terminal import (
    end_streams,
    prepare_streams,
    print_err,
    print_out,
    print_result,
    standard_input,
)

_USAGE = "usage: docker-credential-pairgrant get|store|erase|list|version"

_NOT_FOUND = "credentials not found in native keychain"
"""The text by which docker knows that it may go on without credentials."""

_LARGEST = 65_536


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one operation and return its exit code."""
    prepare_streams()
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except NotSignedInError:
        print_out(_NOT_FOUND)
    except PairgrantError as error:
        print_out(f"pairgrant: {error}")
    finally:
        end_streams()
    return ExitCode.ERROR


def _run(arguments: Sequence[str]) -> ExitCode:
    given = Namespace(options=CREDENTIALS)
    match list(arguments):
        case ["get"]:
            return _get(given, _input())
        case ["store"]:
            return _store(given, _input())
        case ["erase"]:
            _input()
            print_err("pairgrant: This device stays signed in; `pairgrant logout` signs it out.")
            return ExitCode.DONE
        case ["list"]:
            found = {url: USERNAME for sign_in in sign_ins(given) for url in sign_in.hosts}
            print_result(json.dumps(found))
            return ExitCode.DONE
        case ["version"]:
            from importlib.metadata import version  # noqa: PLC0415 - slow to import, and rarely needed

            print_result(f"docker-credential-pairgrant (pairgrant) {version('pairgrant')}")
            return ExitCode.DONE
    print_out(_USAGE)
    return ExitCode.ERROR


def _input() -> str:
    return standard_input().read(_LARGEST).strip()


def _get(given: Namespace, server: str) -> ExitCode:
    sign_in = sign_in_for(given, Host.of_url(server)) if server else None
    if sign_in is None:
        print_out(_NOT_FOUND)
        return ExitCode.ERROR
    token = credential_of(sign_in.settings, "docker").access_token.reveal()
    print_result(json.dumps({"ServerURL": server, "Username": USERNAME, "Secret": token}))
    return ExitCode.DONE


def _store(given: Namespace, text: str) -> ExitCode:
    """Accept what ``get`` gave, which ``docker login`` stores; there is no place for another password."""
    try:
        server = json.loads(text)["ServerURL"]
    except (ValueError, TypeError, KeyError):
        server = None
    with contextlib.suppress(NotSignedInError):
        if isinstance(server, str) and sign_in_for(given, Host.of_url(server)):
            return ExitCode.DONE
    print_out(
        "pairgrant: Passwords can't be stored here. Sign in with: pairgrant login --no-dpop --issuer URL, "
        "and name the registry in PAIRGRANT_CREDENTIAL_HOSTS if it is another host."
    )
    return ExitCode.ERROR
