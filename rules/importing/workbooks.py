"""Workbooks that go back to the office: the faulty rows with their reasons, and our own empty template."""

from typing import Any, BinaryIO

import xlsxwriter
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.imports import ImportRow, ImportRun
from rules.importing.cells import shown
from rules.importing.columns import ImportColumn, ImportRegister
from rules.importing.kept_rows import Body
from rules.importing.plan import Plan
from rules.importing.registers import register_of
from rules.importing.verdicts import reason_of

_TEMPLATE_ROWS = 5_000
_LONGEST = 32_767
_LONGEST_NOTE = 250
_WIDE, _NORMAL, _NARROW = 60, 16, 8
#: quotePrefix keeps a leading = + - @ a plain text even after somebody edits the cell
_TEXT = {"num_format": "@", "quote_prefix": True, "valign": "top"}


def write_errors(session: Session, run: ImportRun, out: BinaryIO) -> int:
    """The rows with errors (and those that did not go in), as they were, each with its reason; returns how many.

    The header is the file's own, so the corrected workbook can be imported as it is. It holds personal values in the
    clear: give it only to who may import.
    """
    plan, register = Plan.load(run.plan or ""), register_of(run.register)
    labels = list(plan.header.labels)
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    text, bold = book.add_format(_TEXT), book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    wrong = book.add_format({**_TEXT, "bg_color": "#FFC7CE", "font_color": "#9C0006"})
    sheet = book.add_worksheet("错误行")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(labels) - 1, _NORMAL)
    sheet.set_column(len(labels), len(labels), _NARROW)
    sheet.set_column(len(labels) + 1, len(labels) + 1, _WIDE)
    for column, label in enumerate([*labels, "行号", "原因"]):
        sheet.write_string(0, column, _safe(label), bold)
    count = 0
    faulty = or_(ImportRow.verdict == "error", ImportRow.outcome == "error")
    rows = session.scalars(
        select(ImportRow).where(ImportRow.run_id == run.id, faulty).order_by(ImportRow.number),
        execution_options={"yield_per": 500},
    )
    for count, row in enumerate(rows, 1):
        body = Body.load(row.body)
        _write_raw(sheet, count, body, plan, text, wrong)
        reason = "；".join(part for part in (reason_of(body, list(register.columns)), row.outcome_reason) if part)
        sheet.write_string(count, len(labels), str(row.number), text)
        sheet.write_string(count, len(labels) + 1, _safe(reason), text)
    book.close()
    return count


def _write_raw(sheet: Any, line: int, body: Body, plan: Plan, text: Any, wrong: Any) -> None:
    """The original cells as text; a faulty one coloured, with its reason as a comment."""
    told: set[str] = set()
    for column in range(len(plan.header.labels)):
        words = shown(body.raw[column]) if column < len(body.raw) else ""
        key = plan.columns.get(column, "")
        problem = "" if key in told else body.problems.get(key, "")
        told.add(key)
        if words or problem:
            sheet.write_string(line, column, _safe(words), wrong if problem else text)
        if problem:
            sheet.write_comment(line, column, problem[:_LONGEST_NOTE])


def _safe(words: str) -> str:
    """Without the control characters that XML cannot carry, and within what a cell holds."""
    return "".join(c for c in words if c >= " " or c in "\n\t")[:_LONGEST]


def write_template(register: ImportRegister, out: BinaryIO) -> None:
    """An empty table of the register: header, notes at it, lists to choose from, and a page of explanations."""
    book = xlsxwriter.Workbook(out)
    text, plain = (
        book.add_format({"num_format": "@"}),
        book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1}),
    )
    needed = book.add_format({"bold": True, "bg_color": "#BFBFBF", "border": 1})
    sheet = book.add_worksheet(register.title)
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(register.columns):
        sheet.set_column(index, index, _NORMAL, text)
        sheet.write_string(0, index, column.label, needed if column.required else plain)
        if note := _note_of(column):
            sheet.write_comment(0, index, note)
        if column.choices:
            sheet.data_validation(
                1, index, _TEMPLATE_ROWS, index,
                {"validate": "list", "source": list(column.choices), "error_message": "请从列表里选择"},
            )  # fmt: skip
    _write_explanations(book, register, plain)
    book.close()


def _note_of(column: ImportColumn) -> str:
    parts = ("必填" if column.required else "", column.note, f"如 {column.example}" if column.example else "")
    return "；".join(part for part in parts if part)


def _write_explanations(book: Any, register: ImportRegister, bold: Any) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 3, _NORMAL)
    sheet.set_column(2, 2, _WIDE)
    for index, label in enumerate(("栏目", "是否必填", "填写要求", "举例")):
        sheet.write_string(0, index, label, bold)
    for line, column in enumerate(register.columns, 1):
        choices = f"只能填：{'、'.join(column.choices)}" if column.choices else ""
        words = "；".join(part for part in (column.note, choices) if part)
        for index, cell in enumerate((column.label, "必填" if column.required else "", words, column.example)):
            sheet.write_string(line, index, cell)
