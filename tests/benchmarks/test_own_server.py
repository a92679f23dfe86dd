"""A server of one's own is measured by what its discovery document names."""

import pytest

from benchmarks.processes import NotMeasuredError
from benchmarks.subjects.own_server import own_server

URL = "http://127.0.0.1:9000"
DOCUMENT = {"device_authorization_endpoint": f"{URL}/dev/auth", "token_endpoint": f"{URL}/oauth/token"}


def test_paths_and_forms_are_those_of_the_document() -> None:
    subject = own_server(URL, DOCUMENT, "a tv", "one two", "/yes")
    assert subject.port == 9000
    assert subject.environment == {
        "DEVICE_AUTHORIZATION_PATH": "/dev/auth",
        "TOKEN_PATH": "/oauth/token",
        "APPROVE_PATH": "/yes",
        "ISSUE_FORM": "client_id=a%20tv&scope=one%20two",
        "POLL_FORM": (
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=a%20tv&device_code="
        ),
        "REFRESH_FORM": "grant_type=refresh_token&client_id=a%20tv&refresh_token=",
    }


@pytest.mark.parametrize("url", ["https://127.0.0.1:9000", "http://as.example", "127.0.0.1:9000"])
def test_server_elsewhere_or_behind_tls_is_not_measured(url: str) -> None:
    with pytest.raises(NotMeasuredError, match="this machine"):
        own_server(url, DOCUMENT, "tv", "", "/approve")


@pytest.mark.parametrize("member", DOCUMENT)
def test_document_without_an_endpoint_names_what_is_missing(member: str) -> None:
    with pytest.raises(NotMeasuredError, match=member):
        own_server(URL, {**DOCUMENT, member: None}, "tv", "", "/approve")
