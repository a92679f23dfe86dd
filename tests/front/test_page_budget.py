"""Page requests of a minute: of a network, and beyond it of each browser that is known."""

from typing import Any

from pairgrant_server.app import PAGES_PER_MINUTE
from pairgrant_server.front.page_budget import PageBudget

HOME, ELSEWHERE = "192.0.2.7", "198.51.100.7"


def budget(per_minute: int = 3, per_browser: int = 2) -> PageBudget:
    return PageBudget(
        per_minute, lambda: 1000.0, known_browser=lambda cookies: cookies.get("b"), per_browser=per_browser
    )


def request(cookie: str = "") -> dict[str, Any]:
    return {"type": "http", "headers": [(b"cookie", cookie.encode())]}


def passed(pages: PageBudget, times: int, cookie: str = "", network: str = HOME) -> int:
    return sum(pages.allows(network, request(cookie)) for _ in range(times))


def test_known_browser_has_a_budget_of_its_own_once_that_of_its_network_is_spent() -> None:
    pages = budget()
    assert passed(pages, 10) == 3
    assert passed(pages, 10, "b=alice") == 2


def test_known_browsers_of_one_network_have_a_sum() -> None:
    pages = budget()
    assert passed(pages, 10) == 3
    assert [passed(pages, 10, f"b={number}") for number in range(3)] == [2, 1, 0]
    assert passed(pages, 10, "b=2", ELSEWHERE) == 3 + 2


def test_school_of_300_pairs_in_one_minute() -> None:
    pages = PageBudget(PAGES_PER_MINUTE, lambda: 1000.0, known_browser=lambda _: None)
    assert passed(pages, 300 * 9) == 300 * 9
