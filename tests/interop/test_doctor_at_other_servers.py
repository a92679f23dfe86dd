"""`pairgrant doctor` at servers that others wrote: it finds what is known, and nothing else."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import npm_packages
from tests.processes.programs import PATIENCE, clean_environment

KNOWN = Path(__file__).parent / "known_failures"
OIDC_PROVIDER = Path(__file__).parents[1] / "journey" / "oidc_provider"


def assert_only_known_failures(name: str, *words: str, approve: str) -> None:
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
    assert_only_known_failures(
        *("oidc-provider", "--issuer", oidc_provider, "--other-client", "other-tv"),
        *("--scope", "openid offline_access"),
        approve=f"{sys.executable} -m tests.interop.decide {oidc_provider}/-",
    )
