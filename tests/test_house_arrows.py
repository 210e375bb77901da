"""The ways papers may go, written down by hand from the regulations, and that no paper goes any other."""

from typing import Any

import pytest
from sqlalchemy.orm import configure_mappers

from models import Base, FollowUp, Stateful, Ticket, WorkOrder
from rules.advance import advance
from rules.errors import WrongState
from rules.person import SYSTEM

LIVING: list[type[Any]] = sorted(
    (m.class_ for m in Base.registry.mappers if issubclass(m.class_, Stateful)), key=lambda c: c.__tablename__
)
#: 从 —步骤→ 到; ⚙ is caused by another paper's move and never pressed.
SLIP = """
草稿 签发 已出单
已出单 已接单 已预约 改为预约 已预约
已出单 已预约 接单签领 已接单
已接单 到楼门 已接单
已接单 到场反馈 已到场
已到场 开工 处理中
处理中 完工 待签认
待签认 约业主验收 待签认
待签认 签认 已完成
待签认 纸质已签待回单 已签待回单
已签待回单 收回第三联⚙ 已完成
待签认 已签待回单 拒签 处理中
已完成 归档⚙ 已归档
草稿 已出单 已预约 已接单 取消 已取消
"""
MATTER = """
已登记 当场解决 已完成
已登记 已预约 已派单 预约 已预约
已登记 已预约 转部门处理 已派单
已登记 已预约 已派单 处理中 待回访 派单⚙ 已派单
已派单 已预约 处理中 到场处理⚙ 处理中
已派单 部门到场反馈 处理中
已派单 处理中 已预约 维修完成⚙ 待回访
已派单 处理中 办结 待回访
待回访 回访合格关闭⚙ 已关闭
待回访 回访不合格返工⚙ 已派单
待回访 转投诉⚙ 已关闭
已登记 已预约 已派单 作废 已作废
已派单 处理中 工单取消，退回登记⚙ 已登记
"""
PAGE = """
待回访 回访合格 合格
待回访 回访不合格 不合格
待回访 作废 作废
"""
WAYS = [(WorkOrder, SLIP, "已完成 已归档 已取消"), (Ticket, MATTER, "已关闭 已完成 已作废")]


def written(text: str) -> set[tuple[str, str, str]]:
    """(from, step, to) of every line."""
    lines = [line.split() for line in text.strip().splitlines()]
    return {(source, line[-2], line[-1]) for line in lines for source in line[:-2]}


def arrows(model: type[Any]) -> set[tuple[str, str, str]]:
    """What the program knows."""
    name = model.lifecycle.states
    return {
        (name[source], f"{step.label}{'⚙' if step.system else ''}", name[step.target])
        for step in model.lifecycle.moves.values()
        for source in step.source
    }


@pytest.mark.rule("WO-18", "WO-25", "TKT-08", "TKT-09")
@pytest.mark.parametrize(("model", "ways", "ends"), WAYS)
def test_slips_and_matters_go_the_ways_of_the_regulation_and_no_other(model: Any, ways: str, ends: str) -> None:
    assert arrows(model) == written(ways)
    assert {model.lifecycle.states[state] for state in model.lifecycle.frozen} == set(ends.split())


@pytest.mark.rule("RV-27")
def test_a_page_of_the_follow_ups_is_passed_failed_or_void_and_then_stays() -> None:
    assert arrows(FollowUp) == written(PAGE)
    assert len(FollowUp.lifecycle.frozen) == len(FollowUp.lifecycle.states) - 1


@pytest.mark.parametrize("model", LIVING, ids=lambda m: m.__tablename__)
def test_no_move_is_made_from_a_state_it_does_not_start_from(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the database is asked anything, even for the house itself."""
    configure_mappers()
    monkeypatch.setattr(model, "__str__", lambda _self: "单据")  # one with nothing on it has no name yet
    tried = 0
    for verb, step in model.lifecycle.moves.items():
        for state in model.lifecycle.states.keys() - set(step.source):
            paper = model()
            paper.state = state
            with pytest.raises(WrongState, match=model.lifecycle.states[state]) as refused:
                advance(None, paper, verb, SYSTEM, cause=paper, reason="试试")  # type: ignore[arg-type]
            assert (paper.state, refused.value.rule) == (state, step.rule)
            tried += 1
    assert tried >= len(model.lifecycle.moves)


def test_no_system_move_is_made_without_the_paper_that_causes_it() -> None:
    configure_mappers()
    steps = [(model, step) for model in LIVING for step in model.lifecycle.moves.values() if step.system]
    assert len(steps) > 8
    for model, step in steps:
        paper = model()
        paper.state = next(iter(step.source))
        with pytest.raises(RuntimeError, match="is a system move"):
            advance(None, paper, step.verb, SYSTEM, reason="试试")  # type: ignore[arg-type]
