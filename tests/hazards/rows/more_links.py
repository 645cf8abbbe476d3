"""Files that keep their names while links on the way to them lead elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cases import group, hazard

group("links on the way")

Switch = Callable[[Path], None]


def links(*pairs: tuple[str, str]) -> Switch:
    def make(folder: Path) -> None:
        for name, target in pairs:
            path = folder / name
            if path.is_symlink():
                path.unlink()
            path.symlink_to(target)

    return make


# "deep" and "wide" have the same names in them, and other contents.
FILES = {
    f"{folder}/{name}": text
    for folder, data in (("deep", "1"), ("wide", "2"))
    for name, text in (("d.txt", data), ("x/d.txt", data), ("x/m.py", f"X = {data}\n"))
}


def reads(title: str, body: str, edit: object, *made: tuple[str, str]) -> None:
    text = f"def test_a():\n    {body}\n\ndef test_b():\n    pass\n"
    hazard(
        "links",
        title,
        files={**FILES, "test_m.py": "import os, pathlib, subprocess\n\n" + text},
        prepare=links(*made),
        edit=edit,
        runs="test_a",
    )


UP = "assert open('cur/../d.txt').read() == '1'"
reads("content above a link's target", UP, {"deep/d.txt": "2"}, ("cur", "deep/x"))
reads("link that is left by ..", UP, links(("cur", "wide/x")), ("cur", "deep/x"))
reads("link to a link that is left by ..", UP, links(("one", "wide/x")), ("one", "deep/x"), ("cur", "one"))
reads(
    "question above a link",
    "assert os.path.getsize('cur/../d.txt') == 1",
    {"deep/d.txt": "22"},
    ("cur", "deep/x"),
)
reads(
    "path of pathlib above a link",
    "assert pathlib.Path('cur', '..', 'd.txt').read_text() == '1'",
    {"deep/d.txt": "2"},
    ("cur", "deep/x"),
)
reads(
    "folder listed above a link", "assert len(os.listdir('cur/..')) == 2", {"deep/new": ""}, ("cur", "deep/x")
)
