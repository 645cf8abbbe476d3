"""evidence.md section 3: files, environment, packages (rows 8 to 12, 31, 32, 39, 40)."""

from pathlib import Path

from cases import changed, group, hazard
from short_forms import ASKS_M

group("evidence.md 3: edits that change behaviour")

hazard(
    "08",
    "data file read with open",
    files={
        "data.txt": "1",
        "m.py": """
            import os

            def f():
                with open(os.path.join(os.path.dirname(__file__), "data.txt")) as file:
                    return int(file.read())
        """,
        "test_m.py": ASKS_M,
    },
    edit={"data.txt": "2"},
    runs="test_a",
    lazy=True,
)

hazard(
    "08",
    "data file read at import",
    files={
        "data.txt": "1",
        "m.py": """
            import pathlib

            VALUE = int(pathlib.Path(__file__).with_name("data.txt").read_text())

            def f():
                return VALUE

            def g():
                return 1
        """,
        "test_m.py": ASKS_M,
        "test_other.py": "import m\ndef test_g():\n    assert m.g() == 1\n",
    },
    edit={"data.txt": "2"},
    runs="test_a",
    lazy=True,
)

hazard(
    "09",
    "new file in a listed directory",
    files={
        "data/a.txt": "1",
        "m.py": """
            import os

            def f():
                return len(os.listdir(os.path.join(os.path.dirname(__file__), "data")))
        """,
        "test_m.py": ASKS_M,
    },
    edit={"data/b.txt": "2"},
    runs="test_a",
    lazy=True,
)

for reader in (
    "list(FOLDER.iterdir())",
    "list(FOLDER.glob('*.txt'))",
    "list(FOLDER.rglob('*.txt'))",
    "WALKED()",
):
    hazard(
        "09",
        f"new file found by {reader.lower()}",
        files={
            "data/a.txt": "1",
            "m.py": f"""
                import os
                import pathlib

                FOLDER = pathlib.Path(__file__).with_name("data")

                def WALKED():
                    return [name for _, _, names in os.walk(FOLDER) for name in names]

                def f():
                    return len({reader})
            """,
            "test_m.py": ASKS_M,
        },
        edit={"data/b.txt": "2"},
        runs="test_a",
    )

hazard(
    "10",
    "absent path created",
    files={
        "m.py": """
            import os

            def f():
                return 2 if os.path.exists(os.path.join(os.path.dirname(__file__), "flag")) else 1
        """,
        "test_m.py": ASKS_M,
    },
    edit={"flag": ""},
    runs="test_a",
    lazy=True,
)

hazard(
    "11",
    "environment variable read in a function",
    files={
        "m.py": """
            import os

            def f():
                return int(os.environ.get("MY_VALUE", "1"))
        """,
        "test_m.py": ASKS_M,
    },
    edit={},
    environment_after={"MY_VALUE": "2"},
    runs="test_a",
    lazy=True,
)

hazard(
    "12",
    "environment variable read at import",
    files={
        "m.py": """
            import os

            VALUE = int(os.environ.get("MY_VALUE", "1"))

            def f():
                return VALUE
        """,
        "test_m.py": ASKS_M,
    },
    edit={},
    environment_after={"MY_VALUE": "2"},
    runs="test_a",
    lazy=True,
)

hazard(
    "31",
    "source outside the root directory",
    files={
        "app/pytest.ini": "[pytest]\n",
        "lib/m.py": "def f():\n    return 1\n",
        "app/test_m.py": """
            import os
            import sys

            sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

            def test_a():
                import m
                assert m.f() == 1

            def test_b():
                pass
        """,
    },
    edit={"lib/m.py": changed("return 1", "return 2")},
    folder="app",
    runs="test_a",
)


def _installed(version: str, value: int) -> dict:
    metadata = f"Metadata-Version: 2.1\nName: dependency\nVersion: {version}\n"
    return {
        "site-packages/dependency-1.dist-info/METADATA": metadata,
        "site-packages/dependency-1.dist-info/RECORD": "dependency.py,,\n",
        "site-packages/dependency-1.dist-info/top_level.txt": "dependency\n",
        "site-packages/dependency.py": f"X = {value}\n",
    }


hazard(
    "32",
    "patch upgrade of a package",
    files={
        **_installed("1.0.0", 1),
        "app/pytest.ini": "[pytest]\n",
        "app/test_m.py": """
            import os
            import sys

            sys.path.append(os.path.join(os.path.dirname(__file__), "..", "site-packages"))

            def test_a():
                import dependency
                assert dependency.X == 1

            def test_b():
                pass
        """,
    },
    edit=_installed("1.0.1", 2),
    folder="app",
    runs="test_a",
)

hazard(
    "39",
    "code executed from a text file",
    files={
        "template.txt": "VALUE = 1\n",
        "m.py": """
            import os

            def f():
                names = {}
                with open(os.path.join(os.path.dirname(__file__), "template.txt")) as file:
                    exec(file.read(), names)
                return names["VALUE"]
        """,
        "test_m.py": ASKS_M,
    },
    edit={"template.txt": "VALUE = 2\n"},
    runs="test_a",
    lazy=True,
)

for module, expression in (
    ("pkgutil", 'pkgutil.get_data("package", "data.txt")'),
    ("importlib.resources", 'importlib.resources.read_text("package", "data.txt")'),
):
    hazard(
        "40",
        f"data read through {module}",
        files={
            "package/__init__.py": "",
            "package/data.txt": "1",
            "m.py": f"""
                import {module}

                def f():
                    return int({expression})
            """,
            "test_m.py": ASKS_M,
        },
        edit={"package/data.txt": "2"},
        runs="test_a",
        lazy=True,
    )


def _becomes_a_folder(folder: Path) -> None:
    (folder / "thing").unlink()
    (folder / "thing").mkdir()


hazard(
    "10",
    "a probed file becomes a folder",
    files={
        "thing": "",
        "m.py": """
            import os

            def f():
                return 2 if os.path.isdir(os.path.join(os.path.dirname(__file__), "thing")) else 1
        """,
        "test_m.py": ASKS_M,
    },
    edit=_becomes_a_folder,
    runs="test_a",
)

hazard(
    "10",
    "the size of a file that was asked for",
    files={
        "thing": "1",
        "m.py": """
            import os

            def f():
                return os.stat(os.path.join(os.path.dirname(__file__), "thing")).st_size
        """,
        "test_m.py": ASKS_M,
    },
    edit={"thing": "22"},
    runs="test_a",
)
