"""服务标准: how a thing is done well (接待, 维修), each a short page of the handbook that forms and papers lead to."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "docs" / "handbook" / "standards"


@dataclass(frozen=True, slots=True)
class Standard:
    """One standard: `key` is its anchor, `lines` are what the person does, in order."""

    key: str
    title: str
    source: str
    lines: tuple[str, ...]

    @property
    def url(self) -> str:
        """Where it stands in the handbook."""
        return f"/handbook#{self.key}"


@cache
def standards() -> dict[str, Standard]:
    """Every standard by key."""
    return {page.stem: _read(page) for page in sorted(FOLDER.glob("*.md"))}


def _read(page: Path) -> Standard:
    said = [text for text in page.read_text(encoding="utf-8").splitlines() if text.strip()]
    source = next(text.removeprefix("出处：") for text in said if text.startswith("出处："))
    return Standard(page.stem, said[0].lstrip("# "), source, tuple(t[2:] for t in said if t.startswith("- ")))
