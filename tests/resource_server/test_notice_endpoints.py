"""The API itself: reading, posting, removing; methods, bodies, caching, and text that means harm."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, MutableMapping
from typing import Any, Never

import httpx
import pytest

from pairgrant_server.resource_server.http import ResourceRequest
from pairgrant_server.resource_server.notice_boards import NoticeBoards
from pairgrant_server.resource_server.notice_endpoints import NoticeEndpoints
from pairgrant_server.resource_server.resource_server import ResourceServer

Mint = Callable[..., str]

NOTICES = "/board/notices"


async def no_body() -> Never:
    raise AssertionError("a GET has no body")


async def post(device: httpx.AsyncClient, text: str) -> httpx.Response:
    return await device.post(NOTICES, json={"text": text})


class TestPaths:
    async def test_a_notice_is_posted_read_and_removed(self, device: httpx.AsyncClient) -> None:
        posted = await post(device, " Milk ")
        assert posted.status_code == 201
        assert posted.json() == {"id": "n1", "text": "Milk", "created_at": 1790000000}
        read = await device.get(NOTICES)
        assert read.json() == {"notices": [posted.json()]}
        removed = await device.delete(f"{NOTICES}/n1")
        assert (removed.status_code, removed.content) == (204, b"")
        assert (await device.get(NOTICES)).json() == {"notices": []}

    async def test_devices_are_told_where_a_person_posts_notices(self, board: NoticeBoards) -> None:
        request = ResourceRequest.of({"type": "http", "method": "GET", "path": "/", "headers": []}, no_body)
        response = await NoticeEndpoints(board, "https://pair.example/board").read(request, "u1")
        assert json.loads(response.body) == {"notices": [], "page": "https://pair.example/board"}

    async def test_a_token_reaches_no_board_but_its_subjects(
        self, device: httpx.AsyncClient, stranger: httpx.AsyncClient, mint: Mint
    ) -> None:
        await post(device, "Milk")
        other = {"authorization": f"Bearer {mint(sub='u2')}"}
        assert (await stranger.get(NOTICES, headers=other)).json() == {"notices": []}
        assert (await stranger.delete(f"{NOTICES}/n1", headers=other)).status_code == 404
        assert len((await device.get(NOTICES)).json()["notices"]) == 1

    async def test_client_without_a_user_has_no_board(self, stranger: httpx.AsyncClient, mint: Mint) -> None:
        """RFC 9068 §2.2: its token's subject is the client."""
        own = {"authorization": f"Bearer {mint(sub='robot', client_id='robot')}"}
        response = await stranger.get(NOTICES, headers=own)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_token")

    async def test_a_full_board_is_a_conflict(self, device: httpx.AsyncClient) -> None:
        statuses = [(await post(device, f"Notice {number}")).status_code for number in range(51)]
        assert statuses == [201] * 50 + [409]

    async def test_removing_what_is_not_there_is_not_found(self, device: httpx.AsyncClient) -> None:
        assert (await device.delete(f"{NOTICES}/n1")).status_code == 404

    @pytest.mark.parametrize("notice", ["", "..", "n1/x", "%2e%2e%2fnotices", "x" * 65, "n%00", "n1%0a"])
    async def test_impossible_notice_identifier_is_404_without_a_lookup(
        self, device: httpx.AsyncClient, troubles: set[str], notice: str
    ) -> None:
        troubles.add("store")
        assert (await device.delete(f"{NOTICES}/{notice}")).status_code == 404

    async def test_unavailable_store_is_503_with_retry_after(
        self, device: httpx.AsyncClient, troubles: set[str]
    ) -> None:
        troubles.add("store")
        for response in (
            await device.get(NOTICES),
            await post(device, "Milk"),
            await device.delete(f"{NOTICES}/n1"),
        ):
            assert response.status_code == 503
            assert response.headers["retry-after"] == "5"
            assert response.json()["error"] == "temporarily_unavailable"


