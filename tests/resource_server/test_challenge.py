"""How a token may come, and what is said when it does not (RFC 6750 §2 and §3; RFC 9728)."""

from collections.abc import Callable

import httpx
import pytest

from pairgrant_protocol.metadata import IssuerError
from pairgrant_server.resource_server.notice_boards import NoticeBoards
from pairgrant_server.resource_server.protected_resource import ResourceIdentifierError
from pairgrant_server.resource_server.resource_server import ResourceServer, build_resource_server

Mint = Callable[..., str]

ALGS = 'algs="ES256 RS256 PS256 EdDSA"'
WHERE = 'resource_metadata="https://pair.example/.well-known/oauth-protected-resource/board"'


class TestCredentials:
    @pytest.mark.parametrize("value", [None, "", "Basic YTpi", "DPoPabc", "Bearerabc", "Bear er"])
    async def test_without_a_bearer_token_the_challenge_names_no_error(
        self, stranger: httpx.AsyncClient, value: str | None
    ) -> None:
        headers = {} if value is None else {"authorization": value}
        response = await stranger.get("/board/notices", headers=headers)
        assert response.status_code == 401
        assert response.headers.get_list("www-authenticate") == [f"Bearer {WHERE}", f"DPoP {WHERE}, {ALGS}"]
        assert "error" not in response.json()

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
    async def test_the_scheme_is_read_in_any_case(
        self, stranger: httpx.AsyncClient, mint: Mint, scheme: str
    ) -> None:
        response = await stranger.get("/board/notices", headers={"authorization": f"{scheme} {mint()}"})
        assert response.status_code == 200

    @pytest.mark.parametrize(
        "value",
        [b"Bearer", b"Bearer ", b"Bearer a b", b"Bearer a,b", b"Bearer \xff", b'Bearer "a"', b"Bearer =="],
    )
    async def test_a_malformed_header_is_a_bad_request(
        self, stranger: httpx.AsyncClient, value: bytes
    ) -> None:
        response = await stranger.get("/board/notices", headers={b"authorization": value})
        assert response.status_code == 400
        assert response.json()["error"] == "invalid_request"
        assert response.headers["www-authenticate"].startswith('Bearer error="invalid_request", ')

    async def test_two_headers_are_a_bad_request_even_if_both_are_good(
        self, stranger: httpx.AsyncClient, mint: Mint
    ) -> None:
        twice = [("authorization", f"Bearer {mint()}")] * 2
        response = await stranger.get("/board/notices", headers=twice)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize("query", ["access_token={}", "a=b&access_token={}", "access%5Ftoken={}"])
    async def test_a_token_in_the_url_is_a_bad_request_even_beside_a_good_header(
        self, stranger: httpx.AsyncClient, device: httpx.AsyncClient, mint: Mint, query: str
    ) -> None:
        for client in (stranger, device):
            response = await client.get(f"/board/notices?{query.format(mint())}")
            assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_another_parameter_in_the_url_is_ignored(self, device: httpx.AsyncClient) -> None:
        assert (await device.get("/board/notices?access_tokens=1&x")).status_code == 200

    async def test_token_in_a_form_is_ignored(self, stranger: httpx.AsyncClient, mint: Mint) -> None:
        response = await stranger.post("/board/notices", data={"access_token": mint()})
        assert response.status_code == 401


class TestMetadata:
    async def test_metadata_names_the_authorization_server(self, stranger: httpx.AsyncClient) -> None:
        response = await stranger.get("/.well-known/oauth-protected-resource/board")
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.json() == {
            "resource": "https://pair.example/board",
            "authorization_servers": ["https://pair.example"],
            "scopes_supported": ["board:read", "board:write"],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["ES256", "RS256", "PS256", "EdDSA"],
            "resource_name": "Pairgrant board",
        }

    @pytest.mark.parametrize(
        ("resource", "metadata_path", "notices"),
        [
            ("https://board.example", "/.well-known/oauth-protected-resource", "/notices"),
            (
                "https://a.example/x/board",
                "/.well-known/oauth-protected-resource/x/board",
                "/x/board/notices",
            ),
        ],
    )
    async def test_metadata_url_follows_from_the_resource_identifier(
        self, board: NoticeBoards, resource: str, metadata_path: str, notices: str
    ) -> None:
        async with httpx.AsyncClient() as http:
            server = build_resource_server(
                issuer="https://pair.example", resource=resource, http=http, board=board
            )
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(server), base_url="https://internal:8080"
        ) as client:
            assert (await client.get(metadata_path)).json()["resource"] == resource
            challenge, _ = (await client.get(notices)).headers.get_list("www-authenticate")
        origin = "/".join(resource.split("/")[:3])
        assert challenge == f'Bearer resource_metadata="{origin}{metadata_path}"'

    async def test_mount_path_moves_the_api_behind_a_rewriting_proxy(self, board: NoticeBoards) -> None:
        async with httpx.AsyncClient() as http:
            server = build_resource_server(
                issuer="https://pair.example",
                resource="https://pair.example/x/board",
                http=http,
                board=board,
                mount_path="/board/",
            )
        assert server.serves("/board/notices")
        assert not server.serves("/x/board/notices")
        assert server.serves("/.well-known/oauth-protected-resource/x/board")

    @pytest.mark.parametrize(
        "resource",
        ["board", "ftp://pair.example/board", "https://pair.example/board/", "https://pair.example/b?x",
         "https://pair.example/b#x", 'https://pair.example/b"x', "https://u@pair.example/b", ""],
    )  # fmt: skip
    def test_invalid_resource_identifier_is_refused_at_start(
        self, board: NoticeBoards, resource: str
    ) -> None:
        with pytest.raises(ResourceIdentifierError, match="write it like"):
            build_resource_server(
                issuer="https://pair.example", resource=resource, http=httpx.AsyncClient(), board=board
            )

    def test_invalid_issuer_is_refused_at_start(self, board: NoticeBoards) -> None:
        with pytest.raises(IssuerError, match="write it like"):
            build_resource_server(
                issuer="pair.example", resource="https://a.example", http=httpx.AsyncClient(), board=board
            )


def test_serves_tells_which_paths_belong_to_the_api(server: ResourceServer) -> None:
    assert server.serves("/board/notices")
    assert server.serves("/board/anything")
    assert server.serves("/.well-known/oauth-protected-resource/board")
    assert not server.serves("/board")
    assert not server.serves("/boards/notices")
    assert not server.serves("/.well-known/oauth-protected-resource")
    assert not server.serves("/token")
