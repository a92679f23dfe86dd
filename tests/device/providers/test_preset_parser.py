"""A preset's file is read strictly: what is wrong is one sentence with the file and the key."""

import pytest

from pairgrant.providers.preset import Preset
from pairgrant.providers.preset_files import BUILT_IN, load_preset, preset_names
from pairgrant.providers.preset_parser import PresetError, parse_preset

LEAST = 'about = "A server"\n'
ENDPOINTS = '[endpoints]\ndevice = "https://a.example/d"\ntoken = "https://a.example/t"\n'


def parsed(text: str) -> Preset:
    return parse_preset(text, name="mine", place="/home/me/mine.toml", is_own=True)


def test_preset_with_a_text_about_it_alone_is_the_rfc() -> None:
    preset = parsed(LEAST)
    default = Preset("mine", "A server", place="/home/me/mine.toml")
    assert preset == default


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "about is missing"),
        ("about = 3", "about has to be a text in quotes"),
        ('about = "a\\u001b[2J"', "about has a character that can't be shown"),
        ("about =", "Invalid value"),
        (f"{LEAST}abuot = 1", "abuot is unknown (did you mean about?)"),
        (f"{LEAST}discovery = 1", "discovery has to be true or false, without quotes"),
        (f"{LEAST}idle_days = true", "idle_days has to be a whole number without quotes"),
        (f"{LEAST}idle_days = 0", "idle_days has to be a positive number"),
        (f'{LEAST}notes = ["a", 2]', "notes has to be a list of texts"),
        (f'{LEAST}client_secret = "maybe"', "'maybe' is none of them"),
        (f'{LEAST}issuer = "ftp://a.example"', "issuer has to be an http or https address"),
        (f'{LEAST}issuer = "https://{{tenant}}.example"', "issuer has the unknown variable tenant"),
        (f"{LEAST}discovery = false", "without discovery it needs endpoints.device and endpoints.token"),
        (f"{LEAST}start = 3", "start has to be a table"),
        (f'{LEAST}[start]\nmethod = "PUT"', "start.method has to be POST, GET"),
        (f'{LEAST}[start]\nmethod = "GET"', "start.body has to be query, because a GET has no body"),
        (f'{LEAST}[start]\nparms = {{ a = "b" }}', "start.parms is unknown (did you mean params?)"),
        (f"{LEAST}[poll]\nparams = {{ a = 1 }}", "poll.params has to be a table of texts"),
        (f'{LEAST}[poll]\nparams = {{ a = "{{b}}" }}', "poll.params.a has the unknown variable b"),
        (f'{LEAST}[code.names]\ncode = "x"', "code.names.code is no member of the RFC"),
        (f"{LEAST}[code.names]\nuser_code = 1", "code.names.user_code has to be a name or a list of names"),
        (f'{LEAST}[variables.issuer]\nabout = "a"', "variables.issuer is no name for a variable"),
        (f"{LEAST}[variables.tenant]", "variables.tenant.about is missing"),
        (f"{LEAST}[rules]", "rules has to be a list of tables, [[rules]]"),
        (f"{LEAST}[[rules]]\nstatus = 400", "rules[1].means is missing"),
        (f'{LEAST}[[rules]]\nmeans = "pending"', "rules[1].means needs a status or a member beside it"),
        (f'{LEAST}[[rules]]\nmeans = "granted"\nstatus = 200', "rules[1].means has to be"),
        (f'{LEAST}[[rules]]\nmeans = "pending"\nmember = "a"', "rules[1].values belongs to a member"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_the_key(text: str, problem: str) -> None:
    with pytest.raises(PresetError) as refused:
        parsed(text)
    message = str(refused.value)
    assert message.startswith("/home/me/mine.toml can't be used: ")
    assert problem in message
    assert "\x1b" not in message
    assert message.endswith(".")


def test_secret_of_the_client_is_no_part_of_an_address() -> None:
    text = LEAST + ENDPOINTS + 'poll = "https://a.example/{client_secret}"'
    with pytest.raises(PresetError, match=r"endpoints\.poll has the unknown variable client_secret"):
        parsed(text)


@pytest.mark.parametrize("name", preset_names())
def test_built_in_preset_says_where_its_facts_come_from(name: str) -> None:
    preset = load_preset(name)
    assert preset.sources
    assert preset.place == "built in"
    assert all(note.endswith(".") for note in preset.notes)


@pytest.mark.parametrize("name", preset_names())
def test_built_in_preset_sends_everything_over_tls(name: str) -> None:
    assert "http://" not in (BUILT_IN / f"{name}.toml").read_text()
