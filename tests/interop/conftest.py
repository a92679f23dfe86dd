"""Other people's clients, unchanged, against ``pairgrant-server run`` over TLS; a person whose browser is plain form posts.

One server for the whole folder, because no test here changes what another sees: each starts flows of its own.
"""

import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from tests import npm_packages

PATIENCE = 120.0
PASSWORD = "correct horse battery"
SECRET = "a secret/with+what needs%escaping"
ASSERTER = "https://idp.example"
HERE = Path(__file__).parent

_PEOPLE = 'grant_types = ["device_code", "authorization_code", "refresh_token"]'
_FOR_PEOPLE = f"""
{_PEOPLE}
scope = "openid profile email offline_access board:read board:write"
redirect_uris = ["https://app.example/callback", "http://127.0.0.1/callback"]
post_logout_redirect_uris = ["https://app.example/"]
"""
CONFIGURATION = f"""
[client.app]
name = "A public app"
{_FOR_PEOPLE}
[client.web]
name = "A confidential app"
secret_file = "secret"
{_FOR_PEOPLE}
[client.rs256]
name = "An app that knows no ES256"
id_token_algorithm = "RS256"
{_FOR_PEOPLE}
[client.pushing]
name = "An app that has to push"
secret_file = "secret"
requires_pushed_requests = true
{_FOR_PEOPLE}
[client.bound]
name = "An app whose tokens are bound to its key"
requires_dpop = true
{_FOR_PEOPLE}
[client.signer]
name = "An app that signs"
jwks = "signer.jwks.json"
assertion_issuers = {{ "{ASSERTER}" = "asserter.jwks.json" }}
{_FOR_PEOPLE.replace(_PEOPLE, 'grant_types = ["client_credentials", "jwt_bearer", "device_code", "authorization_code"]')}
[client.robot]
name = "A machine"
secret_file = "secret"
grant_types = ["client_credentials"]
scope = "board:read"
[user.alice]
display_name = "Alice Liddell"
email = "alice@example.org"
"""

_FORM = re.compile(r'<form method="post" action="([^"]+)".*?</form>', re.DOTALL)
_FIELD = re.compile(r'<input\b[^>]*?\bname="([^"]+)"[^>]*?\bvalue="([^"]*)"', re.DOTALL)


@dataclass
class Person:
    """Alice at her browser: signs in where she is asked to, and says yes or no."""

    http: httpx.Client
    url: str
    pages: list[str] = field(default_factory=list)
    """Where something was asked, since someone looked."""

    def visit(self, url: str, decision: str = "approve") -> str:
        """Where the browser ends up: outside the server, or at a page that asks nothing."""
        answer = self.http.get(url)
        while True:
            while answer.is_redirect:
                location = str(answer.request.url.join(answer.headers["location"]))
                if not location.startswith(f"{self.url}/"):
                    return location
                answer = self.http.get(location)
            assert answer.status_code == 200, (answer.url, answer.status_code, answer.text)
            told = {
                "/signin": {"username": "alice", "password": PASSWORD},
                "/device": {},
                "/consent": {"decision": decision},
                "/authorize/consent": {"decision": decision},
                "/logout/confirm": {},
            }
            forms = {unescape(form[1]): form[0] for form in _FORM.finditer(answer.text)}
            action = next((one for one in told if one in forms), None)
            if action is None:
                return str(answer.url)
            self.pages.append(action)
            given = {unescape(name): unescape(value) for name, value in _FIELD.findall(forms[action])}
            answer = self.http.post(
                f"{self.url}{action}", data={**given, **told[action]}, headers={"origin": self.url}
            )


@dataclass
class Provider:
    """The running server, and what its clients hold."""

    url: str
    authority: Path
    keys: dict[str, Key]
    """Of the client ``signer``: algorithm -> private key."""
    asserting_key: ECKey
    process: "subprocess.Popen[bytes]"
    folder: Path
    environment: dict[str, str] = field(repr=False)

    @property
    def signing_key(self) -> Key:
        return self.keys["ES256"]

    def command(self, *words: str, stdin: str = "") -> str:
        return _command(self.environment, *words, stdin=stdin)

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()


