"""What holds for every form: it prints empty, full and overfull, with its own fonts, and shows text as text."""

import re
from dataclasses import replace
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from printouts import FORMS, Context, Rows, render, render_many
from printouts.draw.document import Document
from printouts.draw.fonts import ensure_fonts
from printouts.form import Form
from printouts.listed import TITLES

CONTEXT = Context(
    company="万和物业服务有限公司",
    project="云锦里客户服务中心",
    period="2026-11-01 — 2026-11-30",
    printed_by="王翀玥",
    printed_at="2026-11-21 10:00",
    base_url="http://127.0.0.1:8000",
)
KINDS = [(code, kind) for code, form in sorted(FORMS.items()) for kind in form.kinds]
LEDGERS = [code for code, kind in KINDS if kind == "ledger"]
HOSTILE = '<b>粗</b> A&B <img src="/etc/passwd"> \u202e反\u202c 空\x00字 (括号\\) ${x} %s'


@pytest.fixture(scope="session", autouse=True)
def fonts():
    return ensure_fonts()


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(pdf).pages)


def flat(text: str) -> str:
    return re.sub(r"\s", "", text)


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Every font any page or form names, and whether its outlines are in the file."""
    reader, found = read(pdf), {}
    for number in range(1, len(reader.xref[0]) + 1):
        thing = IndirectObject(number, 0, reader).get_object()
        if isinstance(thing, dict) and thing.get("/Type") == "/Font":
            descriptor = thing.get("/FontDescriptor")
            found[str(thing["/BaseFont"])] = descriptor is not None and "/FontFile2" in descriptor.get_object()
    return found


def sample_of(form: Form, kind: str):
    if kind == "ledger":
        return Rows([form.ledger_sample] * 60, 60)
    return None if kind == "blank" else form.sample


def swapped(data, value: str):
    """The same paper with every value replaced."""
    if isinstance(data, Rows):
        return Rows([swapped(row, value) for row in data.rows], data.count, swapped(data.heading, value))
    if isinstance(data, dict):
        return {name: swapped(each, value) for name, each in data.items() if name != "copy_ids"}
    return [swapped(each, value) for each in data] if isinstance(data, list | tuple) else value


def test_every_form_of_the_office_is_listed_in_order_and_the_first_ones_print():
    assert sorted(FORMS) == [f"F-{n:02d}" for n in range(1, 70)] == sorted(TITLES)
    assert all(form.title == TITLES[code][0] for code, form in FORMS.items())
    assert FORMS["F-01"].kinds == ("blank", "filled", "sample", "ledger")
    assert FORMS["F-12"].kinds == ()
    assert FORMS["F-12"].shape == ""


@pytest.mark.parametrize(("code", "kind"), KINDS)
def test_every_kind_of_every_form_prints_with_nothing_but_embedded_subset_fonts(code, kind):
    pdf = render(code, kind, CONTEXT, sample_of(FORMS[code], kind))
    found = fonts_of(pdf)
    assert found
    assert all(found.values()), found
    assert all(re.match(r"/[A-Z]{6}\+NotoSansSC-(Regular|Medium|Bold)$", name) for name in found), found
    assert CONTEXT.missing == set()
    shown = flat(text_of(pdf))
    if FORMS[code].shape == "label":  # a label has room for its number and its place only
        assert flat(CONTEXT.project) in shown
        return
    assert flat(FORMS[code].name(kind, CONTEXT)) in shown
    assert "万和物业服务有限公司·云锦里客户服务中心" in shown
    assert f"{code}·A/1" in shown


@pytest.mark.parametrize("code", LEDGERS)
@pytest.mark.parametrize("count", [0, 1, 500])
def test_a_ledger_shows_each_row_once_in_order_and_counts_its_pages(code, count):
    name = FORMS[code].ledger.columns[0].name
    rows = ({name: f"R{n:04d}"} for n in range(count))
    pdf = render(code, "ledger", CONTEXT, Rows(rows, count))
    pages = [page.extract_text() for page in read(pdf).pages]
    for n, page in enumerate(pages, 1):
        assert flat(f"第 {n} 页　共 {len(pages)} 页") in flat(page)
    assert re.findall(r"R\d{4}", "".join(pages)) == [f"R{n:04d}" for n in range(count)]
    assert ("本期无记录" in "".join(pages)) is (count == 0)


def test_rows_are_read_as_pages_are_drawn_so_that_a_register_of_any_length_costs_one_page(monkeypatch):
    taken, at_each_page, page = [], [], Document.page

    def counted(document, *args):
        at_each_page.append(len(taken))
        return page(document, *args)

    monkeypatch.setattr(Document, "page", counted)
    render("F-29", "ledger", CONTEXT, Rows(({"unit": str(taken.append(n))} for n in range(200)), 200))
    steps = {after - before for before, after in pairwise(at_each_page)}
    assert at_each_page[0] == 0
    assert len(steps) == 1
    assert steps.pop() < 40


@pytest.mark.parametrize(("announced", "given"), [(40, 39), (40, 41), (24, 25), (1, 0), (0, 1)])
def test_a_ledger_whose_rows_disagree_with_the_count_is_not_printed(announced, given):
    with pytest.raises(ValueError, match=r"F-29: .* announced"):
        render("F-29", "ledger", CONTEXT, Rows([{"unit": "3-2-1203"}] * given, announced))


def test_figures_are_carried_from_page_to_page_and_red_ones_count_against():
    rows = [{"number": f"GD-{n}", "fee": "1,000.50"} for n in range(39)] + [{"number": "GD-39", "fee": "-500.25"}]
    pages = [page.extract_text() for page in read(render("F-01", "ledger", CONTEXT, Rows(rows, 40))).pages]
    assert len(pages) == 3
    figures = [re.findall(r"-?[\d,]+\.\d\d", page) for page in pages]
    first = 17 * 1000.5
    assert figures[0][-2:] == [f"{first:,.2f}"] * 2  # 本页小计, 过次页
    assert figures[1][0] == f"{first:,.2f}"  # 承前页
    assert figures[1][-2:] == [f"{16 * 1000.5:,.2f}", f"{33 * 1000.5:,.2f}"]
    assert figures[2][-1] == f"{39 * 1000.5 - 500.25:,.2f}" == "38,519.25"
    assert "-500.25" in pages[2]
    assert flat("本期合计") in flat(pages[2])


def test_a_masked_figure_is_printed_and_adds_nothing():
    rows = [{"fee": "***"}, {"fee": "12.30"}, {"fee": ""}]
    shown = text_of(render("F-01", "ledger", CONTEXT, Rows(rows, 3)))
    assert "***" in shown
    assert shown.count("12.30") == 3


@pytest.mark.parametrize(("code", "kind"), [pair for pair in KINDS if pair[1] in ("filled", "ledger")])
def test_markup_and_control_characters_come_out_as_text(code, kind):
    data = swapped(sample_of(FORMS[code], kind), HOSTILE)
    shown = text_of(render(code, kind, CONTEXT, data))
    assert "<b>粗</b> A&B" in shown.replace("\n", " ")
    assert not re.search("[\u202e\u202c\x00]", shown)


@pytest.mark.parametrize(("code", "kind"), [pair for pair in KINDS if pair[1] in ("filled", "ledger")])
@pytest.mark.parametrize("value", ["水" * 100_000, "W" * 100_000, "行\n" * 50_000, "（" * 1000, "\u0301" * 5000])
def test_a_value_of_any_length_stays_in_its_cell(code, kind, value):
    data = swapped(sample_of(FORMS[code], kind), value)
    pdf = render(code, kind, CONTEXT, data)
    pages = len(read(pdf).pages)
    assert pages == len(read(render(code, kind, CONTEXT, sample_of(FORMS[code], kind))).pages)


def test_every_field_of_a_slip_reaches_the_paper_and_lines_too_many_are_counted():
    form = FORMS["F-01"]
    lines = [{"name": f"材料{n}"} for n in range(9)]
    data = {name: f"值{n}号" for n, name in enumerate(form.names("filled")) if not name.endswith("_date")}
    data.pop("issued_on")  # beside a 返工 and all 转办 there is no room for it
    shown = flat(text_of(render("F-01", "filled", CONTEXT, {**data, "materials": lines})))
    absent = {name for name, value in data.items() if value not in shown}
    assert absent == {"copy_ids", "materials"}
    assert "材料2" in shown
    assert "材料3" not in shown
    assert "另有6项，见系统" in shown


def test_a_character_without_a_glyph_is_printed_as_a_mark_and_reported():
    context = Context(company="万和")
    shown = text_of(render("F-01", "filled", context, {"reporter": "𠮷田🙂", "content": "㛃䶮𬭎"}))
    assert "〓田〓" in shown
    assert "㛃䶮𬭎" in shown
    assert context.missing == {"𠮷", "🙂"}


def test_the_second_print_and_the_unapproved_one_say_so():
    once = text_of(render("F-01", "sample", CONTEXT))
    assert "补打" not in once
    assert "未审核" not in once
    again = replace(CONTEXT, nth=3, watermark="未审核")
    for code, kind in (("F-01", "sample"), ("F-16", "sample"), ("F-29", "sample"), ("F-29", "ledger")):
        shown = text_of(render(code, kind, again, sample_of(FORMS[code], kind)))
        assert "补打第2次" in shown
        assert "未审核" in shown


def test_a_batch_is_one_file_with_each_font_once_and_each_paper_knows_its_own_prints():
    papers = [{"number": f"GD-YJ-202609-{n:04d}", "content": "更换角阀", "nth": n} for n in range(1, 13)]
    batch = render_many("F-01", CONTEXT, papers)
    pages = [page.extract_text() for page in read(batch).pages]
    assert [n for n in range(12) if f"GD-YJ-202609-{n + 1:04d}" in pages[n]] == list(range(12))
    assert [n + 1 for n, page in enumerate(pages) if "补打" in page] == list(range(2, 13))
    assert "补打第11次" in pages[11]
    assert len(fonts_of(batch)) == 3
    assert len(batch) < 12 * len(render("F-01", "filled", CONTEXT, papers[0])) / 3


def test_the_same_paper_has_the_same_bytes_and_any_difference_shows():
    one = render("F-01", "sample", CONTEXT)
    assert one == render("F-01", "sample", CONTEXT)
    assert one != render("F-01", "filled", CONTEXT, {**FORMS["F-01"].sample, "fee": "1,180.51"})


def test_an_unknown_form_or_kind_is_a_sentence():
    with pytest.raises(LookupError, match="没有编号为 F-99 的表单"):
        render("F-99", "blank", CONTEXT)
    with pytest.raises(LookupError, match="F-12《排班表》没有“空白”这种打印"):
        render("F-12", "blank", CONTEXT)
    with pytest.raises(ValueError, match="nothing to print"):
        render_many("F-01", CONTEXT, [])


def test_properties_say_what_the_file_is():
    found = read(render("F-16", "blank", CONTEXT)).metadata
    assert found is not None
    assert (found.title, found.author, found.subject) == ("客户信息记录表", CONTEXT.company, "F-16 客户信息记录表")
    assert found["/CreationDate"] == "D:20261121100000+08'00'"


def test_a_form_is_declared_once():
    with pytest.raises(ValueError, match="F-01 is declared twice"):
        Form("F-01", "另一张")
