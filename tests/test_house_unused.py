"""Nothing in rules/ lives for its tests alone: a rule that no page, paper or command asks is no rule of the house."""

import ast
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
FOLDERS = ("models", "rules", "forms", "printouts", "admin_views", "commands")


def sources() -> list[Path]:
    """Everything that is neither a test nor a migration."""
    return [HOUSE / "app.py", *(p for folder in FOLDERS for p in sorted((HOUSE / folder).rglob("*.py")))]


def public(tree: ast.Module) -> Iterator[str]:
    """The functions a module offers; a decorated one is registered by its decorator."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not node.decorator_list:
            yield node.name


def asked(tree: ast.Module) -> Iterator[str]:
    """Every name the module reads, except inside the function of that name; an import alone asks for nothing."""
    for node in tree.body:
        own = node.name if isinstance(node, ast.FunctionDef) else ""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) and inner.id != own:
                yield inner.id
            elif isinstance(inner, ast.Attribute):
                yield inner.attr


def aliases(tree: ast.Module) -> Iterator[str]:
    """`from x import f as g` asks for f under another name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (one.name for one in node.names if one.asname)


def unused(trees: dict[Path, ast.Module]) -> dict[str, str]:
    """Function -> its file, of what rules/ offers and nobody asks for."""
    names = {name for tree in trees.values() for name in (*asked(tree), *aliases(tree))}
    rules = {path: tree for path, tree in trees.items() if path.is_relative_to(HOUSE / "rules")}
    return {f: path.name for path, tree in rules.items() for f in public(tree) if f not in names}


def test_no_function_of_the_rules_is_used_by_tests_alone():
    trees = {path: ast.parse(path.read_text()) for path in sources()}
    left = {f"{file}:{name}" for name, file in unused(trees).items()}
    assert not left, f"only tests use {sorted(left)}: ask it somewhere, or take it away"


def test_a_function_that_nobody_asks_is_found():
    rules, pages = HOUSE / "rules" / "x.py", HOUSE / "admin_views" / "x.py"
    offered = ast.parse("def asked(): ...\ndef named(): ...\ndef idle(): return idle()\ndef _own(): ...\n")
    asking = ast.parse("from rules.x import asked, idle, named as other\nasked()\nother()\n")
    assert unused({rules: offered, pages: asking}) == {"idle": "x.py"}
