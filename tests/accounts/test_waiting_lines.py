"""Callers take turns, and so do their lines; the longest line gives way."""

from pairgrant_server.accounts.waiting_lines import WaitingLines


def drained(lines: WaitingLines[str]) -> list[str]:
    turns = []
    while (turn := lines.next(lambda _caller, _line: True)) is not None:
        turns.append(turn[2])
    return turns


def lines_of(most: int, *waiting: str) -> WaitingLines[str]:
    """``waiting``: caller and line as one letter each, and a number."""
    lines = WaitingLines[str](most)
    for ticket in waiting:
        lines.add(ticket[0], ticket[1], ticket)
    return lines


def test_callers_and_their_lines_take_turns() -> None:
    assert drained(lines_of(9, "Aa1", "Aa2", "Aa3", "Ab1", "Bc1")) == ["Aa1", "Bc1", "Ab1", "Aa2", "Aa3"]


def test_caller_that_may_not_enter_lets_others_pass() -> None:
    lines = lines_of(9, "Aa1", "Bb1")
    assert lines.next(lambda caller, _line: caller == "B") == ("B", "b", "Bb1")
    assert lines.next(lambda caller, _line: caller == "B") is None
    assert len(lines) == 1


def test_last_of_the_longest_line_gives_way_to_a_caller_who_has_less() -> None:
    lines = lines_of(4, "Aa1", "Aa2", "Aa3", "Ab1")
    assert lines.add("B", "c", "Bc1") == "Aa3"
    assert drained(lines) == ["Aa1", "Bc1", "Ab1", "Aa2"]


def test_last_of_the_longest_line_gives_way_to_another_name_of_the_same_caller() -> None:
    assert lines_of(3, "Aa1", "Aa2", "Aa3").add("A", "b", "Ab1") == "Aa3"


def test_newest_itself_gives_way_where_no_other_line_is_longer() -> None:
    assert lines_of(2, "Aa1", "Ba1").add("C", "a", "Ca1") == "Ca1"
    assert lines_of(2, "Aa1", "Aa2").add("A", "a", "Aa3") == "Aa3"
    assert lines_of(2, "Aa1", "Ab1").add("A", "c", "Ac1") == "Ac1"


def test_ticket_that_stops_waiting_leaves_nothing_behind() -> None:
    lines = lines_of(9, "Aa1", "Aa2")
    for ticket in ("Aa1", "Aa2", "Aa2"):
        lines.remove("A", "a", ticket)
    assert len(lines) == 0
    assert not lines._callers
