"""`pairgrant doctor` at servers that others wrote: it finds what is known, and nothing else."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import npm_packages
from tests.interop.test_device_at_other_servers import (  # the fixtures
    Peer,
    authlib,
    better_auth,
    django,
    node_servers,
)
from tests.processes.programs import PATIENCE, clean_environment

__all__ = ["authlib", "better_auth", "django", "node_servers"]

KNOWN = Path(__file__).parent / "known_failures"
OIDC_PROVIDER = Path(__file__).parents[1] / "journey" / "oidc_provider"


def assert_only_known_failures(name: str, url: str, *words: str) -> None:
    approve = f"{sys.executable} -m tests.interop.decide {name} {url}"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pairgrant", "doctor", "--client-id", "lobby-tv", *words),
            *("--expect", str(KNOWN / f"{name}.txt"), "--approve-command", approve),
        ],
        env=clean_environment(),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def oidc_provider(free_port: Callable[[], int], tmp_path: Path) -> Iterator[str]:
    folder = npm_packages.install("oidc-provider", OIDC_PROVIDER / "package.json")
    npm_packages.copy(OIDC_PROVIDER / "device_flow.mjs", folder)
    port, log = free_port(), tmp_path / "log"
    with log.open("wb") as output:
        words = ["node", "device_flow.mjs", str(port), "20"]
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=output)
    assert process.stdout is not None
    try:
        while b"listening" not in (line := process.stdout.readline()):
            assert line, log.read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def test_doctor_finds_what_is_known_of_oidc_provider(oidc_provider: str) -> None:
    words = ("--issuer", oidc_provider, "--other-client", "other-tv", "--scope", "openid offline_access")
    assert_only_known_failures("oidc-provider", oidc_provider, *words)


WITHOUT = ("--skip", "page,decision.one")
"""The pages of these servers are left to the application, and so is which of two decisions counts."""


def test_doctor_finds_what_is_known_of_authlib(authlib: Peer) -> None:
    words = ("--issuer", authlib.url, "--scope", "read", *WITHOUT)
    endpoints = (
        *("--device-endpoint", f"{authlib.url}/device_authorization"),
        *("--token-endpoint", f"{authlib.url}/token"),
    )
    assert_only_known_failures("authlib", authlib.url, *words, *endpoints)


def test_doctor_finds_what_is_known_of_django_oauth_toolkit(django: str) -> None:
    words = ("--issuer", f"{django}/o", "--scope", "read offline_access", *WITHOUT)
    endpoints = (
        *("--device-endpoint", f"{django}/o/device-authorization/"),
        *("--token-endpoint", f"{django}/o/token/"),
    )
    assert_only_known_failures("django-oauth-toolkit", django, *words, *endpoints)


def test_doctor_finds_what_is_known_of_django_allauth(django: str) -> None:
    words = ("--issuer", django, "--scope", "openid offline_access", *WITHOUT)
    assert_only_known_failures("django-allauth", django, *words)


def test_doctor_finds_what_is_known_of_better_auth(better_auth: Peer) -> None:
    issuer = f"{better_auth.url}/api/auth"
    endpoints = (
        *("--device-endpoint", f"{issuer}/device/code"),
        *("--token-endpoint", f"{issuer}/device/token"),
    )
    assert_only_known_failures("better-auth", better_auth.url, "--issuer", issuer, *endpoints, *WITHOUT)
