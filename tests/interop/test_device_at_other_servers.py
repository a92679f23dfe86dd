"""``pairgrant`` as it runs, at device-flow servers that others wrote: sign in, refresh, sign out."""

import html
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from pairgrant.providers.preset import Mark
from pairgrant.providers.preset_files import load_preset, preset_names
from tests import npm_packages
from tests.processes.programs import PATIENCE

HERE = Path(__file__).parent / "device_servers"


@dataclass
class Peer:
    """A running server, and how a person decides there."""

    url: str
    options: tuple[str, ...]
    decide: Callable[[str, str, bool], None]
    """With its URL, a user code and whether to approve."""
    secret: str = ""
    can_refresh: bool = True
    can_revoke: bool = True


class Commands:
    """``pairgrant`` in processes of its own, with one file for the tokens."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        self._peer = peer
        self.tokens = folder / "tokens.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        self._environment = {
            **kept,
            "PAIRGRANT_TOKEN_FILE": str(self.tokens),
            "PAIRGRANT_DPOP": "never",
            "PAIRGRANT_CLIENT_SECRET": peer.secret,
        }

    def start(self, command: str, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pairgrant", command, *words, *self._peer.options],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str, *words: str) -> tuple[int, str, str]:
        process = self.start(command, *words)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err

    def sign_in(self, scope: str, *, approve: bool) -> tuple[int, list[dict[str, Any]]]:
        process = self.start("login", "--json", "--scope", scope)
        assert process.stdout is not None
        events = []
        limit = threading.Timer(PATIENCE, process.kill)
        limit.start()
        try:
            for line in process.stdout:
                events.append(json.loads(line))
                if events[-1]["event"] == "code":
                    self._peer.decide(self._peer.url, events[-1]["user_code"], approve)
        except BaseException:
            process.kill()
            raise
        finally:
            limit.cancel()
            process.communicate(timeout=PATIENCE)
        return process.returncode, events


def started(*command: str, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=output)
    assert process.stdout is not None
    while b"listening" not in (line := process.stdout.readline()):
        assert line, log.read_text()
    return process


def ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def node_servers() -> Path:
    folder = npm_packages.install("device-servers", HERE / "package.json")
    for script in HERE.glob("*.mjs"):
        npm_packages.copy(script, folder)
    return folder


@pytest.fixture(scope="module")
def django(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("django"), free_port()
    words = (sys.executable, str(HERE / "django_server.py"), str(port), str(folder))
    process = started(*words, folder=folder, log=folder / "log")
    yield f"http://127.0.0.1:{port}"
    ended(process)


@contextmanager
def person_of(url: str) -> Iterator[httpx.Client]:
    """The person, signed in at the Django site."""
    with httpx.Client(base_url=url, trust_env=False, follow_redirects=True, timeout=PATIENCE) as person:
        person.get("/sign-in").raise_for_status()
        yield person


def decide_at_django_oauth_toolkit(url: str, code: str, approve: bool) -> None:  # noqa: FBT001
    with person_of(url) as person:
        confirm = person.post("/o/device/", data={"user_code": code})
        action = "accept" if approve else "deny"
        person.post(confirm.url, data={"action": action}).raise_for_status()


def decide_at_django_allauth(url: str, code: str, approve: bool) -> None:  # noqa: FBT001
    with person_of(url) as person:
        data = {"action": "confirm" if approve else "deny"}
        person.post("/identity/o/device", params={"code": code}, data=data).raise_for_status()


def decide_at_authlib(url: str, code: str, approve: bool) -> None:  # noqa: FBT001
    decision = "approve" if approve else "deny"
    httpx.post(
        f"{url}/{decision}", data={"user_code": code}, trust_env=False, timeout=PATIENCE
    ).raise_for_status()


def decide_at_oidc_provider(url: str, code: str, approve: bool) -> None:  # noqa: FBT001
    """Enter the code, confirm it, sign in and consent, on the pages for development."""
    with httpx.Client(base_url=url, trust_env=False, follow_redirects=True, timeout=PATIENCE) as person:
        page = person.get("/device")
        page = person.post("/device", data={"xsrf": _hidden(page, "xsrf"), "user_code": code})
        page = person.post(
            "/device", data={"xsrf": _hidden(page, "xsrf"), "user_code": code, "confirm": "yes"}
        )
        page = person.post(_action(page), data={"prompt": "login", "login": "alice", "password": "any"})
        if approve:
            person.post(_action(page), data={"prompt": "consent"})
        else:
            abort = re.search(r'href="([^"]*/abort)"', page.text)
            assert abort is not None, page.text
            person.get(html.unescape(abort[1]))


def _hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


def _action(page: httpx.Response) -> str:
    found = re.search(r'action="([^"]*)"', page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


def decide_at_better_auth(url: str, code: str, approve: bool) -> None:  # noqa: FBT001
    origin = {"Origin": url}
    with httpx.Client(
        base_url=f"{url}/api/auth", trust_env=False, headers=origin, timeout=PATIENCE
    ) as person:
        name = f"person-{time.monotonic_ns()}@example.org"
        made = person.post("/sign-up/email", json={"email": name, "password": "long enough", "name": "Al"})
        assert made.is_success, made.text
        person.get("/device", params={"user_code": code}).raise_for_status()
        done = person.post("/device/approve" if approve else "/device/deny", json={"userCode": code})
        assert done.is_success, done.text


@pytest.fixture
def django_oauth_toolkit(django: str) -> Peer:
    options = ("--provider", "django-oauth-toolkit", "--issuer", f"{django}/o", "--client-id", "lobby-tv")
    return Peer(django, options, decide_at_django_oauth_toolkit)


@pytest.fixture
def django_allauth(django: str) -> Peer:
    options = ("--provider", "django-allauth", "--issuer", django, "--client-id", "lobby-tv")
    return Peer(django, options, decide_at_django_allauth)


@pytest.fixture(scope="module")
def authlib(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Peer]:
    folder, port = tmp_path_factory.mktemp("authlib"), free_port()
    words = (sys.executable, str(HERE / "authlib_server.py"), str(port))
    process = started(*words, folder=folder, log=folder / "log")
    url = f"http://127.0.0.1:{port}"
    options = (
        *("--device-endpoint", f"{url}/device_authorization", "--token-endpoint", f"{url}/token"),
        *("--revocation-endpoint", f"{url}/revoke", "--client-id", "lobby-tv"),
    )
    yield Peer(url, options, decide_at_authlib)
    ended(process)


@pytest.fixture(scope="module")
def oidc_provider(
    node_servers: Path, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[Peer]:
    port = free_port()
    log = tmp_path_factory.mktemp("oidc-provider") / "log"
    process = started("node", "oidc_provider.mjs", str(port), folder=node_servers, log=log)
    url = f"http://127.0.0.1:{port}"
    options = ("--provider", "oidc-provider", "--issuer", url, "--client-id", "lobby-tv")
    yield Peer(url, options, decide_at_oidc_provider)
    ended(process)


@pytest.fixture(scope="module")
def better_auth(
    node_servers: Path, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[Peer]:
    port = free_port()
    log = tmp_path_factory.mktemp("better-auth") / "log"
    process = started("node", "better_auth.mjs", str(port), folder=node_servers, log=log)
    url = f"http://127.0.0.1:{port}"
    options = ("--provider", "better-auth", "--issuer", f"{url}/api/auth", "--client-id", "lobby-tv")
    yield Peer(url, options, decide_at_better_auth, can_refresh=False, can_revoke=False)
    ended(process)


PRESETS = {"django_oauth_toolkit", "django_allauth", "oidc_provider", "better_auth"}
PEERS = ["django_oauth_toolkit", "django_allauth", "authlib", "oidc_provider", "better_auth"]
SCOPES = {
    "django_oauth_toolkit": "read offline_access",
    "django_allauth": "openid offline_access",
    "oidc_provider": "openid offline_access",
}


@pytest.fixture(params=PEERS)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def peer(name: str, request: pytest.FixtureRequest) -> Peer:
    found: Peer = request.getfixturevalue(name)
    return found


def test_sign_in_is_refreshed_and_ended(name: str, peer: Peer, tmp_path: Path) -> None:
    commands = Commands(peer, tmp_path)
    code, events = commands.sign_in(SCOPES.get(name, "read"), approve=True)
    assert (code, events[-1]["event"]) == (0, "authorized"), events

    code, first, err = commands.run("token")
    assert code == 0, err
    if peer.can_refresh:
        code, second, err = commands.run("token", "--min-ttl", "999999")
        assert code == 0, err
        assert second.strip()
        assert second != first
    else:
        assert "refresh_token" in commands.tokens.read_text()

    code, out, err = commands.run("logout")
    assert code == (0 if peer.can_revoke else 6), out + err
    assert not commands.tokens.exists()


def test_client_with_a_secret_signs_in_and_out(authlib: Peer, tmp_path: Path) -> None:
    options = (*authlib.options[:-1], "web")
    commands = Commands(replace(authlib, options=options, secret="a secret/+"), tmp_path)
    code, events = commands.sign_in("read", approve=True)
    assert (code, events[-1]["event"]) == (0, "authorized"), events
    assert commands.run("token", "--min-ttl", "999999")[0] == 0
    assert commands.run("logout")[0] == 0


def test_denial_ends_the_sign_in(name: str, peer: Peer, tmp_path: Path) -> None:
    code, events = Commands(peer, tmp_path).sign_in(SCOPES.get(name, "read"), approve=False)
    assert (code, events[-1]["event"]) == (3, "denied"), events


def test_presets_that_are_marked_as_tried_are_tried_here() -> None:
    presets = (load_preset(name) for name in preset_names())
    tried = {preset.name.replace("-", "_") for preset in presets if preset.mark is Mark.TRIED}
    assert tried == PRESETS
