"""The logo of a kiosk: bounded texts and pictures, and nothing hostile on the terminal."""

import builtins
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pairgrant.errors import DeviceSettingsError
from pairgrant.logo import MOST_COLUMNS, MOST_ROWS, Logo, cell_width, load_logo


@pytest.fixture
def load(tmp_path: Path) -> Callable[[bytes], Logo]:
    def load_bytes(body: bytes) -> Logo:
        (tmp_path / "logo").write_bytes(body)
        return load_logo("--logo", tmp_path / "logo")

    return load_bytes


def refusal(load: Callable[[bytes], Logo], body: bytes) -> str:
    with pytest.raises(DeviceSettingsError) as error:
        load(body)
    return str(error.value)


def png(path: Path, size: tuple[int, int], colour: tuple[int, int, int, int] = (255, 0, 0, 255)) -> Path:
    Image.new("RGBA", size, colour).save(path, "PNG")
    return path


def png_header(width: int, height: int) -> bytes:
    """A PNG file that claims a size and has no pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk


class TestText:
    def test_lines_are_kept_without_empty_ones_around_them(self, load: Callable[[bytes], Logo]) -> None:
        assert load(b"\n\n /\\_\r\n(\tx)  \n\n").lines == (" /\\_", "(   x)")

    def test_control_characters_are_escaped(self, load: Callable[[bytes], Logo]) -> None:
        (line,) = load("\x1b]52;c;aGk=\x07 \u202egnp".encode()).lines
        assert line == "\\x1b]52;c;aGk=\\x07 \\u202egnp"

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "it is empty"),
            (b"\n \n", "it is empty"),
            (b"x\n" * (MOST_ROWS + 1), "it has 21 lines, and may have 20"),
            (b"x" * (MOST_COLUMNS + 1), "it has 81 columns, and may have 80"),
            ("漢".encode() * 41, "it has 82 columns, and may have 80"),
            (b"x" * 20_001, "as a text it has more than 20000 bytes"),
            (b"x" * 1_000_001, "it has more than 1000000 bytes"),
            (b"GIF89a\xff\xff", "its byte 6 is no UTF-8, and it is no PNG file"),
        ],
    )
    def test_unusable_text_is_refused_with_the_reason(
        self, load: Callable[[bytes], Logo], body: bytes, reason: str
    ) -> None:
        message = refusal(load, body)
        assert message.startswith(f"--logo can't be used: {reason}")
        assert message.endswith("/logo).")

    @pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("漢字", 4), ("e\u0301", 1)])
    def test_width_counts_wide_and_combining_characters(self, text: str, columns: int) -> None:
        assert cell_width(text) == columns


class TestPicture:
    def test_picture_comes_in_sizes_that_are_never_larger_than_the_file(
        self, load: Callable[[bytes], Logo], tmp_path: Path
    ) -> None:
        logo = load(png(tmp_path / "a.png", (200, 100)).read_bytes())
        sizes = [(picture.columns, picture.rows) for picture in logo.pictures]
        assert sizes == [(80, 20), (64, 16), (48, 12), (40, 10), (32, 8), (24, 6), (20, 5), (16, 4)]
        small = load(png(tmp_path / "b.png", (7, 5)).read_bytes())
        assert [(picture.columns, picture.rows) for picture in small.pictures] == [(7, 3)]

    def test_wide_picture_fits_the_columns(self, load: Callable[[bytes], Logo], tmp_path: Path) -> None:
        for size in ((1000, 1), (1, 1000), (999, 1000)):
            for picture in load(png(tmp_path / "a.png", size).read_bytes()).pictures:
                assert 1 <= picture.columns <= MOST_COLUMNS
                assert 1 <= picture.rows <= MOST_ROWS

    def test_pixels_keep_colour_and_opacity(self, load: Callable[[bytes], Logo], tmp_path: Path) -> None:
        body = png(tmp_path / "a.png", (2, 3), (1, 2, 3, 128)).read_bytes()
        (picture,) = load(body).pictures
        assert picture.pixels[0] == ((1, 2, 3, 128),) * 2
        assert picture.pixels[3] == ((0, 0, 0, 0),) * 2, "an empty row completes the last cells"

    @pytest.mark.parametrize("size", [(100_000, 100_000), (0, 10), (1001, 1000), (2**32 - 1, 1)])
    def test_size_is_checked_before_anything_is_unpacked(
        self, load: Callable[[bytes], Logo], size: tuple[int, int]
    ) -> None:
        assert "pixels, and may have 1000000 in all" in refusal(load, png_header(*size))

    @pytest.mark.parametrize("body", [png_header(10, 10), png_header(10, 10)[:20], b"\x89PNG\r\n\x1a\n"])
    def test_broken_file_is_refused(self, load: Callable[[bytes], Logo], body: bytes) -> None:
        assert refusal(load, body).startswith("--logo can't be used: it ")

    @pytest.mark.parametrize(("side", "rows"), [(1500, 1500), (60_000, 0)])
    def test_second_size_after_the_checked_one_is_refused(
        self, load: Callable[[bytes], Logo], side: int, rows: int
    ) -> None:
        data = b"IDAT" + zlib.compress(bytes(rows * (1 + 4 * side)))
        pixels = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
        body = png_header(10, 10) + png_header(side, side)[8:] + pixels + b"\0\0\0\0IEND\xaeB`\x82"
        assert "it is no usable PNG file" in refusal(load, body)

    def test_truncated_file_is_refused(self, load: Callable[[bytes], Logo], tmp_path: Path) -> None:
        Image.frombytes("RGB", (64, 64), os.urandom(64 * 64 * 3)).save(tmp_path / "a.png")
        assert "it is no usable PNG file" in refusal(load, (tmp_path / "a.png").read_bytes()[:2000])

    def test_missing_pillow_is_named(
        self, load: Callable[[bytes], Logo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = png(tmp_path / "a.png", (2, 2)).read_bytes()
        ordinary = builtins.__import__

        def without_pillow(name: str, *rest: Any) -> Any:
            if name.startswith("PIL"):
                raise ModuleNotFoundError(name=name)
            return ordinary(name, *rest)

        monkeypatch.setattr(builtins, "__import__", without_pillow)
        assert "pip install 'pairgrant[logo]'" in refusal(load, body)


def test_missing_file_folder_and_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("none", "", "pipe"):
        with pytest.raises(DeviceSettingsError, match=r"--logo can't be used: "):
            load_logo("--logo", tmp_path / name)
