"""Writes small MaxMind DB files (format 2.0), for tests: https://maxmind.github.io/MaxMind-DB/.

``write`` makes an IPv6 database with records of 32 bits; IPv4 networks lie in ::/96.
"""

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

_NODE = struct.Struct(">II")
_SEPARATOR = bytes(16)
_METADATA = b"\xab\xcd\xefMaxMind.com"


def write(path: Path, records: Mapping[str, Any], *, database_type: str = "GeoLite2-City") -> Path:
    """A database at ``path`` with a record for each network; the networks don't overlap."""
    path.write_bytes(database(records, database_type=database_type))
    return path


class Unsigned(NamedTuple):
    """A number of a certain type: ``kind`` is that of the format."""

    kind: int
    number: int


_UINT16, _UINT32, _UINT64 = 5, 6, 9


def database(
    records: Mapping[str, Any], *, database_type: str = "GeoLite2-City", ip_version: int = 6
) -> bytes:
    data = bytearray()
    nodes: list[list[Any]] = [[None, None]]
    for network, record in records.items():
        _place(nodes, _bits(network, ip_version), len(data))
        data += encoded(record)
    tree = b"".join(_NODE.pack(*(_pointer(child, len(nodes)) for child in node)) for node in nodes)
    metadata = {
        "node_count": Unsigned(_UINT32, len(nodes)),
        "record_size": Unsigned(_UINT16, 32),
        "ip_version": Unsigned(_UINT16, ip_version),
        "database_type": database_type,
        "languages": ["en"],
        "binary_format_major_version": Unsigned(_UINT16, 2),
        "binary_format_minor_version": Unsigned(_UINT16, 0),
        "build_epoch": Unsigned(_UINT64, 1_790_000_000),
        "description": {"en": "Written by a test"},
    }
    return tree + _SEPARATOR + bytes(data) + _METADATA + encoded(metadata)


def encoded(value: Any) -> bytes:
    """A value of the data section: map, array, string, boolean, double or unsigned integer."""
    match value:
        case Unsigned():
            number = value.number.to_bytes(8, "big").lstrip(b"\0")
            return _control(value.kind, len(number)) + number
        case Mapping():
            pairs = b"".join(encoded(part) for pair in value.items() for part in pair)
            return _control(7, len(value)) + pairs
        case list():
            return _control(11, len(value)) + b"".join(map(encoded, value))
        case str():
            text = value.encode()
            return _control(2, len(text)) + text
        case bool():
            return _control(14, int(value))
        case float():
            return _control(3, 8) + struct.pack(">d", value)
        case int():
            return encoded(Unsigned(_UINT32, value))
        case _:
            raise TypeError(value)


def _control(kind: int, size: int) -> bytes:
    """The control byte, and what follows it for extended types and for sizes of 29 to 284."""
    shown = min(size, 29)
    more = bytes([size - 29]) if shown == 29 else b""
    return (bytes([shown, kind - 7]) if kind > 7 else bytes([kind << 5 | shown])) + more


def _bits(network: str, ip_version: int) -> str:
    parsed = ip_network(network)
    bits = f"{int(parsed.network_address):0{parsed.max_prefixlen}b}"[: parsed.prefixlen]
    return "0" * 96 + bits if parsed.version == 4 and ip_version == 6 else bits


def _place(nodes: list[list[Any]], bits: str, offset: int) -> None:
    node = 0
    for bit in map(int, bits[:-1]):
        if nodes[node][bit] is None:
            nodes.append([None, None])
            nodes[node][bit] = ("node", len(nodes) - 1)
        node = nodes[node][bit][1]
    nodes[node][int(bits[-1])] = ("data", offset)


def _pointer(child: tuple[str, int] | None, node_count: int) -> int:
    if child is None:
        return node_count
    kind, number = child
    return number if kind == "node" else node_count + len(_SEPARATOR) + number
