"""Hypothesis uses the same examples every time; ``EXPLORE=1`` looks for new ones, outside CI."""

import os

from hypothesis import settings

settings.register_profile(
    "deterministic", derandomize=True, print_blob=True, deadline=None, database=None, max_examples=200
)
settings.register_profile("explore", print_blob=True, deadline=None, max_examples=5000)

EXPLORING = "EXPLORE" in os.environ and os.environ.get("CI", "").lower() != "true"
settings.load_profile("explore" if EXPLORING else "deterministic")
