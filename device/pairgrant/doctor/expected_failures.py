"""The file of known failures: one id of a check in each line, and why after a ``#``."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pairgrant.doctor.catalogue import ALL_CHECKS
from pairgrant.doctor.finding import Finding, FindingVerdict
from pairgrant.errors import DeviceSettingsError
from pairgrant_protocol.visible_text import visible


@dataclass(frozen=True, slots=True)
class Compared:
    """The findings with the expected failures marked, and what the exit code follows from."""

    findings: tuple[Finding, ...]
    failed: tuple[str, ...]
    """Checks that fail and are not expected to."""
    cured: tuple[str, ...]
    """Checks that are expected to fail and pass."""

    @property
    def is_good(self) -> bool:
        return not self.failed and not self.cured


def read_expected(file: Path) -> frozenset[str]:
    """The ids in ``file``.

    Raises:
        DeviceSettingsError: it can't be read, or names a check that doesn't exist.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise DeviceSettingsError(f"--expect can't be used: {str(file)!r}: {reason}.") from None
    known = {check.id for check in ALL_CHECKS}
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    for name in names:
        if name not in known:
            raise DeviceSettingsError(
                f"--expect can't be used: there is no check {visible(name, limit=80)!r}."
            )
    return frozenset(names)


def compare(findings: Iterable[Finding], expected: frozenset[str]) -> Compared:
    """Mark the expected failures; a check that is not judged, or warns, is neither."""
    marked = tuple(
        replace(finding, is_expected=finding.verdict is FindingVerdict.FAIL and finding.check in expected)
        for finding in findings
    )
    return Compared(
        marked,
        failed=tuple(
            finding.check
            for finding in marked
            if finding.verdict is FindingVerdict.FAIL and not finding.is_expected
        ),
        cured=tuple(
            finding.check
            for finding in marked
            if finding.verdict is FindingVerdict.PASS and finding.check in expected
        ),
    )
