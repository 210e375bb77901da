"""Sequences of moves nobody thought of, against a model that only adds and subtracts."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from models import Material, Warehouse
from rules.errors import RuleError
from rules.ledger import on_hand
from rules.ledger_check import verify_ledger
from rules.materials import add_material
from rules.slip_returns import make_return, returnable
from rules.stock_reports import Question, summary
from rules.trail import verify_numbers
from rules.transfers import pair
from tests.storehouse import Stores, storehouse
from tests.test_stock_transfers import ordered

PERIOD = Question(date(2020, 1, 1), date(2030, 1, 1))
QUANTITIES = st.integers(1, 8000).map(lambda n: Decimal(n) / 1000)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(("receive", "issue", "unapprove", "approve", "return", "transfer", "arrive", "void")),
        st.integers(0, 1),
        st.integers(0, 30),
        QUANTITIES,
    ),
    max_size=14,
)


class Model:
    """What ought to lie there: added up in plain numbers, slip by slip."""

    def __init__(self, made: Stores, n: int) -> None:
        self.made, self.session = made, made.session
        self.slips: list[Any] = []
        self.left: dict[tuple[int, int], Decimal] = {}
        self.columns: dict[str, Decimal] = {"in": Decimal(0), "out": Decimal(0)}
        self.things = [self._thing(n, k) for k in range(2)]
        self.stores: list[Warehouse] = [made.stores["yj.sound"], made.stores["wj.sound"]]
        made.session.commit()

    def _thing(self, n: int, k: int) -> Material:
        name = f"m{n}-{k}"
        facts = {"name": name, "measure": "个", "kind": "consumable", "repair_class": "class1"}
        self.made.things[name] = add_material(
            self.session, Material(org_id=self.made.orgs["centre"].id, code=name, **facts)
        )
        return self.made.things[name]

    def attempt(self, do: Callable[[], Any]) -> Any:
        """A move, or its refusal, which changes nothing."""
        try:
            return do()
        except RuleError:
            self.session.rollback()
            return None

    def booked(self, slip: Any, times: int) -> None:
        """The slip stands (1) or stands no more (-1)."""
        sign = 1 if slip.side == "in" else -1
        for line in slip.lines:
            key = (slip.warehouse_id, line.material_id)
            self.left[key] = self.left.get(key, Decimal(0)) + times * sign * line.qty
            self.columns[slip.side] += times * line.qty

    def move(self, slip: Any, verb: str) -> None:
        """One move of a slip; what it does to the model follows only when it was made."""
        before = slip.state
        self.attempt(lambda: self.made.move(slip, verb, reason="错"))
        if before != slip.state and "approved" in (before, slip.state):
            self.booked(slip, 1 if slip.state == "approved" else -1)

    def step(self, kind: str, k: int, pick: int, qty: Decimal) -> None:
        """One of the moves."""
        where = ("yj.sound", "wj.sound")[pick % 2]
        name = next(n for n, t in self.made.things.items() if t is self.things[k])
        if kind in ("receive", "issue"):
            do = self.made.receive if kind == "receive" else self.made.issue
            slip = self.attempt(lambda: do(where, approve=False, **{name: qty}))
            if slip is not None:
                self.slips.append(slip)
                self.move(slip, "approve")
        elif kind == "transfer":
            transfer = ordered(self.made, "yj.sound", "wj.sound", **{name: qty})
            self.made.move(transfer, "approve")
            self.slips += pair(self.session, transfer)
            self.move(self.slips[-2], "approve")
        elif self.slips:
            self._with(kind, self.slips[pick % len(self.slips)], qty)

    def _with(self, kind: str, slip: Any, qty: Decimal) -> None:
        if kind != "return":
            self.move(slip, "approve" if kind == "arrive" else kind)
            return
        if not returnable(self.session, slip):
            return
        scene, party = ("broken", "maker") if slip.side == "in" else ("leftover", "site")
        facts: dict[str, Any] = {"scene": scene, "party": party, "reason": "余料"}
        lines = [{"line_no": "1", "qty": qty}]
        red = self.attempt(lambda: make_return(self.session, slip, self.made.accountant, lines=lines, **facts))
        if red is not None:
            self.session.commit()
            self.slips.append(red)
            self.move(red, "approve")

    def judge(self) -> None:
        """Ledger, balances, reports and the model say the same."""
        for store in self.stores:
            there = on_hand(self.session, store.id, [t.id for t in self.things])
            for thing in self.things:
                assert there.get(thing.id, Decimal(0)) == self.left.get((store.id, thing.id), Decimal(0)) >= 0
        ids = {t.id for t in self.things}
        lines = [n for n in summary(self.session, self.made.accountant, PERIOD) if n.material.id in ids]
        assert sum((n.received for n in lines), Decimal(0)) == self.columns["in"]
        assert sum((n.issued for n in lines), Decimal(0)) == self.columns["out"]
        assert all(n.closing == n.opening + n.received - n.issued for n in lines)
        assert {(n.warehouse.id, n.material.id): n.closing for n in lines if n.closing} == {
            key: qty for key, qty in self.left.items() if qty
        }


def run(session: Session, examples: int) -> None:
    """So many sequences in one house, each with things of its own."""
    made = storehouse(session)
    count = iter(range(100_000))

    @settings(max_examples=examples)
    @given(MOVES)
    def sequences(moves: list[tuple[str, int, int, Decimal]]) -> None:
        session.rollback()
        model = Model(made, next(count))
        for one in moves:
            model.step(*one)
        model.judge()

    sequences()
    assert verify_ledger(session) == []
    assert verify_numbers(session) == []


@pytest.mark.rule("INV-14", "INV-23", "INV-57")
def test_ledger_balances_reports_and_a_plain_model_agree(session: Session):
    run(session, 25)


@pytest.mark.long
def test_ledger_balances_reports_and_a_plain_model_agree_in_many_sequences(session: Session):
    run(session, 400)
