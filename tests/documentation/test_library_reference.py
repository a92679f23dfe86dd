"""docs/library.md has the API reference of the docstrings, and its example is a program."""

import re

from docs.library_reference import BEGIN, END, PAGE, written


def test_reference_is_that_of_the_docstrings() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert page == written(page), "run: uv run python -m docs.library_reference"


def test_example_compiles_and_is_short() -> None:
    examples = re.findall(r"```python\n(import .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        compile(example, PAGE, "exec")
        assert sum(bool(line.strip()) for line in example.splitlines()) < 15
