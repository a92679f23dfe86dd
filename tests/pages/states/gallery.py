"""Pictures of every state of every page, to look at one by one: ``make gallery``.

python -m tests.pages.states.gallery                          all states, into .artifacts/gallery
python -m tests.pages.states.gallery consent --language it    those whose names contain "consent", in Italian
"""

import argparse
import asyncio
import socket
from pathlib import Path

import structlog

from tests.pages.chromium import DESKTOP, PHONE
from tests.pages.states.all_states import STATES
from tests.pages.states.stage import Scheme, Shown, opened_stage

FOLDER = Path(__file__).parents[3] / ".artifacts" / "gallery"

SHOTS: tuple[tuple[str, tuple[int, int], Scheme], ...] = (
    ("phone", PHONE, "light"),
    ("phone-dark", PHONE, "dark"),
    ("desktop", DESKTOP, "light"),
    ("desktop-dark", DESKTOP, "dark"),
)


async def draw(name_contains: str, language: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with opened_stage(port) as stage:
        for state in STATES.values():
            if name_contains in state.name:
                async with stage.show(state, language=language) as shown:
                    await _draw(shown)


async def _draw(shown: Shown) -> None:
    for name, size, scheme in SHOTS:
        await shown.page.set_viewport_size({"width": size[0], "height": size[1]})
        await shown.page.emulate_media(color_scheme=scheme)
        await shown.page.screenshot(path=FOLDER / f"{shown.state.name}.{name}.png", full_page=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("contains", nargs="?", default="", help="draw only states with this in their name")
    parser.add_argument("--language", default="en-US", help="what the browser prefers")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(draw(arguments.contains, arguments.language))
    print(f"The pictures are in {FOLDER}.")  # noqa: T201
