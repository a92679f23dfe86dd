"""What ``run`` refuses at the start: clear text beyond this machine, and a TLS key that others can read."""

from pathlib import Path

import pytest

from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.run import check_transport
from pairgrant_server.settings import Settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"PAIRGRANT_{name.upper()}", raising=False)
    monkeypatch.setenv("PAIRGRANT_DATABASE", f"sqlite:///{tmp_path}/pairgrant.db")


@pytest.fixture
def tls_files(tmp_path: Path) -> dict[str, str]:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    return {"certfile": str(tmp_path / "cert.pem"), "keyfile": str(tmp_path / "key.pem")}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"host": "0.0.0.0", "public_url": "https://pair.example"},
        {"public_url": "http://localhost:8628"},
        {"public_url": "http://pair.localhost:8628"},
        {"public_url": "http://127.0.0.5:8628"},
        {"public_url": "http://[::1]:8628"},
        {"host": "::ffff:127.0.0.1"},
        {"host": "localhost"},
        {"host": "127.1"},
        {"public_url": "http://192.0.2.7:8628", "insecure": True},
    ],
)
def test_https_and_loopback_start_and_plain_http_does_where_it_is_asked_for(options: dict[str, str]) -> None:
    check_transport(Settings.load(**options))


@pytest.mark.parametrize(
    "options",
    [
        {"public_url": "http://pair.example"},
        {"public_url": "HTTP://PAIR.example"},
        {"public_url": "http://192.0.2.7:8628"},
        {"public_url": "http://localhost.example"},
        {"host": "192.0.2.7"},
        {"host": "::ffff:192.0.2.7"},
        {"host": "tv.local", "port": 80},
    ],
)
def test_plain_http_beyond_this_machine_needs_insecure(options: dict[str, str]) -> None:
    with pytest.raises(CommandError, match="--insecure"):
        check_transport(Settings.load(**options))


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o660, 0o620])
def test_tls_key_that_others_can_read_or_change_is_refused_with_the_chmod_to_type(
    tls_files: dict[str, str], mode: int
) -> None:
    key = Path(tls_files["keyfile"])
    key.chmod(mode)
    with pytest.raises(CommandError) as refusal:
        check_transport(Settings.load(**tls_files))
    assert str(refusal.value).endswith(f"chmod g-w,o-rwx {key}")


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_tls_key_of_the_owner_and_a_group_is_taken(tls_files: dict[str, str], mode: int) -> None:
    """Debian's group ssl-cert reads the keys in /etc/ssl/private."""
    Path(tls_files["keyfile"]).chmod(mode)
    check_transport(Settings.load(**tls_files))
