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


def reads(title: str, body: str, edit: object, *made: tuple[str, str], **more: object) -> None:
    text = f"def test_a():\n    {body}\n\ndef test_b():\n    pass\n"
    hazard(
        "links",
        title,
        files={**FILES, "test_m.py": "import os, pathlib, subprocess\n\n" + text},
        prepare=links(*made),
        edit=edit,
        runs="test_a",
        **more,
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

INSERT = "import sys; sys.path.insert(0, {}); import m; assert m.X == 1"
SWITCH = links(("cur", "wide/x"))
for title, body in {
    "relative folder that a test searches": INSERT.format("'cur'"),
    "absolute folder that a test searches": INSERT.format("os.path.abspath('cur')"),
    "folder that a test goes to": "os.chdir('cur'); assert open('d.txt').read() == '1'",
    "folder above which a test goes": "os.chdir('cur/..'); assert open('d.txt').read() == '1'",
    "folder that is listed": "assert [open(each.path).read() for each in os.scandir('cur') if each.name == 'd.txt'] == ['1']",
    "files of a pattern": "assert [each.read_text() for each in pathlib.Path('cur').glob('*.txt')] == ['1']",
    "resolved path": "assert open(os.path.join(os.path.realpath('cur'), 'd.txt')).read() == '1'",
}.items():
    reads(title, body, SWITCH, ("cur", "deep/x"))

reads(
    "file above a folder's descriptor",
    "folder = os.open('cur', os.O_RDONLY); "
    "handle = os.open('../d.txt', os.O_RDONLY, dir_fd=folder); assert os.read(handle, 9) == b'1'",
    SWITCH,
    ("cur", "deep/x"),
    unrecorded="the content of a folder that is opened like a file is not observed",
)
reads(
    "folder of a program",
    "assert subprocess.check_output(['cat', 'd.txt'], cwd='cur') == b'1'",
    SWITCH,
    ("cur", "deep/x"),
    args=("--alibi-children=record",),
)

for title, entry in {
    "relative": "'cur'",
    "absolute": "os.path.abspath('cur')",
    "climbing": "'cur/../x'",
}.items():
    hazard(
        "links",
        f"{title} entry of sys.path",
        files={
            **FILES,
            "test_m.py": f"""
                import os, sys
                sys.path.insert(0, {entry})
                import m

                def test_a():
                    assert m.X == 1
            """,
        },
        prepare=links(("cur", "deep/x")),
        edit=SWITCH,
        runs="test_a",
    )
hazard(
    "links",
    "package that is a link",
    files={
        "one/__init__.py": "",
        "one/m.py": "X = 1\n\ndef path():\n    return __file__\n",
        "one/d.txt": "1",
        "two/__init__.py": "",
        "two/m.py": "X = 2\n\ndef path():\n    return __file__\n",
        "two/d.txt": "2",
        "test_m.py": """
            import os
            import cur.m

            def test_a():
                assert cur.m.X == 1

            def test_b():
                with open(os.path.join(os.path.dirname(cur.m.path()), "d.txt")) as file:
                    assert file.read() == "1"
        """,
    },
    prepare=links(("cur", "one")),
    edit=links(("cur", "two")),
    runs="test_a test_b",
)
reads(
    "folder that a shell goes to",
    "assert subprocess.check_output('cd cur && cat d.txt', shell=True) == b'1'",
    SWITCH,
    ("cur", "deep/x"),
    args=("--alibi-children=record",),
)
