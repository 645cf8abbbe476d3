"""evidence.md "More": code that lies in something other than a plain source file, and odd paths."""

import os
import py_compile
import shutil
import subprocess
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from cases import changed, group, hazard
from short_forms import ASKS_M

group("evidence.md More: imports and files of code")

ONE = "def f():\n    return 1\n"
TWO = changed("return 1", "return 2")

hazard(
    "namespace",
    "package in one folder",
    files={
        "space/part.py": ONE,
        "test_m.py": "import space.part\n\ndef test_a():\n    assert space.part.f() == 1\n",
    },
    edit={"space/part.py": TWO},
    runs="test_a",
)

hazard(
    "namespace",
    "portion in a folder that comes first",
    files={
        "conftest.py": """
            import os
            import sys

            here = os.path.dirname(__file__)
            sys.path[:0] = [os.path.join(here, "first"), os.path.join(here, "second")]
        """,
        "first/space/other.py": "",
        "second/space/part.py": ONE,
        "test_m.py": "def test_a():\n    import space.part\n    assert space.part.f() == 1\n",
    },
    edit={"first/space/part.py": "def f():\n    return 2\n"},
    runs="test_a",
)

hazard(
    "namespace",
    "becomes a regular package",
    files={
        "space/part.py": ONE,
        "test_m.py": """
            def test_a():
                import space
                assert getattr(space, "__file__", None) is None
        """,
    },
    edit={"space/__init__.py": ""},
    runs="test_a",
)


def _zip(folder: Path, text: str) -> None:
    with zipfile.ZipFile(folder / "code.zip", "w") as archive:
        archive.writestr("zipped.py", text)


hazard(
    "zip",
    "module in a zip file",
    files={
        "test_m.py": """
            import os
            import sys

            sys.path.insert(0, os.path.join(os.path.dirname(__file__), "code.zip"))

            def test_a():
                import zipped
                assert zipped.f() == 1
        """
    },
    prepare=lambda folder: _zip(folder, ONE),
    edit=lambda folder: _zip(folder, ONE.replace("1", "2")),
    runs="test_a",
)


def _compile_only(folder: Path, text: str) -> None:
    source = folder / "compiled.py"
    source.write_text(text, encoding="utf-8")
    py_compile.compile(str(source), cfile=str(folder / "compiled.pyc"))
    source.unlink()


hazard(
    "pyc",
    "module without a source",
    files={"test_m.py": "import compiled\n\ndef test_a():\n    assert compiled.f() == 1\n"},
    prepare=lambda folder: _compile_only(folder, ONE),
    edit=lambda folder: _compile_only(folder, ONE.replace("1", "2")),
    runs="test_a",
    lazy=True,
)


def _build_extension(folder: Path, value: int) -> None:
    name = "native" + sysconfig.get_config_var("EXT_SUFFIX")
    source = f"""
#include <Python.h>
static PyObject* f(PyObject* self, PyObject* none) {{ return PyLong_FromLong({value}); }}
static PyMethodDef methods[] = {{{{"f", f, METH_NOARGS, 0}}, {{0}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "native", 0, -1, methods}};
PyMODINIT_FUNC PyInit_native(void) {{ return PyModule_Create(&module); }}
"""
    with tempfile.TemporaryDirectory() as scratch:
        text = Path(scratch, "native.c")
        text.write_text(source, encoding="utf-8")
        built = Path(scratch, name)
        command = [
            "cc",
            "-shared",
            "-fPIC",
            "-O0",
            "-I" + sysconfig.get_path("include"),
            str(text),
            "-o",
            str(built),
        ]
        subprocess.run(command, check=True)
        shutil.copy(built, folder / (name + ".new"))
    os.replace(folder / (name + ".new"), folder / name)


hazard(
    "extension",
    "rebuilt",
    files={
        "m.py": "import native\n\ndef f():\n    return native.f()\n",
        "test_m.py": ASKS_M,
    },
    prepare=lambda folder: _build_extension(folder, 1),
    edit=lambda folder: _build_extension(folder, 2),
    runs="test_a",
    lazy=True,
)


def _link(folder: Path) -> None:
    (folder / "linked.py").symlink_to("real/source.py")


hazard(
    "symlink",
    "source behind a link",
    files={
        "real/source.py": ONE,
        "test_m.py": "import linked\n\ndef test_a():\n    assert linked.f() == 1\n",
    },
    prepare=_link,
    edit={"real/source.py": TWO},
    runs="test_a",
    lazy=True,
)


def _link_elsewhere(folder: Path) -> None:
    (folder / "linked.py").unlink()
    (folder / "linked.py").symlink_to("real/other.py")


hazard(
    "symlink",
    "link that leads elsewhere now",
    files={
        "real/source.py": ONE,
        "real/other.py": "def f():\n    return 2\n",
        "test_m.py": "import linked\n\ndef test_a():\n    assert linked.f() == 1\n",
    },
    prepare=_link,
    edit=_link_elsewhere,
    runs="test_a",
)

for title, folder in (("non-ASCII", "prüfung_试"), ("spaced", "a b  c")):
    hazard(
        "path",
        f"{title} folder and file",
        files={
            f"{folder}/mödul.py": ONE,
            f"{folder}/dat en.txt": "1",
            f"{folder}/test_m.py": """
                import os
                import mödul

                def test_a():
                    assert mödul.f() == 1

                def test_b():
                    with open(os.path.join(os.path.dirname(__file__), "dat en.txt")) as file:
                        assert file.read()
            """,
        },
        edit={f"{folder}/mödul.py": TWO},
        runs="test_a",
    )
    hazard(
        "path",
        f"{title} data file",
        files={
            f"{folder}/dät en.txt": "1",
            f"{folder}/test_m.py": """
                import os

                def test_a():
                    with open(os.path.join(os.path.dirname(__file__), "dät en.txt")) as file:
                        assert file.read() == "1"
            """,
        },
        edit={f"{folder}/dät en.txt": "2"},
        runs="test_a",
    )

LONG = "".join(f"def f{n}():\n    return {n}\n" for n in range(30_000))

hazard(
    "large",
    "file of 60,000 lines",
    files={
        "m.py": LONG,
        "test_m.py": """
            import m

            def test_first():
                assert m.f1() == 1

            def test_last():
                assert m.f29999() == 29999
        """,
    },
    edit={"m.py": LONG.replace("return 29999\n", "return 0\n")},
    runs="test_last",
)

hazard(
    "template",
    "source file without a suffix",
    files={
        "template": "VALUE = 1\n",
        "m.py": """
            import os

            def f():
                path = os.path.join(os.path.dirname(__file__), "template")
                names = {}
                with open(path) as file:
                    exec(compile(file.read(), path, "exec"), names)
                return names["VALUE"]
        """,
        "test_m.py": ASKS_M,
    },
    edit={"template": "VALUE = 2\n"},
    runs="test_a",
    lazy=True,
)

hazard(
    "template",
    "names that generated code reads",
    files={
        "consts.py": "X = 1\n",
        "m.py": """
            import consts

            def f():
                return eval("consts." + "X")
        """,
        "test_m.py": ASKS_M,
    },
    edit={"consts.py": "X = 2\n"},
    runs="test_a",
)
