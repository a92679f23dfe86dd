"""Every state of every page: a name, and how a person gets there through the real site."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.pages.states.world import World

Build = Callable[[World], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class State:
    name: str
    build: Build

    def __str__(self) -> str:
        return self.name


STATES: dict[str, State] = {}
"""By name; ``all_states`` fills it."""


def state(name: str) -> Callable[[Build], Build]:
    """Register a state under a name such as ``consent-other-network``."""

    def register(build: Build) -> Build:
        assert name not in STATES, name
        STATES[name] = State(name, build)
        return build

    return register
