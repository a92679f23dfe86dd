"""The time zone of the pages is checked before the server starts."""

import pytest

from pairgrant_server.settings import Settings, SettingsError
from pairgrant_server.time_zones import time_zone_of


@pytest.mark.parametrize("name", ["UTC", "Europe/Rome", "America/Argentina/Buenos_Aires", "Etc/GMT+3"])
def test_zone_of_the_database_is_known(name: str) -> None:
    assert str(time_zone_of(name)) == name


@pytest.mark.parametrize("name", ["", "Rome", "Europe", "../etc/passwd", "/etc/localtime", "A" * 99])
def test_unknown_zone_is_a_wrong_setting(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRGRANT_TIME_ZONE", name)
    with pytest.raises(SettingsError, match=r"PAIRGRANT_TIME_ZONE: not a time zone .* Europe/Rome"):
        Settings.load()
