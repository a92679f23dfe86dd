"""Static files, compressed once and served from memory."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec

from starlette.types import Receive, Scope, Send

Encoder = Callable[[bytes], bytes]

IMMUTABLE = "public, max-age=31536000, immutable"
"""For a URL whose content never changes, because a version or a digest is part of it."""

ONE_DAY = "public, max-age=86400"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent."""

    content: bytes = field(repr=False)
    media_type: str
    cache_control: str = IMMUTABLE


def digest_of(content: bytes) -> str:
    """A short digest of the content, for use in its URL."""
    return sha256(content).hexdigest()[:16]


def available_encoders() -> dict[str, Encoder]:
    """Content codings by name, the best first: brotli if its package is installed, and gzip."""
    encoders: dict[str, Encoder] = {}
    if find_spec("brotli") is not None:
        encoders["br"] = import_module("brotli").compress
    encoders["gzip"] = lambda content: gzip.compress(content, compresslevel=9, mtime=0)
    return encoders


@dataclass(frozen=True, slots=True)
class _Representation:
    body: bytes
    headers: list[tuple[bytes, bytes]]


class StaticFiles:
    """An ASGI app for a fixed set of paths; ask ``path in files`` first."""

    def __init__(
        self, files: Mapping[str, StaticFile], encoders: Mapping[str, Encoder] | None = None
    ) -> None:
        coders = available_encoders() if encoders is None else encoders
        self._files = {path: _representations(file, coders) for path, file in files.items()}

    def __contains__(self, path: object) -> bool:
        return path in self._files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        if scope["method"] not in {"GET", "HEAD"}:
            headers = [(b"allow", b"GET, HEAD"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 405, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        representations = self._files[scope["path"]]
        accepted = _accepted_codings(scope["headers"])
        chosen = next((name for name in representations if name in accepted), "identity")
        representation = representations[chosen]
        await send({"type": "http.response.start", "status": 200, "headers": representation.headers})
        body = b"" if scope["method"] == "HEAD" else representation.body
        await send({"type": "http.response.body", "body": body})


def _representations(file: StaticFile, encoders: Mapping[str, Encoder]) -> dict[str, _Representation]:
    """By coding, the best first; codings that do not make the file smaller are left out."""
    coded = {name: encode(file.content) for name, encode in encoders.items()}
    smaller = {name: body for name, body in coded.items() if len(body) < len(file.content)}
    bodies = {**smaller, "identity": file.content}
    return {name: _Representation(body, _headers(file, name, len(body))) for name, body in bodies.items()}


def _headers(file: StaticFile, coding: str, length: int) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", file.media_type.encode()),
        (b"content-length", b"%d" % length),
        (b"cache-control", file.cache_control.encode()),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    if file.media_type.startswith("image/"):  # opened by itself, an SVG is a document of this origin
        # Firefox holds an SVG in <img> to it too, which would be black without its own styles.
        headers.append(
            (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox")
        )
    if coding != "identity":
        headers.append((b"content-encoding", coding.encode()))
    return headers


def _accepted_codings(headers: list[tuple[bytes, bytes]]) -> frozenset[str]:
    """The codings in ``Accept-Encoding``, without those refused by ``q=0`` (RFC 9110 §12.5.3)."""
    accepted = set()
    for name, value in headers:
        if name != b"accept-encoding":
            continue
        for item in value.decode("latin-1").lower().split(","):
            coding, _, weight = item.partition(";")
            if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
                accepted.add(coding.strip())
    return frozenset(accepted)
