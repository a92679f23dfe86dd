"""What Linux tells of a process that may end at any moment."""

from pathlib import Path


def of_process(process_id: int, file: str) -> bytes:
    """The content of ``/proc/<process_id>/<file>``; empty if the process has ended or is another user's."""
    try:
        return Path(f"/proc/{process_id}/{file}").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
