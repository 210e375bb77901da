"""Where the print fonts lie once they are built, and what they are built from."""

from __future__ import annotations

import os
from pathlib import Path

# sha256 of NotoSansSC[wght].ttf in justmytype-intl-cjk 0.1.0; another source would print other shapes.
SOURCE_SHA256 = "a3041811a78c361b1de50f953c805e0244951c21c5bd412f7232ef0d899af0da"
RECIPE = "1"  # raise it when the way of building changes, so that old caches are not taken for new ones
WEIGHTS = {"Regular": 400, "Medium": 500, "Bold": 700}
PROJECT = Path(__file__).resolve().parents[2]


class FontsMissing(RuntimeError):
    """The print fonts have not been built, or cannot be."""


def cache_dir() -> Path:
    """FONT_CACHE if set (tests and CI share one), else instance/fonts of the project."""
    return Path(os.environ.get("FONT_CACHE") or PROJECT / "instance" / "fonts").absolute()


def font_paths(cache: Path) -> dict[str, Path]:
    """The file of each weight; its name carries source and recipe, so a stale file is simply not found."""
    mark = f"{SOURCE_SHA256[:8]}-{RECIPE}"
    return {style: cache / f"NotoSansSC-{style}-{mark}.ttf" for style in WEIGHTS}


def built_fonts() -> dict[str, Path]:
    """The ready fonts; raises FontsMissing instead of building inside a print request."""
    paths = font_paths(cache_dir())
    absent = [path.name for path in paths.values() if not path.exists()]
    if absent:
        raise FontsMissing(f"打印字体还没有生成（缺 {'、'.join(absent)}），请先运行 python -m printouts.draw.fonts")
    return paths


def extra_fonts() -> list[Path]:
    """TTF files an administrator laid in <cache>/extra for characters Noto Sans SC lacks (𠮷)."""
    return sorted((cache_dir() / "extra").glob("*.ttf"))
