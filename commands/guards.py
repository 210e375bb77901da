"""The guards that `make mutants` takes away one by one: file, its text, what stands instead, the tests that notice."""

Guard = tuple[str, str, str, tuple[str, ...]]

SIGNING = ("tests/test_signing.py",)
COPIES = ("tests/test_copies.py",)
TICKETS = ("tests/test_tickets.py",)
ORDERS = ("tests/test_work_orders.py",)
CALLS = ("tests/test_follow_ups.py",)
CLOCKS = ("tests/test_deadlines.py",)
STAFFING = ("tests/test_staffing.py",)
REGISTERS = ("tests/test_registers.py",)
HOUSEHOLDS = ("tests/test_households.py",)
TRAIL = ("tests/test_trail.py",)

GUARDS: tuple[Guard, ...] = (
    # permission lines
    ("rules/permissions.py", '"work_order.cancel": [[supervisor]]', '"work_order.cancel": [[service]]', ORDERS),
    ("rules/permissions.py", '"ticket.cancel": [[supervisor], [manager]]', '"ticket.cancel": [[desk]]', TICKETS),
    (
        "rules/permissions.py",
        '"resident.search_phone": [[desk], [manager], [duty_manager]]',
        '"resident.search_phone": [[service], [manager]]',
        HOUSEHOLDS,
    ),
    (
        "rules/permissions.py",
        "    if permission in APPROVALS:\n        person = person.approving\n",
        "",
        ("tests/test_base.py", "tests/test_staffing.py"),
    ),
    # scope
    (
        "rules/clauses.py",
        "return person.holds(*names, org_id=None if it is None else org_of(it))",
        "return person.holds(*names)",
        (*HOUSEHOLDS, *TICKETS),
    ),
    (
        "rules/clauses.py",
        "        condition: ColumnElement[bool] = owner.in_(units)\n        return condition if units else false()",
        "        return true()",
        HOUSEHOLDS,
    ),
    # the state guard
    (
        "models/document.py",
        'raise RuntimeError(f"{thing}: no move led from {was} to {thing.state}")',
        "pass",
        ("tests/test_tickets.py", "tests/test_work_orders.py", "tests/test_house_rules.py"),
    ),
    (
        "models/document.py",
        'raise RuntimeError(f"{thing}: {was} papers are neither changed nor deleted")',
        "pass",
        (*TICKETS, *ORDERS, "tests/test_house_rules.py"),
    ),
    ("rules/advance.py", "    if doc.state not in step.source:\n", "    if False:\n", ORDERS),
    (
        "rules/advance.py",
        '    if step.reason and not (reason or "").strip():\n',
        "    if False:\n",
        (*ORDERS, *TICKETS),
    ),
    # masks
    ("models/masks.py", 'return value[:head] + "*" * hidden + value[-tail:]', "return value", (*HOUSEHOLDS, *TRAIL)),
    (
        "rules/show.py",
        'return str(value) if clear else masked(info["secret"], str(value))',
        "return str(value)",
        HOUSEHOLDS,
    ),
    ("rules/households.py", "    if len(reason.strip()) < 2:\n", "    if False:\n", HOUSEHOLDS),
    ("rules/households.py", "    if (lately or 0) >= limit:\n", "    if False:\n", HOUSEHOLDS),
    (
        "rules/finding.py",
        'if not _TAIL.fullmatch(tail) or not allows(person, "resident.search_phone"):',
        "if not _TAIL.fullmatch(tail):",
        HOUSEHOLDS,
    ),
    # signer rules
    ("rules/signing.py", "    if not adult:\n", "    if False:\n", SIGNING),
    ("rules/signing.py", "    if kind is None or kind not in allowed:\n", "    if False:\n", SIGNING),
    (
        "rules/signing.py",
        "if staff is None or not staff.ranks(said.department, said.rank, order.org_id):",
        "if staff is None:",
        SIGNING,
    ),
    ("rules/signing.py", "    if mine and not mine & set(HOUSEHOLD_RELATIONS):\n", "    if False:\n", SIGNING),
    # copies
    ("rules/copies.py", "    if order.state not in SIGNED:\n", "    if False:\n", COPIES),
    ("rules/copies.py", "    if order.received_by_id is None:\n", "    if False:\n", COPIES),
    (
        "rules/copies.py",
        '    if copy.copy_no == 2 and not by.ranks("engineering", 1, copy.org_id):\n',
        "    if False:\n",
        COPIES,
    ),
    # the slip
    ("rules/order_moves.py", "    if order.leak and order.leak_tested_at is None:\n", "    if False:\n", ORDERS),
    (
        "rules/order_moves.py",
        '    if order.kind == "defect" and not order.recheck_passed:\n',
        "    if False:\n",
        ORDERS,
    ),
    ("rules/order_moves.py", '    if not (order.result or "").strip():\n', "    if False:\n", ORDERS),
    ("rules/order_moves.py", "    if has_material == order.no_material:\n", "    if False:\n", ORDERS),
    # the ticket
    (
        "rules/tickets.py",
        '        raise RuleError("请选择处理部门", field="department", rule="FIRST-02")',
        "        pass",
        TICKETS,
    ),
    (
        "rules/tickets.py",
        "    if inspect(ticket).attrs.first_contact_id.history.deleted:\n",
        "    if False:\n",
        TICKETS,
    ),
    ("rules/tickets.py", '    if not (ticket.signed_by or "").strip():\n', "    if False:\n", TICKETS),
    # clocks
    (
        "rules/deadline_moments.py",
        "    return (ticket.appointment_at or started) - limit\n",
        "    return ticket.appointment_at or started\n",
        CLOCKS,
    ),
    (
        "rules/deadline_moments.py",
        "    return max(started + limit, order.appointment_at or started)\n",
        "    return started + limit\n",
        CLOCKS,
    ),
    (
        "rules/deadline_moments.py",
        "    return earliest(order.on_site_at, order.done_at)\n",
        "    return None\n",
        CLOCKS,
    ),
    (
        "rules/calendar.py",
        "return any(a <= wall < b if a <= b else (wall >= a or wall < b) for a, b in quiet)",
        "return False",
        ("tests/test_calendar.py", *CALLS),
    ),
    # people
    ("rules/staffing.py", "above = own.rank > wanted.rank and", "above = own.rank >= wanted.rank and", STAFFING),
    ("rules/staffing.py", "    if to.id in (appointment.staff_id, by.staff_id):\n", "    if False:\n", STAFFING),
    ("rules/person.py", "    if not staff.active:\n        return Person(staff.id, staff.name)\n", "", STAFFING),
    # writing
    (
        "rules/write.py",
        '            raise RuntimeError("nested write transaction")',
        "            pass",
        ("tests/test_engines.py", "tests/test_house_rules.py", "tests/test_registers.py"),
    ),
    (
        "models/trail.py",
        '        raise RuntimeError(f"bulk write on {mapper.class_.__name__} leaves no trail")',
        "        pass",
        (*TRAIL, "tests/test_house_rules.py"),
    ),
    (
        "rules/trail.py",
        "        sound = it.hash == _seal_of(previous, it.chain_id, it.first_seq, it.last_seq, it.lines)",
        "        sound = True",
        TRAIL,
    ),
)
