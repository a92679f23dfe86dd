"""Which port the demo takes."""

import socket
import sys

import pytest

from pairgrant_server.commands.network import reserved_port


def test_wanted_port_is_picked_if_it_is_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with reserved_port(port) as picked:
        assert picked == port


def test_another_port_is_picked_if_the_wanted_one_is_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with reserved_port(port) as picked:
            assert picked not in {port, 0}


def test_server_listens_on_the_reserved_port() -> None:
    with reserved_port(0) as port, socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("0.0.0.0", port))
        server.listen()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a server could not listen on the port either")
def test_reserved_port_is_taken_by_no_other_process() -> None:
    with reserved_port(0) as port, socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("0.0.0.0", port))