class TestCaching:
    async def test_an_unchanged_board_is_not_sent_again(self, device: httpx.AsyncClient) -> None:
        await post(device, "Milk")
        first = await device.get(NOTICES)
        again = await device.get(NOTICES, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        await post(device, "Bread")
        changed = await device.get(NOTICES, headers={"if-none-match": first.headers["etag"]})
        assert changed.status_code == 200
        assert changed.headers["etag"] != first.headers["etag"]

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ("{}", 304),
            ("W/{}", 304),
            ('"other", {}', 304),
            ('"other",W/{},"more"', 304),
            ("*", 304),
            ('"other"', 200),
            ("", 200),
            ("garbage", 200),
        ],
    )
    async def test_entity_tags_are_compared_weakly(
        self, device: httpx.AsyncClient, form: str, status: int
    ) -> None:
        etag = (await device.get(NOTICES)).headers["etag"]
        response = await device.get(NOTICES, headers={"if-none-match": form.format(etag)})
        assert response.status_code == status

    async def test_response_may_not_be_cached_by_intermediaries(self, device: httpx.AsyncClient) -> None:
        read = await device.get(NOTICES)
        assert (read.headers["cache-control"], read.headers["vary"]) == ("private, no-cache", "authorization")
        unchanged = await device.get(NOTICES, headers={"if-none-match": "*"})
        assert unchanged.headers["cache-control"] == "private, no-cache"
        assert (await post(device, "Milk")).headers["cache-control"] == "no-store"

    async def test_entity_tag_without_token_is_401(self, stranger: httpx.AsyncClient) -> None:
        response = await stranger.get(NOTICES, headers={"if-none-match": "*"})
        assert response.status_code == 401


