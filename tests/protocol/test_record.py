"""``record``: mypy checks this file, and an unused ``type: ignore`` is an error."""

from dataclasses import field, replace

from pairgrant_protocol.record import record


@record
class Grant:
    client_id: str
    digest: bytes = field(default=b"", repr=False)


def test_assigning_a_field_is_an_error_for_the_type_checker() -> None:
    grant = Grant("lobby-tv")

    grant.client_id = "another"  # type: ignore[misc]


def test_equal_records_have_one_hash() -> None:
    assert {Grant("lobby-tv"), Grant("lobby-tv")} == {Grant("lobby-tv")}


def test_replace_makes_another_record() -> None:
    grant = Grant("lobby-tv")

    assert (replace(grant, client_id="another").client_id, grant.client_id) == ("another", "lobby-tv")


def test_repr_leaves_out_what_the_field_hides() -> None:
    assert repr(Grant("lobby-tv", b"secret")) == "Grant(client_id='lobby-tv')"


def test_further_attributes_have_no_place() -> None:
    assert not hasattr(Grant("lobby-tv"), "__dict__")
