"""What the comparison accepts as an explanation, and what it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rules import (
    ByTest,
    Comparison,
    Entered,
    Lines,
    Recorded,
    ReferenceRun,
    Scope,
    compare_lines,
    compare_scopes,
    read_lines,
    read_scopes,
)


def reference(lines: dict[str, Lines], **more: object) -> ReferenceRun:
    run = ReferenceRun("CTracer", "7", lines, {}, {}, {}, {})
    return ReferenceRun(**{**vars(run), **more})


def compared(recorded: Recorded, first: ReferenceRun, second: ReferenceRun | None = None) -> Comparison:
    return compare_lines(recorded, first, second or first, Entered())


def test_equal_sets_are_clean() -> None:
    assert compared(Recorded({"t": {"a": {1, 2}}}), reference({"t": {"a": {1, 2}}})).clean


def test_a_missing_line_is_never_explained() -> None:
    found = compared(Recorded({"t": {"a": {1}}}), reference({"t": {"a": {1, 2}}}))
    assert [(f.test, f.path, f.line) for f in found.missing] == [("t", "a", 2)]
    assert not found.clean


def test_an_extra_line_needs_a_rule() -> None:
    found = compared(Recorded({"t": {"a": {1, 2}}}), reference({"t": {"a": {1}}}))
    assert [(f.line, f.rule) for f in found.extra] == [(2, None)]
    assert not found.clean


def test_lines_under_an_import_of_the_test_are_explained() -> None:
    found = compared(Recorded({"t": {"a": {1, 2}}}, {"t": {"a": {2}}}), reference({"t": {"a": {1}}}))
    assert found.explained == {"import": 1}
    assert found.clean


def test_the_entry_rule_needs_the_scope_reference() -> None:
    recorded, run = Recorded({"t": {"a": {1, 9}}}), reference({"t": {"a": {1}}})
    assert compare_lines(recorded, run, run, Entered({"t": {("a", 9, "f")}})).explained == {"entry": 1}
    assert not compare_lines(recorded, run, run, Entered({"t": {("a", 8, "f")}})).clean


def test_the_created_rule_needs_the_scope_reference_and_a_body_that_did_not_start() -> None:
    unit = ("a", 8, "generator")
    entered = Entered({"t": {unit}, "u": {unit}}, bodies={unit: [[9, 10, 12]]})
    run = reference({"t": {"a": {1}}})

    def found(lines: set[int], entered: Entered, run: ReferenceRun = run) -> Comparison:
        return compare_lines(Recorded({"t": {"a": lines}}), run, run, entered)

    assert found({1, 9}, entered).explained == {"created": 1}
    assert found({1, 9}, entered).clean
    assert not found({1, 10}, entered).clean, "not the first line of the body"
    assert not found({1, 9, 12}, entered).clean, "the body went on"
    assert not found({1, 9}, Entered({"u": {unit}}, bodies=entered.bodies)).clean, "created by another test"
    started = reference({"t": {"a": {1, 10}}})
    assert not found({1, 9, 10}, entered, started).clean, "the reference saw it run"
    assert not found({1, 9}, Entered(entered.scopes)).clean, "a function that cannot be suspended"


def test_lines_that_coverage_misplaced_need_the_proof_that_it_lost_count() -> None:
    raises, parse, other = ("a", 40, "raises"), ("a", 48, "parse"), ("b", 48, "parse_other")
    units = {raises: {45, 46}, parse: {50}, other: {50, 51}}
    recorded = Recorded({"t": {"a": {45, 46}}})
    lost = reference({"t": {"a": {45}, "b": {46, 50}}}, impossible={"t"})

    def found(entered: Entered, run: ReferenceRun = lost) -> Comparison:
        return compare_lines(recorded, run, run, entered)

    clean = found(Entered({"t": {raises}}, units))
    assert clean.clean
    assert (len(clean.misplaced), clean.explained) == (2, {"misplaced": 1})
    kept = reference(lost.lines)
    assert not found(Entered({"t": {raises}}, units), kept).clean, "no line that its file does not have"
    assert not found(Entered({"t": {raises, other}}, units)).clean, "the test entered the unit: truly missing"
    assert not found(Entered({"t": set()}, units)).clean, "the test did not enter the unit of the extra"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="no call event before a body runs from 3.12 on")
def test_the_reference_knows_the_bodies_of_what_can_be_suspended(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "def generator():\n    'text'\n    one = 1\n    yield one\n"
        "async def coroutine(): return [\n    1, id]\n"
        "def plain():\n    return 2\n"
        "def test():\n    generator()\n    coroutine().close()\n    plain()\n"
    )
    out = tmp_path / "report.json"
    environment = {
        **os.environ, "PYTHONPATH": str(Path(__file__).parent), "ALIBI_REFERENCE_OUT": str(out),
        "ALIBI_REFERENCE_ROOT": str(tmp_path), "ALIBI_REFERENCE_MODE": "scopes",
    }  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-p", "reference_plugin", "-p", "no:alibi", "test_it.py"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    path = str((tmp_path / "test_it.py").resolve())
    entered = read_scopes(json.loads(out.read_text()))
    assert entered.scopes["test_it.py::test"] >= {(path, 1, "generator"), (path, 5, "coroutine")}
    assert entered.units[path, 7, "plain"] >= {8}
    assert entered.bodies == {(path, 1, "generator"): [[3, 4]], (path, 5, "coroutine"): [[6, 5]]}


WORKER = ("a", 1, "worker")
RAN_IN_A_THREAD = Entered({}, {WORKER: {1, 2}}, of_threads={WORKER})


def test_thread_lines_are_explained_only_by_a_thread_that_was_alive_in_both_tests() -> None:
    recorded = Recorded({"t": {"a": {1, 2}}, "u": {"a": {2}}})

    def found(entered: Entered = RAN_IN_A_THREAD, **threads: list[str]) -> Comparison:
        run = reference({"t": {"a": {1}}, "u": {"a": {2}}}, threads=threads)
        return compare_lines(recorded, run, run, entered)

    assert found(t=["w"], u=["w"]).explained == {"thread": 1}
    assert not found().clean
    assert not found(t=["w"], u=["other"]).clean
    assert not found(Entered({}, {WORKER: {1, 2}}), t=["w"], u=["w"]).clean, "only the main thread ran it"


def test_racing_lines_are_neither_demanded_nor_a_surplus() -> None:
    recorded, run = Recorded({"t": {"a": {1, 3}}}), reference({"t": {"a": {1, 2}}})

    def found(*racing: tuple[str, int]) -> Comparison:
        return compare_lines(recorded, run, run, Entered(), set(racing))

    assert (found(("a", 2), ("a", 3)).raced, found(("a", 2), ("a", 3)).explained) == (1, {"racing": 1})
    assert found(("a", 2), ("a", 3)).clean
    assert not found(("a", 2)).clean
    assert not found(("a", 3)).clean
    assert not found(("b", 2), ("b", 3)).clean


def test_what_only_one_reference_run_saw_is_allowed_and_not_demanded() -> None:
    once, never = reference({"t": {"a": {1, 2}}}), reference({"t": {"a": {1}}})
    assert compared(Recorded({"t": {"a": {1}}}), once, never).clean
    assert compared(Recorded({"t": {"a": {1, 2}}}), once, never).clean
    assert compared(Recorded({"t": {"a": {1, 2}}}), once, never).unsettled == 1


def test_tests_known_to_one_side_only_are_findings() -> None:
    assert compared(Recorded({"t": {"a": {1}}}), reference({"t": {"a": {1}}, "u": {}})).only_reference == [
        "u"
    ]
    assert compared(Recorded({"t": {"a": {1}}, "v": {}}), reference({"t": {"a": {1}}})).only_recorded == ["v"]


def test_nothing_compared_is_not_clean() -> None:
    assert not compared(Recorded({}), reference({})).clean


def test_fixture_lines_go_to_every_user() -> None:
    run = read_lines(
        {
            "tracer": "CTracer",
            "version": "7",
            "contexts": {"": {"a": [1]}, "t": {"a": [2]}, "u": {"a": [3]}, "<fixture 1: db>": {"a": [7]}},
            "users": {"t": ["<fixture 1: db>"], "u": ["<fixture 1: db>"], "v": []},
            "threads": {},
            "impossible": ["t"],
        }
    )
    assert run.lines == {"t": {"a": {2, 7}}, "u": {"a": {3, 7}}, "v": {}}
    assert run.collection == {"a": {1}}
    assert run.impossible == {"t"}


def test_scopes_demanded_are_those_both_runs_entered() -> None:
    f, g, h = ("a", 1, "f"), ("a", 5, "g"), ("a", 9, "h")
    pairs, missing, extra = compare_scopes(
        Recorded({}, scopes={"t": {h}}), Entered({"t": {f, g}}), Entered({"t": {f}}), {}
    )
    assert pairs == 1
    assert missing == [("t", f)]
    assert extra == [("t", h)]


def test_the_body_of_a_module_without_lines_is_not_demanded() -> None:
    empty, full = ("a", 1, "<module>"), ("b", 1, "<module>")
    both = Entered({"t": {empty, full}})
    assert compare_scopes(Recorded({}), both, both, {"t": {"b": {1}}})[:2] == (1, [("t", full)])


def test_a_scope_of_a_thread_may_be_in_another_test_that_the_thread_was_alive_in() -> None:
    threads = {"t": ["w"], "u": ["w"], "v": ["x"]}

    def missing(has_it: str, of_threads: set[Scope]) -> list[tuple[str, Scope]]:
        both = Entered({"t": {WORKER}}, of_threads=of_threads)
        recorded = Recorded({}, scopes={has_it: {WORKER}}, threads=threads)
        return compare_scopes(recorded, both, both, {})[1]

    assert missing("u", {WORKER}) == []
    assert missing("v", {WORKER}) == [("t", WORKER)]
    assert missing("u", set()) == [("t", WORKER)]


def test_a_thread_of_the_recorded_run_may_carry_lines_into_the_next_test() -> None:
    lines: ByTest = {"t": {"a": {1, 2}}, "u": {"a": {5}}}
    carried: ByTest = {"t": {"a": {1}}, "u": {"a": {2, 5}}}
    assert not compared(Recorded(carried), reference(lines)).clean
    recorded, run = Recorded(carried, threads={"t": ["w"], "u": ["w", "x"]}), reference(lines)
    assert not compared(recorded, run).clean, "only the main thread ran it"
    found = compare_lines(recorded, run, run, RAN_IN_A_THREAD)
    assert found.clean
    assert (found.moved, found.explained) == (1, {"thread": 1})
    gone = Recorded({"t": {"a": {1, 2}}, "u": {"a": {5}}})
    late = reference({"t": {"a": {1}}, "u": {"a": {2, 5}}}, threads={"t": ["w"], "u": ["w"]})
    assert compare_lines(gone, late, late, RAN_IN_A_THREAD).clean, "it was gone by then in the recorded run"
    other = Recorded(carried, threads={"t": ["w"], "u": ["x"]})
    assert not compare_lines(other, run, run, RAN_IN_A_THREAD).clean, "not the same thread"
