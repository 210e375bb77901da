"""The guards that `make mutants` takes away one by one: file, text, what stands instead, and the tests that notice.

A guard names the very tests that are there to notice it; tests/test_mutants.py keeps the list true in every run.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Guard(NamedTuple):
    """One line the house relies on."""

    kind: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """File and first line, as the run tells it."""
        return f"{self.file}: {self.old.strip().splitlines()[0][:80]}"


def _of(kind: str, file: str, *rows: tuple[str, ...]) -> Iterator[Guard]:
    """Guards of one file: (text, tests) to take away, (text, other text, tests) to change; tests as `file::test`."""
    for row in rows:
        old, new, tests = row if len(row) == 3 else (row[0], _without(row[0]), row[1])
        yield Guard(kind, file, old, new, tuple(f"tests/{one.replace('::', '.py::')}" for one in tests.split()))


def _without(text: str) -> str:
    """A condition that is never met, a refusal that is not raised, a call that is not made."""
    word = text.split()[0]
    return f"{word} False:" if word in ("if", "elif") and text.endswith(":") else "pass"


GUARDS: tuple[Guard, ...] = (
    *_of(
        "permission",
        "rules/permissions.py",
        ('"work_order.cancel": [[supervisor]]', '"work_order.cancel": [[service]]',
         "test_work_orders::test_a_cancelled_slip_gives_the_ticket_back"),
        ('"work_order.issue": [[desk], [duty_manager]]', '"work_order.issue": [[staff]]',
         "test_work_orders::test_the_issuer_is_whoever_is_logged_in_at_the_desk"),
        ('"ticket.cancel": [[supervisor], [manager]]', '"ticket.cancel": [[desk]]',
         "test_tickets::test_a_ticket_is_voided_with_a_reason_when_no_slip_is_open"),
        ('"follow_up.pass_": [[desk], [manager]]', '"follow_up.pass_": [[staff]]',
         "test_follow_ups::test_the_desk_and_the_manager_make_follow_ups_and_nobody_else"),
        ('"policy_value.write": [[manager], ', '"policy_value.write": [[staff], ',
         "test_policies::test_nobody_changes_a_policy_above_or_beside_their_own_units"),
        ('"trail_entry.read": [[supervisor], [manager], [overseers], [system_admin]]', '"trail_entry.read": [[staff]]',
         "test_trail::test_the_chain_of_the_company_is_for_the_company_only"),
        ('"attachment.read_void": [[manager]]', '"attachment.read_void": [[staff]]',
         "test_attachments::test_a_file_uploaded_by_mistake_is_withdrawn_and_opens_for_the_manager_alone"),
        ("any(all(c.holds(person, it) for c in clause)", "any(any(c.holds(person, it) for c in clause)",
         "test_tickets::test_a_guard_passes_the_matter_to_the_desk"),
        ("if permission in APPROVALS:",
         "test_staffing::test_a_delegation_lasts_its_days_raises_nobody_and_brings_no_approvals"),
        ("if not allows(person, permission, it):",
         "test_policies::test_nobody_changes_a_policy_above_or_beside_their_own_units"),
    ),
    *_of(
        "scope",
        "rules/clauses.py",
        ("return person.holds(*names, org_id=None if it is None else org_of(it))", "return person.holds(*names)",
         "test_tickets::test_a_remark_says_how_and_to_whom"),
        ("return condition if reached else false()", "return true()",
         "test_households::test_another_projects_household_is_not_there"),
    ),
    *_of(
        "scope",
        "rules/scope.py",
        ("select(model).where(model.id == row_id, readable(person, model))", "select(model).where(model.id == row_id)",
         "test_households::test_another_projects_household_is_not_there"),
    ),
    *_of(
        "scope",
        "rules/attachments.py",
        ("if found is None or row is None or not may_open(person, row):", "if found is None:",
         "test_attachments::test_a_file_is_closed_when_its_record_is_no_longer_in_reach"),
    ),
    *_of(
        "scope",
        "admin_views/exports.py",
        ("if run is None or run.by_id != person.staff_id:", "if run is None:",
         "test_exports::test_a_file_is_only_for_who_asked_and_only_for_a_while"),
    ),
    *_of(
        "scope",
        "rules/tickets.py",
        ("if ticket.unit_id and (unit is None or unit.org_id != ticket.org_id):",
         "test_tickets::test_the_unit_belongs_to_the_project"),
    ),
    *_of(
        "arrow",
        "models/document.py",
        ('raise RuntimeError(f"{thing}: no move led from {was} to {thing.state}")',
         "test_house_rules::test_no_state_is_written_by_hand_in_any_register"),
        ('raise RuntimeError(f"{thing}: {was} papers are neither changed nor deleted")',
         "test_house_rules::test_no_paper_is_deleted_and_no_frozen_one_changed"),
        ('raise RuntimeError(f"{thing}: papers are voided, never deleted")',
         "test_house_rules::test_no_paper_is_deleted_and_no_frozen_one_changed"),
        ('raise RuntimeError(f"{thing}: a number is never changed")',
         "test_house_rules::test_no_paper_is_deleted_and_no_frozen_one_changed"),
    ),
    *_of(
        "arrow",
        "rules/advance.py",
        ("if doc.state not in step.source:",
         "test_house_arrows::test_no_move_is_made_from_a_state_it_does_not_start_from"),
        ('if step.reason and not (reason or "").strip():',
         "test_work_orders::test_without_a_signature_the_work_counts_as_not_done"),
        ("if step.system:", "test_house_arrows::test_no_system_move_is_made_without_the_paper_that_causes_it"),
    ),
    *_of(
        "arrow",
        "models/work_orders.py",
        ('move("sign", "to_sign", "completed",', 'move("sign", "to_sign working", "completed",',
         "test_house_arrows::test_slips_and_matters_go_the_ways_of_the_regulation_and_no_other"),
        ('frozen=("completed", "archived", "cancelled"),', 'frozen=("archived", "cancelled"),',
         "test_house_arrows::test_slips_and_matters_go_the_ways_of_the_regulation_and_no_other"),
    ),
    *_of(
        "arrow",
        "models/tickets.py",
        ('move("solve", "registered", "solved",', 'move("solve", "registered dispatched", "solved",',
         "test_house_arrows::test_slips_and_matters_go_the_ways_of_the_regulation_and_no_other"),
    ),
    *_of(
        "mask",
        "models/masks.py",
        ('return value[:head] + "*" * hidden + value[-tail:]', "return value",
         "test_households::test_a_hit_says_where_somebody_lives_and_masks_the_phone"),
    ),
    *_of(
        "mask",
        "rules/show.py",
        ('return str(value) if clear else masked(info["secret"], str(value))', "return str(value)",
         "test_households::test_the_page_shows_who_lives_there_and_what_is_open"),
        ("return is_open and (desk or mine)", "return desk or mine",
         "test_tickets::test_the_phone_of_a_ticket_is_prefilled_only_for_whom_it_is_open"),
    ),
    *_of(
        "mask",
        "rules/attachments.py",
        ('return row.__tablename__ not in PERSONAL or allows(person, "resident.reveal", row)', "return True",
         "test_personal::test_a_residents_papers_are_only_for_who_may_have_personal_values_shown"),
    ),
    *_of(
        "mask",
        "admin_views/lookups.py",
        ('len(plain) >= TAIL_LEAST and allows(self.person, "resident.search_phone")', "len(plain) >= TAIL_LEAST",
         "test_personal::test_who_reads_the_matters_without_the_right_to_ask_by_phone_finds_nothing_by_its_tail"),
    ),
    *_of(
        "mask",
        "admin_views/query.py",
        ('len(word) >= TAIL_LEAST and allows(self.asking.person, "resident.search_phone"):',
         "len(word) >= TAIL_LEAST:",
         "test_personal::test_who_reads_the_matters_without_the_right_to_ask_by_phone_finds_nothing_by_its_tail"),
    ),
    *_of(
        "mask",
        "admin_views/filters.py",
        ('return allows(person, "resident.search_phone")', "return True",
         "test_personal::test_who_reads_the_matters_without_the_right_to_ask_by_phone_finds_nothing_by_its_tail"),
    ),
    *_of(
        "mask",
        "admin_views/security.py",
        ("route=request.url_rule.rule if request.url_rule else None", "route=request.full_path",
         "test_security::test_the_access_line_holds_no_personal_data"),
    ),
    *_of(
        "reveal",
        "rules/households.py",
        ("if len(reason.strip()) < 2:", "test_households::test_without_a_reason_or_the_right_nothing_is_shown"),
        ("if (lately or 0) >= limit:", "test_households::test_nobody_is_shown_more_than_the_hourly_number"),
        ('require(person, "resident.reveal", row, "显示隐藏的内容")',
         "test_households::test_without_a_reason_or_the_right_nothing_is_shown"),
        ('tell(session, REVEALED, row, {"字段": model.info(field)["label"], "用途": reason.strip()[:100]})',
         "test_households::test_a_value_is_shown_for_a_reason_that_stays_in_the_trail"),
    ),
    *_of(
        "signer",
        "rules/signing.py",
        ("if not adult:", "test_signing::test_anybody_else_is_refused_and_told_who_may"),
        ("if kind is None or kind not in allowed:", "test_signing::test_anybody_else_is_refused_and_told_who_may"),
        ("if staff is None or not staff.ranks(said.department, said.rank, order.org_id):", "if staff is None:",
         "test_signing::test_exactly_the_reporting_department_signs_from_its_rank_on"),
        ("if mine and not mine & set(HOUSEHOLD_RELATIONS):",
         "test_signing::test_anybody_else_is_refused_and_told_who_may"),
        ("return signature.content_hash == content_hash(doc)", "return True",
         "test_signing::test_the_signature_covers_what_stood_on_the_slip"),
    ),
    *_of(
        "signer",
        "rules/login.py",
        ("if not staff.active or staff.must_change:",
         "test_login::test_whoever_is_disabled_or_has_a_first_password_signs_nothing"),
    ),
    *_of(
        "signer",
        "rules/follow_ups.py",
        ('elif not (details.get("signer") or "").strip():',
         "test_follow_ups::test_a_call_leaves_its_minute_and_a_visit_the_residents_signature"),
    ),
    *_of(
        "signer",
        "rules/attachment_voids.py",
        ("if _is_signature(session, attachment):",
         "test_attachments::test_the_image_of_a_signature_is_never_withdrawn"),
    ),
    *_of(
        "copy",
        "rules/copies.py",
        ("if order.state not in SIGNED:", "test_copies::test_a_copy_does_not_come_back_unsigned"),
        ("if order.received_by_id is None:",
         "test_copies::test_copies_two_and_three_leave_with_who_signs_for_the_slip"),
        ('if copy.copy_no == 2 and not by.ranks("engineering", 1, copy.org_id):',
         "test_copies::test_each_copy_is_taken_back_by_its_keeper"),
        ("if by.staff_id is not None and by.staff_id == _claimed_by(session, order):",
         "test_copies::test_who_claimed_the_signature_does_not_receive_the_proof"),
    ),
    *_of(
        "paper",
        "rules/order_moves.py",
        ("if order.leak and order.leak_tested_at is None:",
         "test_work_orders::test_a_leak_is_tested_before_completion"),
        ('if order.kind == "defect" and not order.recheck_passed:',
         "test_work_orders::test_a_defect_is_rechecked_before_the_owner_is_asked_to_accept"),
        ('if not (order.result or "").strip():', "test_work_orders::test_an_empty_column_blocks_completion"),
        ("if has_material == order.no_material:", "test_work_orders::test_an_empty_column_blocks_completion"),
    ),
    *_of(
        "paper",
        "rules/tickets.py",
        ('raise RuleError("请选择处理部门", field="department", rule="FIRST-02")',
         "test_tickets::test_it_is_passed_to_a_department_at_a_time"),
        ("if inspect(ticket).attrs.first_contact_id.history.deleted:",
         "test_tickets::test_the_first_contact_never_changes"),
        ('if not (ticket.signed_by or "").strip():',
         "test_tickets::test_it_is_not_finished_without_its_time_and_the_owners_signature"),
    ),
    *_of(
        "paper",
        "rules/follow_ups.py",
        ("if order is not None and order.state not in DONE_STATES:",
         "test_follow_ups::test_no_follow_up_before_the_signature"),
    ),
    *_of(
        "paper",
        "rules/meetings.py",
        ("if missed and not _has_actions(session, meeting):",
         "test_meetings::test_figures_below_their_target_need_a_measure_with_owner_and_day"),
    ),
    *_of(
        "clock",
        "rules/deadline_moments.py",
        ("return (ticket.appointment_at or started) - limit", "return ticket.appointment_at or started",
         "test_deadlines::test_with_an_appointment_the_slip_is_due_twenty_minutes_before_it"),
        ("return max(started + limit, order.appointment_at or started)", "return started + limit",
         "test_deadlines::test_nobody_has_to_be_there_before_the_agreed_time"),
        ("return earliest(order.on_site_at, order.done_at)", "return None",
         "test_deadlines::test_arrival_on_site_stops_the_twenty_minutes"),
    ),
    *_of(
        "clock",
        "rules/claimed_times.py",
        ("if moment > now:", "test_work_orders::test_each_step_has_its_time_in_order"),
        ("if since is not None and moment < to_the_minute(since):",
         "test_work_orders::test_each_step_has_its_time_in_order"),
    ),
    *_of(
        "clock",
        "rules/policies.py",
        ("[v for since, v in values if since <= moment]", "[v for since, v in values]",
         "test_policies::test_a_value_holds_from_its_moment_on_and_not_before"),
    ),
    *_of(
        "clock",
        "rules/policy_changes.py",
        ("if effective_from < clock.now() - GRACE:",
         "test_policies::test_a_change_needs_a_reason_and_a_moment_that_is_not_past"),
    ),
    *_of(
        "quiet hours",
        "rules/calendar.py",
        ("return any(a <= wall < b if a <= b else (wall >= a or wall < b) for a, b in quiet)", "return False",
         "test_calendar::test_nobody_is_followed_up_early_at_lunch_or_late"),
    ),
    *_of(
        "quiet hours",
        "rules/calls.py",
        ('if call.kind == "out" and not call.urgent:',
         "test_calls::test_nobody_is_rung_up_at_meals_or_at_night_unless_it_is_urgent"),
    ),
    *_of(
        "quiet hours",
        "rules/follow_ups.py",
        ("if not follow_up.on_request and is_inside(at, follow_up_quiet(session, follow_up.org_id, at)):",
         "test_follow_ups::test_nobody_is_disturbed_in_quiet_hours"),
        ("if at < follow_up.earliest_at.replace(second=0, microsecond=0):",
         "test_follow_ups::test_it_is_not_made_before_its_window_opens"),
    ),
    *_of(
        "people",
        "rules/staffing.py",
        ("above = own.rank > wanted.rank and", "above = own.rank >= wanted.rank and",
         "test_staffing::test_nobody_grants_upwards_sideways_elsewhere_or_to_themselves"),
        ("if staff.id == by.staff_id:\n        raise NotAllowed(\"不能给自己任职",
         "if False:\n        raise NotAllowed(\"不能给自己任职",
         "test_staffing::test_nobody_grants_upwards_sideways_elsewhere_or_to_themselves"),
        ("if to.id in (appointment.staff_id, by.staff_id):",
         "test_staffing::test_a_post_is_handed_over_by_its_holder_or_above_and_inside_the_unit"),
    ),
    *_of(
        "people",
        "rules/person.py",
        ("if not staff.active:",
         "test_staffing::test_whoever_is_disabled_holds_nothing_even_where_a_post_was_never_ended"),
    ),
    *_of(
        "token",
        "admin_views/base.py",
        ("if not TOKEN.fullmatch(token):", "test_registers::test_without_the_pages_token_nothing_is_made"),
    ),
    *_of(
        "token",
        "admin_views/form_views.py",
        ("if (before := sent_before(session, key)) is not None:", "if (before := None) is not None:",
         "test_registers::test_a_double_click_makes_one_ticket"),
    ),
    *_of(
        "token",
        "admin_views/doing.py",
        ("if sent_before(session, key) is not None:",
         "test_registers::test_a_move_is_made_once_on_the_version_that_was_seen"),
    ),
    *_of(
        "token",
        "app.py",
        ("CSRFProtect(app)", "test_security::test_no_post_is_taken_without_the_secret_of_our_page"),
    ),
    *_of(
        "version",
        "admin_views/form_views.py",
        ("if version != version_of(row, names):", "test_registers::test_the_second_to_save_sees_both_versions"),
    ),
    *_of(
        "version",
        "admin_views/doing.py",
        ('if version and version != str(getattr(row, "version", version)):',
         "test_registers::test_a_move_is_made_once_on_the_version_that_was_seen"),
    ),
    *_of(
        "writing",
        "rules/write.py",
        ('raise RuntimeError("nested write transaction")',
         "test_house_rules::test_a_write_within_a_write_is_a_programming_error"),
    ),
    *_of(
        "writing",
        "models/trail.py",
        ('raise RuntimeError(f"bulk write on {mapper.class_.__name__} leaves no trail")',
         "test_house_rules::test_no_bulk_write_passes_the_trail_by_in_any_register"),
    ),
    *_of(
        "sealing",
        "rules/trail.py",
        ("it.hash == _seal_of(previous, it.chain_id, it.first_seq, it.last_seq, it.lines)", "True",
         "test_trail::test_a_forged_seal_is_named"),
        ("if _short(entry) != line:", "test_trail::test_a_changed_line_is_named"),
        ("if expected - 1 < head:", "test_trail::test_the_end_cut_off_is_named_sealed_or_not"),
        ("if found is None:", "test_trail::test_a_clean_cut_of_lines_seals_and_head_is_seen_by_the_marks_outside"),
        ("lost = [n for n in range(1, last + 1) if n not in there]", "lost: list[int] = []",
         "test_trail::test_a_gap_a_stray_and_a_missing_number_are_named"),
    ),
    *_of(
        "import identity",
        "rules/importing/identity.py",
        ("if _was_rounded(cell, said):",
         "test_import_cleaning::test_an_identity_number_that_the_spreadsheet_rounded_is_an_error_and_never_a_number"),
        ("if not old and check_digit(number) != number[-1]:",
         "test_import_cleaning::test_identity_numbers_are_checked_to_the_last_digit"),
    ),
    *_of(
        "import identity",
        "rules/importing/residents.py",
        ("if name in known.names_of(owner):", "if True:",
         "test_import_residents::test_the_number_of_another_person_is_an_error_and_not_a_renaming"),
        ("if same and number and same[0].id_no_print and same[0].id_no_print != number:",
         "test_import_residents::test_two_namesakes_in_one_flat_with_two_numbers_are_a_question"),
    ),
    *_of(
        "log-in",
        "rules/doors.py",
        ("return min(LONGEST, timedelta(seconds=2 ** min(failures - free + 1, 20)))", "return timedelta()",
         "test_login::test_the_delay_grows_and_never_locks_for_good"),
        ("if waits:", "test_login::test_of_a_thousand_guesses_in_an_hour_only_a_dozen_are_judged"),
    ),
    *_of(
        "log-in",
        "rules/login.py",
        ("if login.last_seen_at + timedelta(minutes=idle) <= now:",
         "test_login::test_an_idle_log_in_ends_after_two_hours"),
        ("if disabled or attrs.password_hash.history.has_changes():",
         "test_login::test_however_a_password_changes_every_cookie_dies"),
        (".where(LoginSession.expires_at > now, Staff.active.is_(True))", ".where(Staff.active.is_(True))",
         "test_login::test_no_log_in_outlives_its_hours_however_busy"),
    ),
    *_of(
        "log-in",
        "admin_views/login.py",
        ("return None if request.endpoint in OPEN else _ask_to_log_in()", "return None",
         "test_login::test_a_stranger_reaches_nothing_but_the_door"),
    ),
    *_of(
        "export",
        "rules/exporting.py",
        ('return f"\'{text}" if text[:1] in LEADERS else text', "return text",
         "test_exports::test_every_formula_gets_an_apostrophe"),
        ("{escape(plain)}", "{plain}", "test_exports::test_a_workbook_keeps_what_spreadsheets_choke_on"),
    ),
    *_of(
        "web",
        "admin_views/security.py",
        ("\"default-src\": \"'self'\",", "\"default-src\": \"'self' 'unsafe-inline'\",",
         "test_security::test_the_policy_names_no_other_host"),
        ("if named:", "test_security::test_the_base_url_names_the_host"),
    ),
    *_of(
        "web",
        "admin_views/errors.py",
        ('return "//" not in path and all(c.isprintable() and not c.isspace() for c in target)', "return True",
         "test_login::test_the_door_never_leads_elsewhere"),
    ),
    *_of(
        "web",
        "rules/attachments.py",
        ("if any(sign in raw for sign in ACTIVE_PDF):",
         "test_attachments::test_a_hostile_file_is_refused_with_a_sentence"),
    ),
    *_of(
        "web",
        "admin_views/attachments.py",
        ('"Content-Security-Policy": LOCKED', '"X-Nothing": LOCKED',
         "test_attachments::test_a_picture_goes_in_and_comes_back_to_who_may_see_the_record"),
    ),
)  # fmt: skip