class TestMethods:
    @pytest.mark.parametrize(
        ("path", "method", "allow"),
        [
            (NOTICES, "PUT", "GET, HEAD, OPTIONS, POST"),
            (NOTICES, "DELETE", "GET, HEAD, OPTIONS, POST"),
            (NOTICES, "get", "GET, HEAD, OPTIONS, POST"),
            (NOTICES, "TRACE", "GET, HEAD, OPTIONS, POST"),
            (f"{NOTICES}/n1", "GET", "DELETE, OPTIONS"),
            (f"{NOTICES}/n1", "HEAD", "DELETE, OPTIONS"),
            ("/.well-known/oauth-protected-resource/board", "POST", "GET, HEAD, OPTIONS"),
        ],
    )
    async def test_unsupported_method_is_405_with_allow(
        self, server: ResourceServer, path: str, method: str, allow: str
    ) -> None:
        status, headers, _ = await bare(server, method, path)
        assert (status, headers[b"allow"]) == (405, allow.encode())

    async def test_options_needs_no_token(self, stranger: httpx.AsyncClient) -> None:
        response = await stranger.options(NOTICES)
        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"

    async def test_no_cors_headers_are_sent(self, device: httpx.AsyncClient) -> None:
        response = await device.get(NOTICES, headers={"origin": "https://evil.example"})
        assert not [name for name in response.headers if name.startswith("access-control")]

    @pytest.mark.parametrize("path", [NOTICES, "/.well-known/oauth-protected-resource/board"])
    async def test_head_is_get_without_a_body(self, server: ResourceServer, mint: Mint, path: str) -> None:
        status, headers, body = await bare(server, "GET", path, token=mint())
        assert (status, len(body)) == (200, int(headers[b"content-length"]))
        assert await bare(server, "HEAD", path, token=mint()) == (200, headers, b"")

    @pytest.mark.parametrize("path", ["/board/", "/board/notice", "/board/notices/", "/board//notices", "/x"])
    async def test_unknown_path_is_404(self, device: httpx.AsyncClient, path: str) -> None:
        response = await device.get(path)
        assert (response.status_code, response.json()["error"]) == (404, "not_found")

    async def test_websocket_scope_is_refused(self, server: ResourceServer) -> None:
        async def nothing() -> MutableMapping[str, Any]:
            raise AssertionError

        async def silence(message: MutableMapping[str, Any]) -> None:
            raise AssertionError

        with pytest.raises(ValueError, match="HTTP only"):
            await server({"type": "websocket", "path": NOTICES}, nothing, silence)


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            *(b"", b"{", b"[]", b"null", b'"text"', b"{}", b'{"text": null}', b'{"text": 7}'),
            *(
                b'{"text": ["Milk"]}',
                b'{"text": NaN}',
                b"\xff",
                b"[" * 16_000,
                b'\xef\xbb\xbf{"text": "Milk"}',
            ),
        ],
    )
    async def test_a_body_that_holds_no_text_is_a_bad_request(
        self, device: httpx.AsyncClient, body: bytes
    ) -> None:
        response = await device.post(NOTICES, content=body, headers={"content-type": "application/json"})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "text", ["", "   ", "x" * 201, "a\\nb", "\\u001b[2J", "\\u0000", "\\ud800", "\\u202e", "\\u200b"]
    )
    async def test_invalid_notice_text_is_422_with_a_readable_reason(
        self, device: httpx.AsyncClient, text: str
    ) -> None:
        body = f'{{"text": "{text}"}}'
        response = await device.post(NOTICES, content=body, headers={"content-type": "application/json"})
        assert (response.status_code, response.json()["error"]) == (422, "invalid_notice")
        assert response.json()["error_description"].endswith(".")

    async def test_markup_is_text_and_comes_back_as_data(self, device: httpx.AsyncClient) -> None:
        hostile = "<script>alert(1)</script> ' OR 1=1 -- {{7*7}} [red]x[/] ü\u00a0€"
        assert (await post(device, hostile)).json()["text"] == hostile
        response = await device.get(NOTICES)
        assert response.json()["notices"][0]["text"] == hostile
        assert response.content.isascii()
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        ("content_type", "status"),
        [
            ("application/json", 201),
            ("Application/JSON; Charset=UTF-8", 201),
            ('application/json;charset="utf-8"', 201),
            ("application/json; charset=latin-1", 415),
            ("application/x-www-form-urlencoded", 415),
            ("text/plain", 415),
            ("text/json", 415),
            ("application/jsonp", 415),
            ("", 415),
        ],
    )
    async def test_only_json_is_read(self, device: httpx.AsyncClient, content_type: str, status: int) -> None:
        response = await device.post(
            NOTICES, content=b'{"text": "Milk"}', headers={"content-type": content_type}
        )
        assert response.status_code == status

    async def test_a_content_type_given_twice_is_a_bad_request(self, device: httpx.AsyncClient) -> None:
        twice = [("content-type", "application/json"), ("content-type", "text/plain")]
        response = await device.post(NOTICES, content=b'{"text": "Milk"}', headers=twice)
        assert response.status_code == 400

    async def test_a_compressed_body_is_refused(self, device: httpx.AsyncClient) -> None:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        response = await device.post(NOTICES, content=b"{}", headers=headers)
        assert response.status_code == 415

    async def test_a_large_body_is_refused_whether_it_says_its_length_or_not(
        self, device: httpx.AsyncClient
    ) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(17):
                yield b" " * 1024

        headers = {"content-type": "application/json"}
        declared = await device.post(NOTICES, content=b" " * 16_385, headers=headers)
        undeclared = await device.post(NOTICES, content=chunks(), headers=headers)
        assert (declared.status_code, undeclared.status_code) == (413, 413)
        fits = b'{"text": "Milk"}'.ljust(16_384)
        assert (await device.post(NOTICES, content=fits, headers=headers)).status_code == 201

    async def test_a_body_that_says_it_is_large_is_refused_before_it_comes(
        self, server: ResourceServer, mint: Mint
    ) -> None:
        for length in (b"16385", b"9" * 30):
            status, _, _ = await bare(server, "POST", NOTICES, token=mint(), content_length=length)
            assert status == 413

    async def test_malformed_content_length_is_ignored(self, server: ResourceServer, mint: Mint) -> None:
        body = {"type": "http.request", "body": b'{"text": "Milk"}'}
        status, _, _ = await bare(server, "POST", NOTICES, token=mint(), content_length=b"x", body=body)
        assert status == 201

    async def test_slow_body_is_408(
        self, server: ResourceServer, mint: Mint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pairgrant_server.resource_server.http.BODY_TIMEOUT", 0.0)
        status, headers, _ = await bare(server, "POST", NOTICES, token=mint())
        assert (status, headers[b"connection"]) == (408, b"close")

    async def test_disconnected_client_gets_no_response(self, server: ResourceServer, mint: Mint) -> None:
        status, _, _ = await bare(server, "POST", NOTICES, token=mint(), body={"type": "http.disconnect"})
        assert status is None


async def bare(
    server: ResourceServer,
    method: str,
    path: str,
    *,
    token: str = "x",
    content_length: bytes = b"2",
    body: MutableMapping[str, Any] | None = None,
) -> tuple[int | None, dict[bytes, bytes], bytes]:
    """One request without a client library; ``body`` is the one message that is received, None: it never
    comes.
    """
    sent: list[MutableMapping[str, Any]] = []
    headers = [
        (b"authorization", f"Bearer {token}".encode()),
        (b"content-type", b"application/json"),
        (b"content-length", content_length),
    ]

    async def receive() -> MutableMapping[str, Any]:
        return body if body is not None else await asyncio.get_running_loop().create_future()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    await server(scope, receive, send)
    if not sent:
        return None, {}, b""
    start, end = sent
    return start["status"], dict(start["headers"]), end["body"]
