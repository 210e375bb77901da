"""Custody is conserved: whatever the counter does in whatever order, every key is in one place, every move signed."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from models import Base, KeyCopyOrder, KeyDeposit, KeyIncident, KeyItem, KeyLoan, KeyUnsealing, RepairKeyPickup
from models.keys import CHAIN, GONE
from models.searching import indexed, indexing_ddl
from rules.advance import advance, start
from rules.errors import RuleError
from rules.keys_conservation import custody_faults
from rules.keys_unsealings import open_unsealing
from tests import key_makers as make
from tests.makers import world

PICK = st.integers(0, 99)
SHORT, LONG = 30, 60


class Custody(RuleBasedStateMachine):
    """The counter of 云锦里, one deed after the other; what the rules refuse changes nothing."""

    tried = 0
    refused = 0

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        Base.metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            for statement in indexing_ddl("sqlite", indexed()):
                connection.execute(text(statement))
        self.session = Session(self.engine)
        self.room: make.KeyRoom = make.key_room(world(self.session))
        self.pieces: dict[int, int] = {}

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()

    # ---- help ----

    def key(self, n: int, *states: str) -> KeyItem | None:
        """One of the keys in these states, or of all."""
        rows = select(KeyItem).order_by(KeyItem.id)
        keys = list(self.session.scalars(rows.where(KeyItem.state.in_(states)) if states else rows))
        return keys[n % len(keys)] if keys else None

    def paper(self, model: Any, n: int, *states: str) -> Any:
        papers = list(self.session.scalars(select(model).where(model.state.in_(states)).order_by(model.id)))
        return papers[n % len(papers)] if papers else None

    def attempt(self, deed: Any) -> None:
        """Do it, or be refused and leave everything as it was."""
        type(self).tried += 1
        try:
            deed()
            self.session.commit()
        except RuleError:
            type(self).refused += 1
            self.session.rollback()

    # ---- deeds ----

    @initialize()
    def begin(self) -> None:
        make.received(self.room)
        make.deposited(self.room, sealed=True)

    @rule(category=st.sampled_from(("vacant", "repair", "special")))
    def receive(self, category: str) -> None:
        self.attempt(lambda: make.received(self.room, category))

    @rule(sealed=st.booleans())
    def deposit(self, sealed: bool) -> None:
        self.attempt(lambda: make.deposited(self.room, sealed=sealed))

    @rule(n=PICK)
    def lend_any_key(self, n: int) -> None:
        """Any key at all: also the sealed, the lent, the lost."""
        key = self.key(n)
        if key is not None:
            self.attempt(lambda: make.lent(self.room, key))

    @rule(n=PICK, short=st.booleans())
    def give_back(self, n: int, short: bool) -> None:
        loan = self.paper(KeyLoan, n, "lent")
        if loan is not None:
            self.attempt(lambda: make.given_back(self.room, loan, **({"qty_in": 0} if short else {})))

    @rule(n=PICK)
    def ask_to_open(self, n: int) -> None:
        key = self.key(n)
        if key is not None:
            self.attempt(lambda: make.unsealing(self.room, key))

    @rule(n=PICK, far=st.integers(1, 6))
    def go_along_the_chain(self, n: int, far: int) -> None:
        key = self.key(n, *CHAIN)
        paper = open_unsealing(self.session, key.id) if key is not None else None
        if paper is not None:
            target = min(make.STEPS.index(paper.state) + far, len(make.STEPS) - 1)
            self.attempt(lambda: make.walk(self.room, paper, make.STEPS[target]))

    @rule(
        n=PICK, verb=st.sampled_from(("owner_refuses", "decline", "withdraw", "open", "enter", "reseal", "owner_takes"))
    )
    def any_step_at_any_time(self, n: int, verb: str) -> None:
        paper = self.paper(KeyUnsealing, n, *KeyUnsealing.lifecycle.states)
        if paper is None:
            return
        posts = {"decline": "project_manager"}
        details = (
            make.call() if verb == "owner_refuses" else {"owner_name": make.OWNER, **make.resealing(self.room, paper)}
        )
        details |= {"seal_intact": True, "witness": self.room.by("technician")}
        reason = {"reason": "改主意了"} if verb in ("decline", "withdraw") else {}
        by = self.room.by(posts.get(verb, "desk_clerk"))
        self.attempt(lambda: advance(self.session, paper, verb, by, **details, **reason))

    @rule(n=PICK, intact=st.booleans())
    def owner_withdraws(self, n: int, intact: bool) -> None:
        deposit = self.paper(KeyDeposit, n, "kept")
        if deposit is not None:
            signed = make.drawn(self.room, deposit, "owner_sign")
            by = self.room.by("desk_clerk")
            self.attempt(lambda: advance(self.session, deposit, "withdraw", by, seal_intact=intact, kept=signed))

    @rule(n=PICK)
    def pick_up(self, n: int) -> None:
        key = self.key(n)
        if key is None:
            return

        def deed() -> None:
            pickup: RepairKeyPickup = start(self.session, make.pickup_of(self.room, key), self.room.by("desk_clerk"))
            signed = make.drawn(self.room, pickup, "picker_sign")
            advance(self.session, pickup, "pick_up", self.room.by("desk_clerk"), id_verified=True, kept=signed)

        self.attempt(deed)

    @rule(n=PICK, kind=st.sampled_from(("loss", "damage", "mismatch", "long_out")))
    def lose(self, n: int, kind: str) -> None:
        key = self.key(n)
        if key is not None:
            self.attempt(lambda: make.incident(self.room, key, kind))

    @rule(n=PICK, intact=st.booleans())
    def find(self, n: int, intact: bool) -> None:
        case = self.paper(KeyIncident, n, "reported", "instructed", "handling")
        if case is not None:
            by = self.room.by("service_supervisor")
            self.attempt(lambda: advance(self.session, case, "find", by, result="找到了", seal_intact=intact))

    @rule(n=PICK, measure=st.sampled_from(("recut", "change_lock")))
    def settle_the_loss(self, n: int, measure: str) -> None:
        case = self.paper(KeyIncident, n, "reported")
        if case is None:
            return

        def deed() -> None:
            advance(self.session, case, "instruct", self.room.by("project_manager"), instruction="照办")
            if case.key.category in ("entrusted", "repair"):
                advance(self.session, case, "consent", self.room.by("desk_clerk"), **make.call())
            advance(self.session, case, "handle", self.room.by("service_supervisor"), measure=measure)
            advance(self.session, case, "resolve", self.room.by("service_supervisor"), result="办好了", home_door=1)

        self.attempt(deed)

    @rule(n=PICK)
    def copy(self, n: int) -> None:
        key = self.key(n)
        if key is None:
            return

        def deed() -> None:
            order = KeyCopyOrder(org_id=key.org_id, key_id=key.id, reason="另备一把", home_door=1)
            start(self.session, order, self.room.by("desk_clerk"))
            advance(self.session, order, "approve", self.room.by("service_supervisor"))
            advance(self.session, order, "finish", self.room.by("desk_clerk"), result="锁匠")

        self.attempt(deed)

    @rule(n=PICK)
    def split(self, n: int) -> None:
        key = self.key(n)
        if key is not None:
            by = self.room.by("service_administrator")
            self.attempt(lambda: advance(self.session, key, "split", by, off_home_door=1))

    @rule(n=PICK)
    def count(self, n: int) -> None:
        missing = self.key(n)
        gone = (missing.id,) if missing is not None and n % 3 == 0 else ()
        self.attempt(lambda: make.counted(self.room, make.count(self.room), missing=gone))

    # ---- what must hold ----

    @invariant()
    def custody_is_conserved(self) -> None:
        assert custody_faults(self.session) == []

    @invariant()
    def nothing_leaves_its_hook_but_what_is_out_or_gone(self) -> None:
        for key in self.session.scalars(select(KeyItem).where(KeyItem.state.not_in(GONE))):
            assert key.hook_no is not None
            assert key.total > 0


def go(steps: int, examples: int) -> None:
    Custody.tried = Custody.refused = 0
    check = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=examples < 20,
        phases=(Phase.generate,) if examples < 20 else tuple(Phase),
    )
    run_state_machine_as_test(Custody, settings=check)
    print(f"{Custody.tried} deeds, {Custody.refused} refused")
    assert Custody.tried > Custody.refused > 0


@pytest.mark.rule("KEY-16", "KEY-17", "KEY-27", "KEY-30", "KEY-46", "KEY-52")
def test_custody_is_conserved_after_any_short_day():
    go(SHORT, 8)


@pytest.mark.long
@pytest.mark.rule("KEY-16", "KEY-17", "KEY-27", "KEY-30", "KEY-46", "KEY-52")
def test_custody_is_conserved_after_any_long_day():
    go(LONG, 60)
