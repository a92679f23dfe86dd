"""Form bodies: strict, and read as every other program reads them."""

from urllib.parse import parse_qsl, quote, quote_plus

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.http.form import FormError, parse_form


@pytest.mark.parametrize(
    "body",
    [
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=lobby-tv",
        "grant_type=urn%3aietf%3aparams%3aoauth%3agrant-type%3adevice_code&client_id=lobby-tv",
        "scope=offline_access+board%3Aread",
        "scope=offline_access%20board:read",
        "name=B%C3%BCro+%e2%82%ac",
        "a+b=1&c%2Bd=2&%65=3",
        "percent=100%25&plus=1%2B1",
        "equals=a=b&amp=%26",
        "bare&last=%41",
    ],
)
def test_form_is_read_as_other_programs_read_it(body: str) -> None:
    assert parse_form(body.encode()) == dict(parse_qsl(body, strict_parsing=False))


@pytest.mark.parametrize("grant_type", GrantType)
def test_escaped_grant_type_is_known_in_each_spelling(grant_type: GrantType) -> None:
    for escaped in (quote_plus(grant_type), quote_plus(grant_type).lower(), quote(grant_type), grant_type):
        assert parse_form(f"grant_type={escaped}".encode()) == {"grant_type": grant_type}


@pytest.mark.parametrize("escape", ["%", "%4", "%4g", "%g4", "%%41", "%+1", "% 1", "%é1"])
def test_broken_escape_is_refused_wherever_it_stands(escape: str) -> None:
    for body in (f"a={escape}", f"a={escape}&b=1", f"a=%41{escape}", f"{escape}=1", f"b=1&{escape}"):
        with pytest.raises(FormError, match="broken % escape"):
            parse_form(body.encode())


@pytest.mark.parametrize("body", [b"a=\xc3", b"a=%c3", b"a=%C3%28", b"%ff=1", b"a=1&b=%80"])
def test_text_that_is_not_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(FormError, match="not UTF-8"):
        parse_form(body)


@pytest.mark.parametrize("body", ["a=1&a=1", "a=1&%61=2", "%61=1&a=2", "a+b=1&a%20b=2", "a=&a=1"])
def test_parameter_is_given_twice_however_its_name_is_escaped(body: str) -> None:
    with pytest.raises(FormError, match="given twice"):
        parse_form(body.encode())


@pytest.mark.parametrize("body", [b"a=\0", b"a=%00", b"%00=1", b"a=1&b=x%00y"])
def test_nul_is_refused(body: bytes) -> None:
    with pytest.raises(FormError, match="NUL"):
        parse_form(body)
