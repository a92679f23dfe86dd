"""The table of a profile counts what the event loop ran."""

from benchmarks.profiles import shares

RUNNER = "cli:main;asyncio.runners:Runner.run"


def test_share_of_a_function_counts_what_it_calls() -> None:
    stacks = [f"30 {RUNNER};server:call;token:redeem;keys:sign", f"10 {RUNNER};server:call"]
    assert shares(stacks, "PAIR").rows == (
        ("`server:call`", "100.0%", "25.0%"),
        ("`token:redeem`", "75.0%", "0.0%"),
        ("`keys:sign`", "75.0%", "75.0%"),
    )


def test_samples_outside_of_the_loop_do_not_count() -> None:
    stacks = ["90 cli:main;settings:load", f"10 {RUNNER};server:call"]
    assert shares(stacks, "PAIR").rows == (("`server:call`", "100.0%", "100.0%"),)


def test_function_that_calls_itself_counts_once_a_sample() -> None:
    assert shares([f"10 {RUNNER};json:dump;json:dump"], "PAIR").rows == (("`json:dump`", "100.0%", "100.0%"),)