def _command(environment: dict[str, str], *words: str, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pairgrant_server", *words],
        input=stdin,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done
    return done.stdout


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("provider")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for part in certificate.cert_chain_pems:
        part.write_to_path(folder / "cert.pem", append=True)
    elliptic = ECKey.generate_key("P-256", {"kid": "signer"})
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})
    edwards = OKPKey.generate_key("Ed25519", {"kid": "edwards"})
    asserter = ECKey.generate_key("P-256", {"kid": "asserter"})
    for name, keys in {"signer": (elliptic, rsa, edwards), "asserter": (asserter,)}.items():
        jwks = {"keys": [key.as_dict(private=False) for key in keys]}
        (folder / f"{name}.jwks.json").write_text(json.dumps(jwks))
    (folder / "secret").write_text(SECRET)
    (folder / "pairgrant.toml").write_text(CONFIGURATION)
    port = free_port()
    url = f"https://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")},
        "PAIRGRANT_DATABASE": f"sqlite:///{folder / 'pairgrant.db'}",
        "PAIRGRANT_PORT": str(port),
        "PAIRGRANT_CERTFILE": str(folder / "cert.pem"),
        "PAIRGRANT_KEYFILE": str(folder / "key.pem"),
        "PAIRGRANT_PUBLIC_URL": url,
        "PAIRGRANT_INTERVAL": "1",
        "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_ADDRESS": "0",
    }
    _command(environment, "apply", str(folder / "pairgrant.toml"))
    _command(environment, "user", "password", "alice", "--password-stdin", stdin=PASSWORD)
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pairgrant_server", "run"], env=environment, stdout=log, stderr=log
        )
    try:
        _wait_for(url, folder / "authority.pem", process)
        yield Provider(
            url,
            folder / "authority.pem",
            {"ES256": elliptic, "RS256": rsa, "PS256": rsa, "EdDSA": edwards},
            asserter,
            process,
            folder,
            environment,
        )
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert "Traceback" not in (folder / "server.log").read_text()


def _wait_for(url: str, authority: Path, process: subprocess.Popen[bytes]) -> None:
    gives_up_at = time.monotonic() + PATIENCE
    with _http(authority) as http:
        while time.monotonic() < gives_up_at:
            try:
                if http.get(f"{url}/healthz").is_success:
                    return
            except httpx.TransportError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.05)  # what is waited for lives in another process
    pytest.fail("the server never answered")


def _http(authority: Path) -> httpx.Client:
    return httpx.Client(
        verify=ssl.create_default_context(cafile=authority), trust_env=False, timeout=PATIENCE
    )


@pytest.fixture(scope="session")
def http(provider: Provider) -> Iterator[httpx.Client]:
    with _http(provider.authority) as client:
        yield client


@pytest.fixture(scope="session")
def metadata(provider: Provider, http: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"{provider.url}/.well-known/openid-configuration").json()
    return found


@pytest.fixture(scope="session")
def person(provider: Provider) -> Iterator[Person]:
    with _http(provider.authority) as client:
        yield Person(client, provider.url)


class Node:
    """One JavaScript client: told a flow and a client, it asks for what only a person can do, and says how it ended."""

    def __init__(self, script: Path, provider: Provider, person: Person) -> None:
        self._person = person
        self._process = subprocess.Popen(
            ["node", script.name, provider.url],
            cwd=script.parent,
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(provider.authority)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, flow: str, **options: Any) -> dict[str, Any]:
        """What the flow ended with.

        Raises:
            AssertionError: the library refused something; its words are in it.
        """
        self._tell({"flow": flow, **options})
        while True:
            said = self._hear()
            if "visit" in said:
                self._tell({"location": self._person.visit(said["visit"], said.get("decision", "approve"))})
            elif "failed" in said:
                raise AssertionError(said["failed"])
            else:
                ended: dict[str, Any] = said["done"]
                return ended

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def _tell(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"node ended with {self._process.wait(PATIENCE)}"
        message: dict[str, Any] = json.loads(line)
        return message


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder with our scripts and the packages beside them."""
    folder = npm_packages.install("interop", HERE / "clients" / "package.json")
    for script in (HERE / "clients").glob("*.mjs"):
        npm_packages.copy(script, folder)
    return folder


@pytest.fixture(scope="module")
def node(node_modules: Path, provider: Provider, person: Person) -> Iterator[Callable[[str], Node]]:
    """Starts a script of tests/interop/clients."""
    started: list[Node] = []

    def start(script: str) -> Node:
        started.append(Node(node_modules / script, provider, person))
        return started[-1]

    yield start
    for one in started:
        one.end()
