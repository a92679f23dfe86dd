"""``PAIRGRANT_SITE_…``: checked when the settings are read, with a sentence that says what to write."""

import pytest

from pairgrant_server.settings import Settings, SettingsError


def test_brand_of_the_settings() -> None:
    brand = Settings.load(
        site_name=" Wonderland TV ", site_accent="Teal", site_support_url="mailto:help@wonderland.example"
    ).brand
    assert (brand.name, brand.accent) == ("Wonderland TV", "#008080")
    assert (brand.support_url, brand.privacy_url) == ("mailto:help@wonderland.example", "")


def test_default_brand_is_our_own() -> None:
    brand = Settings.load().brand
    assert (brand.name, brand.accent, brand.logo) == ("Pairgrant", None, None)


@pytest.mark.parametrize("name", ["", "x" * 41, "a\x1bb", "a\u202eb", "a\nb"])
def test_name_that_can_not_be_shown_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=r"^PAIRGRANT_SITE_NAME: a name of the site has"):
        Settings.load(site_name=name)


@pytest.mark.parametrize("accent", ["greenish", "#12", "rgb(1,2,3)", "#123456; } body { display: none"])
def test_accent_is_a_colour(accent: str) -> None:
    with pytest.raises(SettingsError, match=r"^PAIRGRANT_SITE_ACCENT: a colour is written like"):
        Settings.load(site_accent=accent)


@pytest.mark.parametrize(
    "link",
    [
        "http://example.com/help",
        "javascript:alert(1)",
        "//example.com",
        "https://",
        "https://user@example.com",
        "https://[::1",
        "mailto:",
        "mailto:nobody",
        "https://example.com/a b",
        "https://example.com/\u202e",
        "https://example.com/" + 2000 * "x",
    ],
)
@pytest.mark.parametrize("which", ["support", "privacy", "imprint"])
def test_link_is_https_or_mailto(which: str, link: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"^PAIRGRANT_SITE_{which.upper()}_URL: .*write a link like https://"
    ):
        Settings.load(**{f"site_{which}_url": link})


def test_logo_that_is_missing_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^PAIRGRANT_SITE_LOGO: /nowhere\.png can't be read"):
        Settings.load(site_logo="/nowhere.png")
