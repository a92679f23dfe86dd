"""Identifiers of rows."""

from pairgrant_server.authorization_server.secrets.identifiers import first_id_at, new_id

NOW = 1_790_000_000.0


def test_identifiers_are_in_the_order_of_time() -> None:
    earlier, later = (
        new_id(NOW, lambda size: b"\xff" * size),
        new_id(NOW + 0.001, bytes),
    )
    assert earlier < later
    assert first_id_at(NOW) <= earlier < first_id_at(NOW + 0.001) <= later
