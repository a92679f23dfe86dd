"""A log line and the response of its request have the same identifier (docs/security.md, "Events")."""

from typing import Any

import httpx
import pytest
import structlog

from pairgrant_server.log_lines import with_request_id

NOTICES = "/board/notices"


@pytest.fixture
def written() -> list[Any]:
    """The identifier of each line."""
    return []


@pytest.fixture(autouse=True)
def noted(written: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def note(event: str, **_: Any) -> None:
        written.append(with_request_id({"event": event}).get("request_id"))

    log = structlog.get_logger()
    monkeypatch.setattr(log, "warning", note, raising=False)
    for name in ("resource_server.log", "issuer_keys._log"):
        monkeypatch.setattr(f"pairgrant_server.resource_server.{name}", log)


async def test_response_without_a_line_has_no_identifier(
    device: httpx.AsyncClient, stranger: httpx.AsyncClient, written: list[Any]
) -> None:
    responses = [await device.get(NOTICES), await stranger.get(NOTICES), await stranger.get("/board/x")]
    assert [response.status_code for response in responses] == [200, 401, 404]
    assert not any("x-request-id" in response.headers for response in responses)
    assert written == []


async def test_each_refusal_by_a_broken_store_names_its_line(
    device: httpx.AsyncClient, troubles: set[str], written: list[Any]
) -> None:
    await device.get(NOTICES)
    troubles.add("store")
    responses = [await device.get(NOTICES, headers={"x-request-id": "forged"}) for _ in range(2)]
    assert [response.status_code for response in responses] == [503, 503]
    assert [response.headers["x-request-id"] for response in responses] == written
    assert len(set(written)) == 2


async def test_line_about_the_keys_is_of_the_request_that_fetched_them(
    device: httpx.AsyncClient, troubles: set[str], written: list[Any]
) -> None:
    """The issuer begins a request of its own for each fetch, in the same process."""
    troubles.add("issuer")
    response = await device.get(NOTICES)
    assert response.status_code == 503
    assert written == [response.headers["x-request-id"]]
