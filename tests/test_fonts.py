"""The print fonts: built once, from the checked source only, never inside a print."""

import threading
from pathlib import Path

import pytest

from printouts.draw import faces, fontpaths
from printouts.draw import fonts as builder
from printouts.draw.fontpaths import FontsMissing, font_paths
from printouts.draw.fonts import ensure_fonts


@pytest.fixture(scope="session")
def fonts() -> dict[str, Path]:
    """The fonts of this machine; the first test run builds them."""
    return ensure_fonts()


def pretend_to_build(source: Path, wanted: dict[str, Path], say: builder.Progress) -> None:
    for path in wanted.values():
        path.write_bytes(b"font")


def test_fonts_that_are_there_are_not_built_again(fonts, monkeypatch):
    monkeypatch.setattr(builder, "build_missing", lambda *a: pytest.fail("built although present"))
    assert ensure_fonts() == fonts
    assert all(path.stat().st_size > 2_000_000 for path in fonts.values())


def test_two_processes_that_start_together_build_once(tmp_path, monkeypatch):
    built, said, gate = [], [], threading.Barrier(2, timeout=10)

    def slowly(source, wanted, say):
        built.append(sorted(wanted))
        gate.wait()  # the second one has come to the lock
        pretend_to_build(source, wanted, say)

    def hear(line):
        said.append(line)
        gate.wait()

    monkeypatch.setattr(builder, "build_missing", slowly)
    first = threading.Thread(target=ensure_fonts, args=(tmp_path,))
    first.start()
    while not built:
        pass
    paths = ensure_fonts(tmp_path, hear)
    first.join(10)
    assert built == [["Bold", "Medium", "Regular"]]
    assert said == ["另一个进程正在生成打印字体，等它完成……"]
    assert all(path.exists() for path in paths.values())


def test_a_weight_that_was_deleted_is_built_alone(tmp_path, monkeypatch):
    for style, path in font_paths(tmp_path).items():
        if style != "Bold":
            path.write_bytes(b"font")
    asked: list[str] = []
    monkeypatch.setattr(builder, "build_missing", lambda source, wanted, say: asked.extend(wanted))
    ensure_fonts(tmp_path)
    assert asked == ["Bold"]


def test_another_font_than_the_pinned_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "SOURCE_SHA256", "0" * 64)
    with pytest.raises(FontsMissing, match="与预期不符"):
        ensure_fonts(tmp_path)
    assert not list(tmp_path.glob("*.ttf"))


def test_a_build_that_fails_says_why_and_leaves_no_half_font(tmp_path):
    broken = tmp_path / "source.ttf"
    broken.write_bytes(b"not a font at all")
    target = font_paths(tmp_path)["Bold"]
    said: list[str] = []
    with pytest.raises(FontsMissing, match=r"字体 Bold 生成失败：.*TTLibError"):
        builder.build_missing(broken, {"Bold": target}, said.append)
    assert [path.name for path in tmp_path.iterdir()] == ["source.ttf"]
    assert said[0].startswith("正在生成打印字体")


def test_printing_without_fonts_is_refused_instead_of_building(tmp_path, monkeypatch):
    monkeypatch.setenv("FONT_CACHE", str(tmp_path))
    with pytest.raises(FontsMissing, match=r"请先运行 python -m printouts\.draw\.fonts"):
        fontpaths.built_fonts()


def test_the_cache_of_the_machine_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv("FONT_CACHE", str(tmp_path))
    assert fontpaths.cache_dir() == tmp_path
    monkeypatch.delenv("FONT_CACHE")
    assert fontpaths.cache_dir().parts[-2:] == ("instance", "fonts")


def test_digits_are_of_one_width_so_that_amounts_stand_in_columns(fonts):
    for face in faces.faces().values():
        assert len({face.ems(digit) for digit in "0123456789"}) == 1


def test_rare_names_are_there_and_a_heavy_face_borrows_from_the_regular_one(fonts):
    names = "㛃䶮喆堃龘犇翀玥昇旻祎頔淼垚燚𬭎𫖯𬱖"
    assert faces.unprintable(names) == set()
    bold = faces.faces()[faces.BOLD]
    assert bold.runs("总㛃") == [(faces.BOLD, "总"), (faces.REGULAR, "㛃")]


def test_a_character_no_font_has_becomes_a_mark_and_is_told(fonts):
    assert faces.unprintable("吉祥𠮷🙂") == {"𠮷", "🙂"}
    assert faces.faces()[faces.REGULAR].runs("𠮷祥") == [(faces.REGULAR, "〓祥")]


@pytest.mark.long
def test_the_same_source_gives_the_same_bytes(fonts, tmp_path):
    for style in ("Medium", "Bold"):
        again = tmp_path / f"{style}.ttf"
        builder.build_one(builder.source_font(), style, again)
        assert again.read_bytes() == fonts[style].read_bytes()
