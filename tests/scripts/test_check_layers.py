from __future__ import annotations

from pathlib import Path

import check_layers
import pytest


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(check_layers, "ROOT", tmp_path)
    return tmp_path


def write(tree: Path, name: str, text: str) -> Path:
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_layer_may_include_itself_and_what_lies_below(tree: Path) -> None:
    path = write(
        tree,
        "tracer/shard/writer.h",
        '#include "tracer/shard/format.h"\n#include "tracer/base/result.h"\n#include <vector>\n',
    )
    assert check_layers.faults_of(path) == []


def test_an_include_that_points_up_is_a_fault(tree: Path) -> None:
    path = write(tree, "tracer/base/result.h", '#include "tracer/shard/format.h"\n')
    assert ["tracer/base may include only" in fault for fault in check_layers.faults_of(path)] == [True]


def test_the_tracer_never_sees_an_interpreter(tree: Path) -> None:
    path = write(tree, "tracer/recording/session.cc", "#include <Python.h>\n")
    assert check_layers.faults_of(path)


def test_the_collector_never_sees_an_interpreter(tree: Path) -> None:
    path = write(tree, "collector/merge/merge.cc", "#include <Python.h>\n")
    assert check_layers.faults_of(path)


def test_the_glue_reaches_the_tracer_through_the_c_abi_only(tree: Path) -> None:
    path = write(tree, "python_ext/native/module.cc", '#include "tracer/recording/session.h"\n')
    assert check_layers.faults_of(path)


def test_a_file_in_no_layer_is_a_fault(tree: Path) -> None:
    assert check_layers.faults_of(write(tree, "collector/misc/x.cc", ""))


def test_version_forks_belong_in_one_place(tree: Path) -> None:
    write(tree, "python_ext/native/compat.h", "#if PY_VERSION_HEX > 0\n#endif\n")
    assert check_layers.version_forks() == []
    write(tree, "python_ext/native/module.cc", "#if PY_VERSION_HEX > 0\n#endif\n")
    assert len(check_layers.version_forks()) == 1


def test_the_tree_itself_has_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_layers.main() == 0, capsys.readouterr().out
