"""Changes that spoil a good request: its parameters, its headers and its bytes."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from hypothesis import strategies as st

from tests.fuzz.sent import JSON, Sent

_WHICH = st.integers(0, 20)


def changes(names: Any, values: Any, headers: Any, elsewhere: Any = None) -> Any:
    """Draws of up to three changes; ``headers`` draws lists of them, ``elsewhere`` other addresses."""
    kinds = [
        st.tuples(st.just("drop"), _WHICH),
        st.tuples(st.just("twice"), _WHICH),
        st.tuples(st.just("replace"), _WHICH, values),
        st.tuples(st.just("rename"), _WHICH, names),
        st.tuples(st.just("add"), names, values),
        st.tuples(st.just("flip"), _WHICH, st.integers(0, 2000), st.characters()),
        st.tuples(st.just("cut"), _WHICH, st.integers(0, 200)),
        st.tuples(st.just("more_headers"), headers),
        st.tuples(st.just("headless"), _WHICH),
        st.tuples(st.just("other_method"), st.sampled_from(["GET", "PUT", "HEAD", ""])),
        st.tuples(st.just("insert"), st.integers(0, 3000), st.binary(max_size=4)),
        st.tuples(st.just("repeat")),
    ]
    if elsewhere is not None:
        kinds.append(st.tuples(st.just("elsewhere"), elsewhere))
    return st.lists(st.one_of(kinds), max_size=3)


class Spoiling:
    """``times`` is how often it is sent."""

    def __init__(self, sent: Sent) -> None:
        self.times = 1
        self._method, self._path, self._headers = sent.method, sent.path, list(sent.headers)
        self._is_query = bool(sent.query)
        self._raw = sent.body if JSON in sent.headers else None
        text = sent.query if self._is_query else sent.body
        self._pairs = [] if self._raw is not None else parse_qsl(text.decode(), keep_blank_values=True)

    def change(self, kind: str, *how: Any) -> None:
        if kind in {"drop", "twice", "replace", "rename", "flip", "cut"}:
            if self._pairs:
                at = how[0] % len(self._pairs)
                self._pairs[at : at + 1] = self._changed(kind, *self._pairs[at], *how[1:])
            return
        getattr(self, f"_{kind}")(*how)

    @staticmethod
    def _changed(kind: str, name: str, value: str, *how: Any) -> list[tuple[str, str]]:
        match kind, how:
            case "drop", _:
                return []
            case "twice", _:
                return [(name, value), (name, value)]
            case "replace", (other,):
                return [(name, other)]
            case "rename", (other,):
                return [(other, value)]
            case "cut", (length,):
                return [(name, value[:length])]
            case "flip", (where, character):
                where %= len(value) + 1
                return [(name, value[:where] + character + value[where + 1 :])]
        raise AssertionError(kind)

    def _add(self, name: str, value: str) -> None:
        self._pairs.append((name, value))

    def _more_headers(self, more: Any) -> None:
        self._headers += more

    def _headless(self, number: int) -> None:
        if self._headers:
            del self._headers[number % len(self._headers)]

    def _other_method(self, method: str) -> None:
        self._method = method

    def _elsewhere(self, path: str) -> None:
        self._path = path

    def _insert(self, where: int, what: bytes) -> None:
        raw = self._body
        self._raw = raw[: where % (len(raw) + 1)] + what + raw[where % (len(raw) + 1) :]

    def _repeat(self) -> None:
        self.times = 2

    @property
    def _body(self) -> bytes:
        return urlencode(self._pairs, errors="surrogatepass").encode() if self._raw is None else self._raw

    def sent(self) -> Sent:
        query, body = (self._body, b"") if self._is_query else (b"", self._body)
        return Sent(self._method, self._path, query, tuple(self._headers), body)
