"""What the journal says about an error that no code expected: its type and place, and no value."""

import traceback
from pathlib import Path


def type_and_place(error: BaseException) -> str:
    """The type of ``error``, and the file and line where it was raised; its text may hold a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
