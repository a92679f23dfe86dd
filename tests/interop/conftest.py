"""Clients of other projects, unchanged, against ``pairgrant-server run`` over TLS; its user posts forms.

One server serves the whole folder: each test starts its own flows and changes nothing that another sees.
"""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests import npm_packages
from tests.interop.node import Node
from tests.interop.person import PASSWORD, Person
from tests.interop.provider import Provider
from tests.processes.forked_programs import ForkedPrograms
from tests.processes.programs import PATIENCE, Process, clean_environment

SECRET = "a secret/with+what needs%escaping"
ASSERTER = "https://idp.example"
HERE = Path(__file__).parent

_PEOPLE = 'grant_types = ["device_code", "authorization_code", "refresh_token"]'
_FOR_ALL = 'grant_types = ["client_credentials", "jwt_bearer", "device_code", "authorization_code"]'
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
accepts_endpoint_audience = true
assertion_issuers = {{ "{ASSERTER}" = "asserter.jwks.json" }}
{_FOR_PEOPLE.replace(_PEOPLE, _FOR_ALL)}
[client.robot]
name = "A machine"
secret_file = "secret"
grant_types = ["client_credentials"]
scope = "board:read"
[user.alice]
display_name = "Alice Liddell"
email = "alice@example.org"
"""


@pytest.fixture(scope="session")
def provider(
    tmp_path_factory: pytest.TempPathFactory,
    free_port: Callable[[], int],
    forked_programs: ForkedPrograms,
) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("provider")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "key.pem").chmod(0o600)
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
        **clean_environment(),
        "PAIRGRANT_DATABASE": f"sqlite:///{folder / 'pairgrant.db'}",
        "PAIRGRANT_PORT": str(port),
        "PAIRGRANT_CERTFILE": str(folder / "cert.pem"),
        "PAIRGRANT_KEYFILE": str(folder / "key.pem"),
        "PAIRGRANT_PUBLIC_URL": url,
        "PAIRGRANT_INTERVAL": "1",
        "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_ADDRESS": "0",
    }
    provider = Provider(
        url,
        folder / "authority.pem",
        {"ES256": elliptic, "RS256": rsa, "PS256": rsa, "EdDSA": edwards},
        asserter,
        folder,
        forked_programs,
        environment,
    )
    provider.command("apply", str(folder / "pairgrant.toml"))
    provider.command("user", "password", "alice", "--password-stdin", stdin=PASSWORD)
    provider.command("user", "link", "alice", "--issuer", ASSERTER, "--subject", "alice")
    log = folder / "server.log"
    process = forked_programs.start("pairgrant-server", "run", environment=environment, log=log)
    try:
        _wait_for(url, folder / "authority.pem", process)
        yield provider
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert "Traceback" not in provider.log


def _wait_for(url: str, authority: Path, process: Process) -> None:
    gives_up_at = time.monotonic() + PATIENCE
    with _http(authority) as http:
        while time.monotonic() < gives_up_at:
            try:
                if http.get(f"{url}/healthz").is_success:
                    return
            except httpx.TransportError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.02)  # what is waited for lives in another process
    pytest.fail("the server never responded")


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
