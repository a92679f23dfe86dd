"""How the doctor connects: TLS, and how a confidential client authenticates."""

import ssl
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from pairgrant.doctor.target import Target, authentication_of
from pairgrant_protocol.secret import Secret
from tests.device.doctor.examined import running
from tests.device.doctor.faulty_server import FaultyServer
from tests.device.running_command import CommandInProcess

Run = Callable[..., CommandInProcess]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[FaultyServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with running(time.monotonic) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.issuer = server.issuer.replace("http:", "https:")
        yield server


def test_unknown_authority_is_a_failure_of_tls(run_pairgrant: Run, server: FaultyServer) -> None:
    words = ("doctor", "--only", "tls.issuer,discovery.issuer,start.status")
    code, out, _ = run_pairgrant(*words, issuer=server.issuer).end()
    assert code == 1
    assert "FAIL  tls.issuer" in out
    assert "certificate" in out
    assert out.count("----") == 2


def test_named_authority_is_trusted(
    run_pairgrant: Run, server: FaultyServer, authority: trustme.CA, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    words = ("doctor", "--only", "tls,discovery,start.members", "--ca-file", str(file))
    code, out, err = run_pairgrant(*words, issuer=server.issuer).end()
    assert code == 0, out + err
    assert "10 passed" in out


def test_secret_is_sent_in_the_header_unless_the_server_takes_only_forms() -> None:
    target = Target("https://pair.example", "a:b", Secret("s/+ é"))
    basic = authentication_of(target, {"token_endpoint_auth_methods_supported": ["client_secret_basic"]})
    assert basic == authentication_of(target, {})
    assert b64decode(basic.headers["Authorization"].removeprefix("Basic ")) == b"a%3Ab:s%2F%2B+%C3%A9"
    assert basic.form == (("client_id", "a:b"),)
    posted = authentication_of(target, {"token_endpoint_auth_methods_supported": ["client_secret_post"]})
    assert (posted.headers, posted.form) == ({}, (("client_id", "a:b"), ("client_secret", "s/+ é")))


def test_public_client_sends_its_client_id_only() -> None:
    found = authentication_of(Target("https://pair.example", "lobby-tv"), {})
    assert (found.form, found.headers) == ((("client_id", "lobby-tv"),), {})


def test_secret_is_in_no_representation() -> None:
    target = Target("https://pair.example", "lobby-tv", Secret("hidden"))
    assert "hidden" not in f"{target!r}{authentication_of(target, {})!r}"
