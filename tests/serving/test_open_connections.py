"""Bounds on connections: who gives way, who is refused, and whom neither concerns."""

from pairgrant_server.serving.open_connections import OpenConnections


def test_silent_connections_in_all_are_bounded_across_networks() -> None:
    connections: OpenConnections[int] = OpenConnections(in_all=100, per_network=40)
    admissions = [connections.admit(number, f"192.0.2.{number}") for number in range(30)]
    assert all(admission.is_admitted for admission in admissions)
    assert [admission.gives_way for admission in admissions] == [None] * 10 + list(range(20))
    assert len(connections) == 10


def test_connections_with_requests_are_never_closed_for_others() -> None:
    connections: OpenConnections[int] = OpenConnections(in_all=10, per_network=10)
    for number in range(10):
        assert connections.admit(number, f"192.0.2.{number}").is_admitted
        connections.has_sent_head(number)
    assert not connections.admit(10, "198.51.100.1").is_admitted
    connections.release(3)
    connections.release(3)
    assert connections.admit(11, "198.51.100.1") == (True, None)


def test_trusted_proxy_has_no_bound_of_a_network() -> None:
    connections: OpenConnections[int] = OpenConnections(
        in_all=1000, per_network=4, is_exempt=lambda address: address == "10.0.0.1"
    )
    for number in range(50):
        assert connections.admit(number, "10.0.0.1") == (True, None)


def test_addresses_of_one_subscriber_share_a_bound() -> None:
    connections: OpenConnections[int] = OpenConnections(in_all=1000, per_network=4)
    assert connections.admit(1, "2001:db8::1") == (True, None)
    assert connections.admit(2, "2001:db8::2") == (True, 1)


def test_ipv6_48_has_the_connections_of_three_networks() -> None:
    connections: OpenConnections[int] = OpenConnections(in_all=1000, per_network=4)
    for number in range(100):
        if connections.admit(number, f"2001:db8:1:{number:02x}00::1").is_admitted:
            connections.has_sent_head(number)
    assert len(connections) == 3 * 4
    assert connections.admit(100, "2001:db8:2::1") == (True, None)


def test_connections_of_a_trusted_proxy_count_for_none_of_its_neighbours() -> None:
    connections: OpenConnections[int] = OpenConnections(
        in_all=1000, per_network=4, is_exempt=lambda address: address == "2001:db8:1::1"
    )
    for number in range(50):
        connections.admit(number, "2001:db8:1::1")
    assert connections.admit(50, "2001:db8:1:100::1") == (True, None)


def test_released_connections_leave_nothing_behind() -> None:
    connections: OpenConnections[int] = OpenConnections()
    for number in range(10):
        connections.admit(number, f"192.0.2.{number}" if number < 5 else f"2001:db8::{number}")
        if number % 2:
            connections.has_sent_head(number)
        connections.release(number)
    assert (connections._networks, connections._count, connections._silent) == ({}, {}, {})
    assert connections._silent_by_network == {}
