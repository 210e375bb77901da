"""The 工作任务单 and its like: three parts, their readers, their codes, what hangs on them."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from printouts import FORMS, Context, render
from printouts.blocks import Field, Row, Signatures
from printouts.draw.fonts import ensure_fonts
from printouts.draw.pen import MM
from printouts.form import FILLED, Form
from printouts.form import FORMS as REGISTERED
from printouts.label import Label
from printouts.slip import Copy, Slip
from tests.machine import cannot

CONTEXT = Context(company="万和物业服务有限公司", project="云锦里", base_url="https://kf.wanhe-wuye.cn")
NUMBER = "GD-YJ-202609-0415"


@pytest.fixture(scope="session", autouse=True)
def fonts():
    return ensure_fonts()


def pages(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def places(pdf: bytes) -> list[tuple[str, float, float]]:
    """Each text of the first page with its millimetres from the left and from the top."""
    found: list[tuple[str, float, float]] = []
    page = PdfReader(BytesIO(pdf)).pages[0]
    height = float(page.mediabox.height)

    def hear(text, matrix, text_matrix, font, size):
        if text.strip():
            found.append((text.strip(), text_matrix[4] / MM, (height - text_matrix[5]) / MM))

    page.extract_text(visitor_text=hear)
    return found


def codes(pdf: bytes, folder: Path) -> list[tuple[str, str]]:
    """(kind, content) of every code a scanner finds on the first page, from the top."""
    if not shutil.which("pdftoppm"):
        cannot("没有 pdftoppm（poppler-utils），不能核对二维码和条码")
    (folder / "slip.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "300", "-gray", "-png", "-l", "1", "-singlefile", "slip.pdf", "slip"]
    subprocess.run(command, cwd=folder, check=True)
    found = zxingcpp.read_barcodes(Image.open(folder / "slip.png"))
    return [(code.format.name, code.text) for code in sorted(found, key=lambda code: code.position.top_left.y)]


@pytest.mark.rule("WO-06", "WO-07", "WO-08")
def test_a_job_in_a_home_gives_its_copies_to_household_engineers_and_desk():
    [page] = pages(render("F-01", FILLED, CONTEXT, {"number": NUMBER, "kind": "上门服务"}))
    assert "第一联业主/住户（白）" in page
    assert "第二联工程部自存（红）" in page
    assert "第三联客服部存档（黄）" in page


@pytest.mark.rule("WO-15")
def test_the_first_copy_of_a_public_repair_goes_to_the_department_that_reported():
    [page] = pages(render("F-01", FILLED, CONTEXT, {"number": NUMBER, "kind": "公共设施维修"}))
    assert "第一联报修部门（白）" in page
    assert "第二联工程部自存（红）" in page
    [told] = pages(render("F-01", FILLED, CONTEXT, {"kind": "公共设施维修", "copy1_to": "业主/住户"}))
    assert "第一联业主/住户（白）" in told


@pytest.mark.rule("WO-16")
def test_every_copy_says_that_it_is_kept_for_two_years():
    for code in ("F-01", "F-17", "F-64"):
        [page, *_] = pages(render(code, "sample", CONTEXT))
        assert page.count("保存二年") == max(1, len(getattr(FORMS[code].page, "copies", ())))


def test_each_copy_carries_its_own_code_and_the_number_of_the_slip(tmp_path):
    ids = ["Zk3rT9wQxA1b", "Zk3rT9wQxA2c", "Zk3rT9wQxA3d"]
    found = codes(render("F-01", "sample", CONTEXT), tmp_path)
    assert [text for kind, text in found if kind == "QRCode"] == [f"https://kf.wanhe-wuye.cn/q/{one}" for one in ids]
    assert [text for kind, text in found if kind == "Code128"] == [NUMBER] * 3


def test_a_blank_slip_opens_nothing(tmp_path):
    assert codes(render("F-01", "blank", CONTEXT), tmp_path) == []


def test_a_number_a_bar_code_cannot_carry_is_still_printed():
    [page] = pages(render("F-01", FILLED, CONTEXT, {"number": "手工单甲-1"}))
    assert page.count("№手工单甲-1") == 3 or page.count("手工单甲-1") == 3


def test_escalations_and_the_slip_it_redoes_stand_beside_the_code():
    data = {
        "number": NUMBER,
        "rework_of": "GD-YJ-202609-0398",
        "escalations": [
            f"11-2{n} 18:00 {post}" for n, post in enumerate(["部门主管", "客服主管", "项目经理", "片区经理"])
        ],
    }
    [page] = pages(render("F-01", FILLED, CONTEXT, data))
    assert page.count("返工，原单GD-YJ-202609-0398") == 3
    assert page.count("转办11-2318:00片区经理") == 3  # the latest always; only the middle ones give way


def test_the_title_is_what_the_house_calls_its_slip():
    [page] = pages(render("F-01", "blank", replace(CONTEXT, title="业主报修处理登记表（维修工作单）")))
    assert page.count("业主报修处理登记表（维修工作单）") == 3
    assert "工作任务单" not in page


def test_one_lost_copy_is_printed_alone():
    [page] = pages(render("F-01", "sample", replace(CONTEXT, copies=(2,), nth=2)))
    assert page.count("第二联工程部自存（红）") >= 1
    assert "第一联" not in page
    assert "补打第1次" in page


def test_moments_are_printed_without_the_year_and_words_that_are_no_moment_untouched():
    data = {"issued_at": "2026-11-21 09:52", "received_at": "2026-11-21 13:40:33", "done_at": "待定"}
    [page] = pages(render("F-01", FILLED, CONTEXT, data))
    assert page.count("11-2109:52") == 3
    assert page.count("11-2113:40") == 3
    assert page.count("待定") == 3
    assert "2026-11-21" not in page


def test_a_choice_the_form_does_not_know_is_added_and_not_lost():
    [page] = pages(render("F-01", FILLED, CONTEXT, {"kind": "应急抢险", "priority": "严重影响客户生活品质"}))
    assert page.count("应急抢险") == 3
    assert "严重影响" not in page  # the box 严重 stands for it


@pytest.mark.parametrize("code", ["F-01", "F-17", "F-29"])
@pytest.mark.parametrize("kind", ["blank", "sample"])
def test_nothing_comes_closer_to_the_edge_of_a_part_than_printers_reach(code, kind):
    part = FORMS[code].page.height_mm
    for text, left, top in places(render(code, kind, CONTEXT)):
        if text not in ("✂", "沿虚线撕开"):
            assert 5 <= left <= 205, text
            assert 5 <= top % part <= part - 4.8, (text, top)


def test_blocks_that_do_not_fit_their_part_are_refused_when_declared():
    with pytest.raises(ValueError, match=r"99 mm are \d+\.\d mm too tall"):
        Slip(blocks=(Row((Field("a", "甲"),), 80.0),))


@pytest.fixture
def declared():
    """Forms declared by a test leave the list again."""
    before = dict(REGISTERED)
    yield
    REGISTERED.clear()
    REGISTERED.update(before)


@pytest.mark.usefixtures("declared")
def test_copies_may_be_a5_each_or_two_on_a_page():
    copies = (Copy("第一联", "存根"), Copy("第二联", "业户"))
    blocks = (Row((Field("what", "事项"),), 20.0, grows=True), Signatures((("by", "经办人"),)))
    Form("T-05", "单据", page=Slip(blocks, copies, height_mm=148.0, each_on_a5=True))
    Form("T-04", "单据", page=Slip(blocks, copies, height_mm=148.0))
    a5 = PdfReader(BytesIO(render("T-05", FILLED, CONTEXT, {"what": "甲"})))
    assert [round(float(page.mediabox.height) / MM) for page in a5.pages] == [148, 148]
    [a4] = pages(render("T-04", FILLED, CONTEXT, {"what": "甲"}))
    assert a4.count("事项") == 2
    assert "沿虚线撕开" in a4


@pytest.mark.usefixtures("declared")
def test_labels_fill_the_page_and_go_on_to_the_next(tmp_path):
    label = Label(100, 70, (("purpose", "封存原因"), ("count", "数量（把）")), signature="骑缝签字")
    Form("T-08", "信封面", page=label)
    many = [
        {"headline": f"YJ-{n:03d}", "purpose": "长期外出" * 30, "code": f"YS-YJ-{n:04d}", "copy_ids": [f"id{n}"]}
        for n in range(9)
    ]
    pdf = render("T-08", FILLED, CONTEXT, many)
    first, second = pages(pdf)
    assert [n for n in range(9) if f"YJ-{n:03d}" in first] == list(range(8))
    assert "YJ-008" in second
    found = codes(pdf, tmp_path)
    assert sorted(text for kind, text in found if kind == "QRCode") == [
        f"https://kf.wanhe-wuye.cn/q/id{n}" for n in range(8)
    ]
    assert sorted(text for kind, text in found if kind == "Code128") == [f"YS-YJ-{n:04d}" for n in range(8)]
    assert pages(render("T-08", "blank", CONTEXT))[0].count("封存原因") == 8


def test_many_desks_may_print_at_once():
    """Fonts are shared by all documents: no paper may show another's characters."""
    names = [chr(0x4E00 + 37 * n) + chr(0x5E00 + 11 * n) + f"{n:03d}" for n in range(60)]

    def one(name: str) -> bool:
        return pages(render("F-01", FILLED, CONTEXT, {"number": NUMBER, "reporter": name}))[0].count(name) == 3

    with ThreadPoolExecutor(6) as desks:
        assert all(desks.map(one, names))
