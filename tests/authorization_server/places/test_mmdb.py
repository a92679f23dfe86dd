"""Places from MaxMind DB files, which these tests write themselves and ``maxminddb`` reads."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import maxminddb
import pytest
from structlog.testing import capture_logs

from pairgrant_server.authorization_server.places.mmdb import LOOKS_EVERY, MmdbPlaces
from pairgrant_server.authorization_server.places.places import Place, PlacesError
from tests.authorization_server.hand_clock import HandClock
from tests.authorization_server.places.mmdb_writer import database, write

MILAN = "81.2.69.0/24"
AT_MILAN = "81.2.69.160"
CITY: dict[str, Any] = {
    "city": {"names": {"de": "Mailand", "en": "Milan"}},
    "country": {"iso_code": "IT", "names": {"en": "Italy"}},
    "location": {"latitude": 45.46, "accuracy_radius": 20},
    "subdivisions": [{"names": {"en": "Lombardy"}}],
}
ASN = {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Telecom"}

Opening = Callable[..., MmdbPlaces]


@pytest.fixture
def opened(tmp_path: Path, clock: HandClock) -> Iterator[Opening]:
    """Opens a file of each mapping from networks to records."""
    places: list[MmdbPlaces] = []

    def make(*databases: dict[str, Any]) -> MmdbPlaces:
        files = [write(tmp_path / f"{number}.mmdb", records) for number, records in enumerate(databases)]
        places.append(MmdbPlaces.open(files, clock))
        return places[-1]

    yield make
    for one in places:
        one.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_writer_of_these_tests_writes_what_the_reader_of_the_format_reads(tmp_path: Path) -> None:
    long = {"long": "x" * 200, "many": {f"key {number}": number for number in range(40)}, "yes": True}
    path = write(tmp_path / "a.mmdb", {MILAN: CITY, "2a02:6b8::/32": long})
    for mode in (maxminddb.MODE_FILE, maxminddb.MODE_AUTO):
        with maxminddb.open_database(path, mode) as reader:
            assert reader.get_with_prefix_len(AT_MILAN) == (CITY, 24)
            assert reader.get("2a02:6b8::1") == long
            assert reader.get("81.2.70.1") is None
            assert reader.metadata().database_type == "GeoLite2-City"
            assert [str(network) for network, _ in reader] == [MILAN, "2a02:6b8::/32"]


class TestPlace:
    def test_city_country_and_operator_come_from_any_of_the_files(self, opened: Opening) -> None:
        places = opened({MILAN: CITY}, {MILAN: ASN})
        assert places.place(AT_MILAN) == Place("Milan", "Italy", "Example Telecom")
        assert str(places.place(AT_MILAN)) == "Milan, Italy, Example Telecom"

    def test_operator_that_people_know_comes_before_that_of_the_routes(self, opened: Opening) -> None:
        places = opened({MILAN: {**ASN, "isp": "Example Mobile", "organization": "Example School"}})
        assert places.place(AT_MILAN) == Place(operator="Example Mobile")

    def test_network_of_an_ipv6_caller_is_where_its_addresses_are(self, opened: Opening) -> None:
        places = opened({"2a02:6b8::/32": CITY})
        assert places.place("2a02:6b8:0:100::/56") == Place("Milan", "Italy")

    def test_mapped_address_is_the_ipv4_address(self, opened: Opening) -> None:
        assert opened({MILAN: CITY}).place(f"::ffff:{AT_MILAN}") == Place("Milan", "Italy")

    @pytest.mark.parametrize(
        "address",
        ["10.0.0.1", "127.0.0.1", "::1", "fe80::1", "fd00::1", "192.168.1.1", "100.64.0.1", "169.254.1.1"],
    )
    def test_private_address_has_no_place_whatever_a_file_says(self, opened: Opening, address: str) -> None:
        places = opened({"0.0.0.0/1": {**CITY, **ASN}, "128.0.0.0/1": {**CITY}, "fc00::/6": CITY})
        assert places.place(address) is None
        assert not places.is_hosting(address)

    @pytest.mark.parametrize("address", ["", "unknown", "unknown, perhaps 81.2.69.160", "81.2.70.1", "x/y"])
    def test_unknown_address_has_no_place(self, opened: Opening, address: str) -> None:
        assert opened({MILAN: CITY}).place(address) is None

    def test_ipv6_address_has_no_place_in_a_database_of_ipv4(self, tmp_path: Path) -> None:
        path = tmp_path / "4.mmdb"
        path.write_bytes(database({MILAN: CITY}, ip_version=4))
        places = MmdbPlaces.open([path])
        with capture_logs() as logs:
            assert places.place("2a02:6b8::1") is None
            assert places.place(AT_MILAN) == Place("Milan", "Italy")
        assert not logs
        places.close()

    def test_names_of_a_file_are_shown_as_one_short_line(self, opened: Opening) -> None:
        places = opened({MILAN: {"city": "Mi\u202elan\n", "country": {"names": {"en": "x" * 200}}}})
        place = places.place(AT_MILAN)
        assert place is not None
        assert place.city == "Mi\\u202elan"
        assert len(place.country) < 70

    @pytest.mark.parametrize(
        "record",
        [
            *(
                "text",
                ["list"],
                7,
                {},
                {"city": 7},
                {"city": {"names": "Milan"}},
                {"city": {"names": {"en": 1}}},
            ),
            *({"traits": "x"}, {"country": {"names": {"de": "Italien"}}}, {"asn": "ASx"}, {"asn": "AS"}),
        ],
    )
    def test_odd_record_says_nothing(self, opened: Opening, record: Any) -> None:
        places = opened({MILAN: record})
        assert places.place(AT_MILAN) is None
        assert not places.is_hosting(AT_MILAN)


class TestHosting:
    @pytest.mark.parametrize(
        "record",
        [
            {"is_hosting_provider": True},
            {"traits": {"user_type": "hosting"}},
            {"autonomous_system_number": 24940},
            {"traits": {"autonomous_system_number": 24940}},
            {"asn": "AS24940", "as_name": "Hetzner Online GmbH"},
        ],
    )
    def test_hosting_provider_is_recognised(self, opened: Opening, record: Any) -> None:
        places = opened({MILAN: CITY}, {MILAN: record})
        assert places.is_hosting(AT_MILAN)
        assert not places.is_hosting("81.2.70.1")

    @pytest.mark.parametrize(
        "record", [ASN, {"is_hosting_provider": False}, {"traits": {"user_type": "school"}}]
    )
    def test_other_networks_are_not_hosting(self, opened: Opening, record: Any) -> None:
        assert not opened({MILAN: record}).is_hosting(AT_MILAN)


class TestFiles:
    def test_each_file_that_is_not_usable_is_named_with_what_to_do(self, tmp_path: Path) -> None:
        good, torn, text = (tmp_path / name for name in ("good.mmdb", "torn.mmdb", "text.mmdb"))
        write(good, {MILAN: CITY})
        torn.write_bytes(good.read_bytes()[:-200])
        text.write_text("no database")
        with pytest.raises(PlacesError) as refused:
            MmdbPlaces.open([tmp_path / "none.mmdb", good, torn, text, tmp_path])
        said = str(refused.value)
        assert said.startswith("PAIRGRANT_GEOIP: there is no file ")
        assert str(good) not in said
        for path in (torn, text):
            assert f"{path} is no database of the format MaxMind DB (.mmdb); download it again" in said
        assert f"{tmp_path} can't be read (no regular file); make it" in said

    def test_replaced_file_is_read_again(self, opened: Opening, tmp_path: Path, clock: HandClock) -> None:
        places = opened({MILAN: CITY})
        new = write(tmp_path / "new.mmdb", {MILAN: {**CITY, "city": {"names": {"en": "Turin"}}}})
        new.replace(tmp_path / "0.mmdb")
        clock.advance(LOOKS_EVERY - 1)
        assert places.place(AT_MILAN) == Place("Milan", "Italy")
        clock.advance(1)
        assert places.place(AT_MILAN) == Place("Turin", "Italy")

    @pytest.mark.parametrize("replacement", [None, b"", b"half of a database"])
    def test_open_file_goes_on_while_its_replacement_is_broken(
        self, opened: Opening, tmp_path: Path, clock: HandClock, replacement: bytes | None
    ) -> None:
        places = opened({MILAN: CITY})
        path = tmp_path / "0.mmdb"
        path.unlink()
        if replacement is not None:
            path.write_bytes(replacement)
        with capture_logs() as logs:
            for _ in range(3):
                clock.advance(LOOKS_EVERY)
                assert places.place(AT_MILAN) == Place("Milan", "Italy")
        (line,) = logs
        assert line["path"] == str(path)
        write(path, {MILAN: {"city": "Turin"}})
        clock.advance(LOOKS_EVERY)
        assert places.place(AT_MILAN) == Place("Turin")

    def test_file_that_is_overwritten_in_place_crashes_nothing(
        self, opened: Opening, tmp_path: Path, clock: HandClock
    ) -> None:
        places = opened({MILAN: CITY})
        path = tmp_path / "0.mmdb"
        whole = path.read_bytes()
        for size in range(0, len(whole), 97):
            os.truncate(path, 0)
            path.write_bytes(whole[:size])
            places.place(AT_MILAN)
            places.is_hosting("81.2.70.1")
        path.write_bytes(whole)
        clock.advance(LOOKS_EVERY)
        assert places.place(AT_MILAN) == Place("Milan", "Italy")

    def test_damaged_bytes_crash_nothing(self, tmp_path: Path) -> None:
        whole = database({MILAN: {**CITY, **ASN}})
        path = tmp_path / "damaged.mmdb"
        for at in range(0, len(whole), 3):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
            try:
                places = MmdbPlaces.open([path])
            except PlacesError:
                continue
            places.place(AT_MILAN)
            places.is_hosting(AT_MILAN)
            places.close()
