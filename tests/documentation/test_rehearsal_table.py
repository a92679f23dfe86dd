"""The table of rehearsed attacks in docs/security.md is the one that tests/phishing holds."""

from docs.rehearsal_table import BEGIN, END, PAGE, written


def test_table_of_the_security_document_has_the_rehearsed_outcomes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page == written(page), "run: uv run python docs/rehearsal_table.py"
