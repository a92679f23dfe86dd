"""Which certificate authorities are trusted, and where none can be read."""

from pathlib import Path

import pytest
import trustme
import truststore

from pairgrant.errors import DeviceSettingsError
from pairgrant.oauth.trusted_authorities import trusted_authorities


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two authorities, and files that are none."""
    for number in (1, 2):
        trustme.CA(organization_name=f"Authority {number}").cert_pem.write_to_path(
            tmp_path / f"ca{number}.pem"
        )
    (tmp_path / "README").write_text("These are ours.")
    (tmp_path / "more").mkdir()
    return tmp_path


def test_operating_system_decides_by_default() -> None:
    assert isinstance(trusted_authorities(None, {}), truststore.SSLContext)


def test_file_trusts_its_authority_alone(folder: Path) -> None:
    assert len(trusted_authorities(folder / "ca1.pem", {}).get_ca_certs()) == 1


def test_folder_trusts_each_authority_in_it(folder: Path) -> None:
    assert len(trusted_authorities(folder, {}).get_ca_certs()) == 2


def test_variables_name_a_file_and_a_folder(folder: Path) -> None:
    (folder / "more" / "ca2.pem").write_bytes((folder / "ca2.pem").read_bytes())
    variables = {"SSL_CERT_FILE": str(folder / "ca1.pem"), "SSL_CERT_DIR": str(folder / "more")}
    assert len(trusted_authorities(None, variables).get_ca_certs()) == 2


def test_option_takes_precedence_over_the_variables(folder: Path) -> None:
    context = trusted_authorities(folder / "ca1.pem", {"SSL_CERT_FILE": "/nowhere"})
    assert len(context.get_ca_certs()) == 1


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("place", ["README", "more", "missing"])
def test_variable_without_certificates_is_named(folder: Path, variable: str, place: str) -> None:
    with pytest.raises(
        DeviceSettingsError, match=f"^{variable} can't be used: .*{place} has no certificates"
    ):
        trusted_authorities(None, {variable: str(folder / place)})


def test_option_without_certificates_is_named(folder: Path) -> None:
    with pytest.raises(DeviceSettingsError, match=r"^--ca-file can't be used: .*more has no certificates"):
        trusted_authorities(folder / "more", {})
