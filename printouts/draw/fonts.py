"""Builds the three static print fonts once from the variable Noto Sans SC of the pip package."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from printouts.draw.fontpaths import PROJECT, SOURCE_SHA256, WEIGHTS, FontsMissing, cache_dir, font_paths

Progress = Callable[[str], None]
# Shaping and vertical tables: the forms place every character themselves.
UNUSED_TABLES = ("GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VVAR", "VORG", "DSIG")
HANZI = range(0x3400, 0x2FFFF)


def ensure_fonts(cache: Path | str | None = None, progress: Progress | None = None) -> dict[str, Path]:
    """Paths of Regular, Medium and Bold; what is missing is built first (about 20 s, once per machine)."""
    say = progress or (lambda line: None)
    folder = Path(cache).absolute() if cache else cache_dir()
    paths = font_paths(folder)
    if all(path.exists() for path in paths.values()):
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    with one_builder(folder, say):
        missing = [style for style, path in paths.items() if not path.exists()]
        if missing:
            build_missing(source_font(), {style: paths[style] for style in missing}, say)
    return paths


@contextmanager
def one_builder(folder: Path, say: Progress) -> Iterator[None]:
    """Only one process builds; the kernel drops the lock of a builder that was killed."""
    with open(folder / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("另一个进程正在生成打印字体，等它完成……")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def source_font() -> Path:
    """The variable font inside justmytype-intl-cjk, checked byte for byte."""
    spec = importlib.util.find_spec("justmytype_intl_cjk")  # not imported: it would pull in its parent package
    if spec is None or not spec.submodule_search_locations:
        raise FontsMissing("没有找到字体包 justmytype-intl-cjk，请先运行 pip install -r requirements.txt")
    path = Path(next(iter(spec.submodule_search_locations))) / "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
    if not path.exists():
        raise FontsMissing(f"字体包 justmytype-intl-cjk 里没有 {path.name}，请按 requirements.txt 的版本重新安装")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        raise FontsMissing(f"字体文件 {path.name} 与预期不符（{found[:12]}…），请按 requirements.txt 重新安装")
    return path


def build_missing(source: Path, wanted: dict[str, Path], say: Progress) -> None:
    """One subprocess per weight; each puts its finished file in place by a rename."""
    began = time.monotonic()
    say(f"正在生成打印字体（思源黑体 {'、'.join(wanted)}，只需一次，约二十秒）……")
    running = {style: start_builder(source, style, path) for style, path in wanted.items()}
    done = 0
    try:
        while running:
            time.sleep(0.1)
            for style in [style for style, process in running.items() if process.poll() is not None]:
                process = running.pop(style)
                errors = process.communicate()[1].decode(errors="replace").splitlines()
                if process.returncode:
                    raise FontsMissing(f"字体 {style} 生成失败：{errors[-1] if errors else process.returncode}")
                done += 1
                say(f"字体 {style} 已生成（{done}/{len(wanted)}，{time.monotonic() - began:.0f} 秒）")
    finally:
        for process in running.values():
            process.kill()
            process.communicate()


def start_builder(source: Path, style: str, target: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "printouts.draw.fonts", "--one", str(source), style, str(target)]
    return subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE)


def build_one(source: Path, style: str, target: Path) -> None:
    """Instantiates one weight; bytes are the same on every build."""
    with TTFont(source, lazy=True, recalcTimestamp=False) as font:
        for table in UNUSED_TABLES:
            if table in font:
                del font[table]
        if style != "Regular":
            keep_common_characters(font)
        keep = instancer.OverlapMode.KEEP_AND_DONT_SET_FLAGS
        instancer.instantiateVariableFont(font, {"wght": WEIGHTS[style]}, inplace=True, overlap=keep)
        if "STAT" in font:
            del font["STAT"]
        rename(font, style)
        font["post"].formatType = 3.0  # no glyph names
        save_whole(font, target)


def save_whole(font: TTFont, target: Path) -> None:
    """The target appears complete or not at all."""
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    os.close(handle)
    try:
        font.save(draft)
        os.chmod(draft, 0o644)  # a cache is shared; mkstemp keeps its files to itself
        os.replace(draft, target)
    finally:
        Path(draft).unlink(missing_ok=True)


def keep_common_characters(font: TTFont) -> None:
    """Labels and totals need GB 2312 only: a third of the size and time; rarer ones fall back to Regular."""
    wanted = [code for code in font.getBestCmap() if code not in HANZI or in_gb2312(chr(code))]
    options = subset.Options(glyph_names=False, notdef_outline=True, drop_tables=[], name_IDs=["*"])
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)


def in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def rename(font: TTFont, style: str) -> None:
    names = {2: style, 4: f"Noto Sans SC {style}", 6: f"NotoSansSC-{style}", 17: style}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        build_one(Path(arguments[1]), arguments[2], Path(arguments[3]))
        return
    for path in ensure_fonts(progress=partial(print, flush=True)).values():
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except FontsMissing as problem:
        sys.exit(f"{problem}")
