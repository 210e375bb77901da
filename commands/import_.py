"""`flask import`: take a spreadsheet over from the terminal, by the same reading, verdicts and writing as the pages."""

from pathlib import Path

import click
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import ImportRun, OrgUnit, Staff
from rules.errors import RuleError
from rules.importing.applying import apply_run
from rules.importing.judging import judge_run
from rules.importing.registers import REGISTERS, register_of
from rules.importing.runs import confirm_run, start_run
from rules.importing.spool import Spool
from rules.importing.workbooks import write_errors
from rules.person import person_of


def register(app: Flask) -> None:
    """Add `import`."""

    @app.cli.command("import", help="导入一个电子表格（xlsx 或 csv）：先试读并报告，加 --yes 才写入。")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--register", "noun", type=click.Choice(sorted(REGISTERS)), default="resident", help="哪个登记")
    @click.option("--project", required=True, help="项目代码，如 YJ")
    @click.option("--as", "login", required=True, help="以谁的名义（登录名）")
    @click.option("--all-or-nothing", is_flag=True, help="有一行错误就一行都不写")
    @click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="把错误行写到这个工作簿")
    @click.option("--yes", is_flag=True, help="确认写入")
    def import_command(
        file: Path, noun: str, project: str, login: str, all_or_nothing: bool, errors: Path | None, yes: bool
    ) -> None:
        write, spool = app.extensions["writer"], Spool(Path(app.instance_path) / "imports")
        with Session(write.engine) as session:
            org = session.scalars(select(OrgUnit).where(OrgUnit.code == project)).one_or_none()
            staff = session.scalars(select(Staff).where(Staff.login == login)).one_or_none()
            if org is None or staff is None:
                raise click.ClickException("没有这个项目代码" if org is None else "没有这个登录名")
            by, org_id = person_of(session, staff), org.id
        try:
            with file.open("rb") as stream:
                run_id = start_run(write, spool, noun, org_id, by, file.name, stream)
            judge_run(write, spool, register_of(noun), run_id, by)
            _report(write.engine, run_id, errors)
            if not yes:
                click.echo("这是试读，没有写入。加 --yes 写入。")
                return
            confirm_run(write, spool, run_id, by, "all" if all_or_nothing else "rows")
            with click.progressbar(length=100, label="写入") as bar:
                apply_run(
                    write, register_of(noun), run_id, by, lambda done, total: bar.update(100 * done // total - bar.pos)
                )
        except RuleError as no:
            raise click.ClickException(str(no)) from no
        with Session(write.engine) as session:
            click.echo(session.get_one(ImportRun, run_id).message or "")


def _report(engine: Engine, run_id: int, errors: Path | None) -> None:
    with Session(engine) as session:
        run = session.get_one(ImportRun, run_id)
        click.echo(
            f"新增 {run.to_create} 更新 {run.to_update} 跳过 {run.skipped} 错误 {run.errors}（整理过 {run.cleaned} 行）"
        )
        if errors and run.errors:
            with errors.open("wb") as out:
                write_errors(session, run, out)
            click.echo(f"错误行已写到 {errors}")
