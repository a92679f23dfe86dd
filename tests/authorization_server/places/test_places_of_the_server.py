"""``PAIRGRANT_GEOIP``: from the setting to the pages, the evidence and the lines of the log."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pairgrant_server.authorization_server.places.places import NO_PLACES, Place, PlacesError
from pairgrant_server.backend import open_backend
from pairgrant_server.security_events import SecurityEvent, emit, write_counts
from pairgrant_server.settings import Settings
from tests.authorization_server.places.mmdb_writer import write
from tests.authorization_server.places.test_mmdb import ASN, AT_MILAN, CITY, MILAN


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    city, asn = write(tmp_path / "city.mmdb", {MILAN: CITY}), write(tmp_path / "asn.mmdb", {MILAN: ASN})
    return Settings.load(database=f"sqlite:///{tmp_path / 'pairgrant.db'}", geoip=f"{city}, {asn},")


async def test_server_knows_the_places_of_the_files(settings: Settings) -> None:
    async with open_backend(settings, serving=True) as backend:
        assert backend.parts.places.place(AT_MILAN) == Place("Milan", "Italy", "Example Telecom")


async def test_command_opens_no_file_of_places(settings: Settings) -> None:
    """A broken file must not keep an operator from locking an account."""
    broken = settings.model_copy(update={"geoip": "/nowhere.mmdb"})
    async with open_backend(broken) as backend:
        assert backend.parts.places is NO_PLACES


async def test_server_does_not_start_with_a_file_that_is_not_usable(settings: Settings) -> None:
    broken = settings.model_copy(update={"geoip": f"{settings.geoip}/nowhere.mmdb"})
    with pytest.raises(PlacesError, match=r"^PAIRGRANT_GEOIP: there is no file /nowhere\.mmdb; correct"):
        async with open_backend(broken, serving=True):
            pass


async def test_events_name_the_places_of_the_caller_and_of_the_device(settings: Settings) -> None:
    with capture_logs() as logs:
        async with open_backend(settings, serving=True):
            emit(SecurityEvent.APPROVAL_HELD, network=AT_MILAN, address=AT_MILAN)
            for _ in range(3):
                emit(SecurityEvent.CODE_UNKNOWN, network=AT_MILAN)
            write_counts(at_end=True)
        emit(SecurityEvent.APPROVAL_HELD, network=AT_MILAN)
    milan = "Milan, Italy, Example Telecom"
    held, unknown, counted, closed = logs
    assert (held["place"], held["device_place"]) == (milan, milan)
    assert (unknown["place"], "device_place" in unknown) == (milan, False)
    assert (counted["place"], counted["count"]) == (milan, 2)
    assert "place" not in closed
