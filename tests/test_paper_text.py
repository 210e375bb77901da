"""Text on paper: cleaned, broken by the rules of Chinese type, never wider than its room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printouts.draw.text import HANGING, NO_END, NO_START, clean, cut_lines, shorten, wrap


def ems(text: str) -> float:
    """Ideographs one em, the rest half."""
    return sum(1.0 if ord(character) > 0x2E80 else 0.5 for character in text)


CHINESE = st.text(st.sampled_from("物业客户服务中心维修单，。；：！？（）《》“”、—…a1-/@. ")).map(lambda s: s.strip())


@given(CHINESE, st.integers(4, 30))
def test_breaking_loses_no_character_and_no_line_is_too_long(text, room):
    lines = wrap(text, ems, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(ems(line) <= room + 0.51 for line in lines)


SENTENCES = st.lists(st.text(st.sampled_from("物业客户服务"), min_size=2, max_size=7), min_size=1).map("，".join)


@given(SENTENCES, st.integers(4, 30))
def test_no_line_begins_with_a_closing_mark(text, room):
    assert not [line for line in wrap(text, ems, room) if line[:1] in NO_START]


@given(SENTENCES.map(lambda text: text.replace("，", "（")), st.integers(4, 30))
def test_no_line_ends_with_an_opening_mark(text, room):
    assert not [line for line in wrap(text, ems, room)[:-1] if line[-1] in NO_END]


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("业主来电说明情况，", 8.5, ["业主来电说明情况，"]),  # one mark may hang by half
        ("业主来电说明情况》。", 8, ["业主来电说明情", "况》。"]),
        ("请打电话（工程部）", 5, ["请打电话", "（工程部）"]),
        ("请拨打13812345678联系", 7, ["请拨打", "13812345678联", "系"]),
        ("邮箱service@example.com。", 6, ["邮箱service@", "example.com。"]),
        ("第一行\n第二行", 9, ["第一行", "第二行"]),
    ],
)
def test_lines_break_as_a_printer_would_break_them(text, room, lines):
    assert wrap(text, ems, room) == lines


@given(CHINESE, st.integers(2, 12))
def test_a_shortened_text_fits_and_says_so(text, room):
    short = shorten(text, ems, room)
    assert short == text or (short.endswith("…") and ems(short) <= room)


def test_lines_too_many_end_in_a_mark_that_still_fits():
    lines = cut_lines(wrap("水" * 40, ems, 10), 2, ems, 10, "…（余见系统）")
    assert lines == ["水" * 10, "水" * 3 + "…（余见系统）"]


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (None, ""),
        (12, "12"),
        ("e\u0301tage", "étage"),
        ("甲\u202e乙\u202c丙\u200b丁\ufeff", "甲乙丙丁"),
        ("空\x00字\x1b[31m", "空字[31m"),
        ("半\ud800个", "半个"),
        ("一\r\n二\r三\t四", "一\n二\n三  四"),
        ("㛃䶮𬭎", "㛃䶮𬭎"),
        ("水" * 100_000, "水" * 4000),
    ],
)
def test_a_value_is_cleaned_before_it_is_drawn(value, printed):
    assert clean(value) == printed


def test_marks_that_may_hang_may_not_begin_a_line():
    assert HANGING <= NO_START
    assert not NO_START & NO_END
