"""Which certificate authorities the device trusts: those of the operating system, or those it is given."""

import ssl
from collections.abc import Mapping
from pathlib import Path

from pairgrant.errors import DeviceSettingsError

_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def trusted_authorities(ca_file: Path | None, variables: Mapping[str, str]) -> ssl.SSLContext:
    """The TLS context for ``ca_file`` (a PEM file, or a folder of them), else for SSL_CERT_FILE and
    SSL_CERT_DIR, else for the operating system's store.

    Raises:
        DeviceSettingsError: the option or the variable names nothing with a certificate.
    """
    named = {"--ca-file": ca_file} if ca_file else {}
    if not named:
        named = {name: Path(value) for name in _VARIABLES if (value := variables.get(name))}
    if named:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for name, place in named.items():
            _load(context, name, place)
        return context
    import truststore  # noqa: PLC0415 - not needed with authorities of one's own

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _load(context: ssl.SSLContext, name: str, place: Path) -> None:
    try:
        files = sorted(place.iterdir()) if place.is_dir() else [place]
    except OSError as error:
        raise DeviceSettingsError(f"{name} can't be used: {place}: {error.strerror}.") from None
    if sum(_has_certificates(context, file) for file in files) == 0:
        raise DeviceSettingsError(f"{name} can't be used: {place} has no certificates.")


def _has_certificates(context: ssl.SSLContext, file: Path) -> bool:
    """Trust the certificates in ``file``; a folder has other files too."""
    try:
        context.load_verify_locations(cafile=file)
    except (ssl.SSLError, OSError):
        return False
    return True
