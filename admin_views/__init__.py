"""How it looks on screen: one class of names per register; base views do the work once."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask
from flask_admin import Admin

MODULES = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]


def register_views(app: Flask, admin: Admin) -> None:
    """Give every module that has something to add (`register(app, admin)`) the chance to, in `ORDER`."""
    found = [m for m in MODULES if hasattr(m, "register")]
    for module in sorted(found, key=lambda m: (getattr(m, "ORDER", 100), m.__name__)):
        module.register(app, admin)
