"""The language of the commands: what a person reads follows it, what programs and operators read doesn't."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pairgrant.translation import gettext, languages, use_language
from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]

NOWHERE = "http://127.0.0.1:1"
"""An address without a server."""

ENDED = "The server has ended this sign-in: it was revoked or has expired. Sign in again to continue."


@pytest.mark.parametrize("language", languages())
def test_plain_kiosk_speaks_the_language_of_its_option(
    start_server: Start, run_pairgrant: Run, language: str
) -> None:
    server = start_server(lifetime=2)
    use_language(language)
    said = [
        gettext("To connect this device:"),
        gettext("  2. Enter  {code}", code="WDJB-MJHT"),
        gettext("This screen is connected."),
        gettext("Hello, {name}.", name="Ada Lovelace"),
    ]
    kiosk = run_pairgrant("kiosk", "--no-auto", "--language", language, issuer=server.issuer)
    kiosk.until(said[1])
    server.person("approve")
    kiosk.until(said[3])
    server.person("revoke")
    code, out, err = kiosk.end()
    assert code == 5
    assert all(text in out for text in said)
    assert gettext(ENDED) in err


def test_locale_chooses_the_language(run_pairgrant: Run) -> None:
    _, _, err = run_pairgrant("login", "--plain", issuer=NOWHERE, LC_MESSAGES="it_IT.UTF-8").end()
    assert "http://127.0.0.1:1 non è raggiungibile." in err


@pytest.mark.parametrize("locale", ["xx_XX.UTF-8", "C", "C.UTF-8", "", "\x1b[2J"])
def test_locale_without_a_catalogue_is_english(run_pairgrant: Run, locale: str) -> None:
    _, _, err = run_pairgrant("login", "--plain", issuer=NOWHERE, LC_MESSAGES="", LANG=locale).end()
    assert "http://127.0.0.1:1 can't be reached." in err


def test_unknown_language_of_the_variable_is_named_with_those_there_are(run_pairgrant: Run) -> None:
    code, _, err = run_pairgrant("kiosk", "--plain", issuer=NOWHERE, PAIRGRANT_LANGUAGE="xx").end()
    assert code != 0
    assert "PAIRGRANT_LANGUAGE can't be used: 'xx' is not en, de, es, fr or it." in err


def test_json_is_the_same_in_every_language(run_pairgrant: Run) -> None:
    outputs = {
        run_pairgrant("login", "--json", issuer=NOWHERE, LC_MESSAGES=f"{language}_XX.UTF-8").end()[1]
        for language in languages()
    }
    (output,) = outputs
    assert json.loads(output)["message"].startswith("http://127.0.0.1:1 can't be reached.")


def test_log_file_is_english(start_server: Start, run_pairgrant: Run, tmp_path: Path) -> None:
    server, log = start_server(lifetime=2), tmp_path / "kiosk.log"
    kiosk = run_pairgrant(
        "kiosk", "--no-auto", "--language", "de", "--log-file", str(log), issuer=server.issuer
    )
    kiosk.until("WDJB-MJHT")
    server.person("approve")
    kiosk.until("Ada")
    server.person("revoke")
    assert "Der Server hat diese Anmeldung beendet" in kiosk.end()[2]
    assert f"not connected: {ENDED}" in log.read_text()
