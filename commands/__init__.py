"""The words of `flask --app app …`: each module adds its own."""

import re
from importlib import import_module
from pkgutil import iter_modules

import click
from flask import Flask


def register(app: Flask) -> None:
    """Add every command of this package to the application."""
    for found in iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        if hasattr(module, "register"):
            module.register(app)
    for command in app.cli.commands.values():  # click's own word for it is English, and it cuts help off at a blank
        click.help_option("--help", help="显示这份说明")(command)
        command.short_help = command.short_help or re.split("[：；，。（]", command.help or "")[0]
