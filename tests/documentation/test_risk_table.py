"""The tables of evidence and decisions in docs/security.md are those of the code."""

from docs.risk_table import BEGIN, END, PAGE, written


def test_tables_of_the_security_document_are_those_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page == written(page), "run: uv run python docs/risk_table.py"
