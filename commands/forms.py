"""`flask forms` and `flask print`: every form of the office, and any of them as a PDF without a browser."""

from pathlib import Path

import click
from flask import Flask

import printouts
from models import clock
from printouts.draw.fontpaths import FontsMissing


def register(app: Flask) -> None:
    """Add `forms` and `print`."""

    @app.cli.command("forms", help="列出所有表单：编号、名称、可打印的种类。")
    def forms() -> None:
        for form in sorted(printouts.FORMS.values(), key=lambda f: f.code):
            kinds = "、".join(printouts.KINDS[k] for k in form.kinds) or "尚未启用"
            click.echo(f"{form.code}  {form.title}  [{kinds}]")

    @app.cli.command("print", help="把一张表单打印成 PDF：空白（缺省）或样张（最长的值）。")
    @click.argument("code")
    @click.option("--blank", "kind", flag_value="blank", default="blank", help="空白表，供手填")
    @click.option("--sample", "kind", flag_value="sample", help="样张，填最长的值")
    @click.option(
        "--out", "target", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到哪个文件"
    )
    def print_form(code: str, kind: str, target: Path) -> None:
        context = printouts.Context(
            company="万和物业服务有限公司",
            project="云锦里",
            printed_by="命令行",
            printed_at=clock.shown(clock.now()),
            base_url="http://127.0.0.1:8000",
        )
        try:
            target.write_bytes(printouts.render(code.upper(), kind, context))
        except (LookupError, FontsMissing) as no:
            raise click.ClickException(str(no)) from no
        if context.missing:
            click.echo(f"字体里没有这些字，纸上印成〓：{''.join(sorted(context.missing))}", err=True)
        click.echo(str(target))
