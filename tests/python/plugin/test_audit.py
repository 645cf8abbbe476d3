"""`alibi audit` end to end, on a small project: with the real selection, and with one that skips all."""

import json
import os
import stat
import subprocess
import sys
import time

import pytest

CODE = """\
RATES = {"EUR": 2}
LIMIT = 5

def convert(amount, currency="EUR"):
    if amount > LIMIT:
        raise ValueError(amount)
    return amount * RATES[currency]

def greeting():
    with open("greeting.txt") as file:
        return file.read().strip()
"""
TESTS = """\
import pytest
import money

def test_converts():
    assert money.convert(2) == 4

def test_limit():
    with pytest.raises(ValueError):
        money.convert(6)

def test_greeting():
    assert money.greeting() == "hello"

def test_itself():
    assert True
"""
# A command that lies: every known test has an alibi.
LIAR = """\
#!{python}
import json, os, subprocess, sys
real, words = {real!r}, sys.argv[1:]
if words[:1] != ["select"] or "--json" not in words:
    os.execv(real, [real, *words])
done = subprocess.run([real, *words], stdout=subprocess.PIPE, check=False)
if done.returncode:
    sys.exit(done.returncode)
answer = json.loads(done.stdout)
for test in answer["tests"]:
    test["verdict"] = "skip"
print(json.dumps(answer))
"""


@pytest.fixture
def money(real_project):
    real_project.write("money.py", CODE)
    real_project.write("test_money.py", TESTS)
    real_project.write("greeting.txt", "hello\n")
    recorded = real_project.pytest("--alibi", "-q", env={"PYTHONPATH": path_of(real_project)})
    assert recorded.status == 0, recorded.text
    return real_project


def path_of(project):
    """The project's own folder first: its tests import from it."""
    site = project.environment()["PYTHONPATH"]
    return os.pathsep.join([str(project.folder), *([site] if site else [])])


def audit(project, *arguments, env=None):
    return project.run(
        "-m", "testalibi", "audit", *arguments, env={"PYTHONPATH": path_of(project), **(env or {})}
    )


def liar(project, tmp_path):

    code = "from testalibi import installation as i; print(i.find_command({}).path)"
    chosen = project.environment().get("ALIBI_COMMAND")
    real = chosen or project.run("-c", code).stdout.strip()
    path = tmp_path / "liar"
    path.write_text(LIAR.format(python=sys.executable, real=real))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"ALIBI_COMMAND": str(path)}


def listing(folder):
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if ".alibi" not in path.parts and path.is_file()
    }


def test_a_sample_of_what_is_skipped_rightly_has_no_miss(money):
    before = listing(money.folder)
    run = audit(money, "--sample", "100%", "--seed", "1", "--json")
    assert run.status == 0, run.text
    result = json.loads(run.stdout)
    assert (result["audited"], result["skipped"], result["misses"]) == (4, 4, [])
    assert listing(money.folder) == before
    assert "miss rate 0.00% (95 % interval 0.00% to 48.99%)" in audit(money, "--sample", "4").stdout
    assert json.loads(audit(money, "--sample", "50%", "--json").stdout)["audited"] == 2


def test_a_sample_finds_what_a_broken_selection_skips_and_it_runs_from_then_on(money, tmp_path):
    money.write("money.py", CODE.replace('"EUR": 2', '"EUR": 3'))
    lies = liar(money, tmp_path)
    run = audit(money, "--sample", "100%", env=lies)
    assert run.status == 1, run.text
    assert "MISS: test_money.py::test_converts" in run.stdout
    assert "stored passed, now failed" in run.stdout
    assert "money.py" in run.stdout  # why
    assert "4 of 4 skipped tests audited" in run.stdout
    assert "1 miss" in run.stdout
    assert "is a defect of Alibi" in run.stdout
    listed = json.loads((money.data / "distrusted.json").read_text())
    assert list(listed["tests"]) == ["test_money.py::test_converts"]
    again = money.pytest("--alibi", "--alibi-nocollect", env={"PYTHONPATH": path_of(money), **lies})
    assert again.outcomes == ["FAILED test_money.py::test_converts"]
    # It runs anyway, so there is nothing to be audited in it.
    assert json.loads(audit(money, "--sample", "9", "--json", env=lies).stdout)["audited"] == 3


def test_a_list_that_cannot_be_read_skips_nothing(money):
    (money.data / "distrusted.json").write_text("not JSON")
    run = money.pytest("--alibi", "--alibi-nocollect", env={"PYTHONPATH": path_of(money)})
    assert run.status == 0
    assert len(run.outcomes) == 4
    assert any("distrusted.json cannot be read" in line for line in run.alibi_lines)


def test_an_outcome_that_depends_on_other_tests_is_no_miss(real_project):
    real_project.write(
        "test_order.py", "DONE = []\n\ndef test_a():\n    DONE.append(1)\n\ndef test_b():\n    assert DONE\n"
    )
    real_project.pytest("--alibi", "-q")
    # Whichever of the two is drawn, b alone has nothing to stand on.
    for seed in range(8):
        run = real_project.run("-m", "testalibi", "audit", "--sample", "1", "--seed", str(seed), "--json")
        assert run.status == 0, run.text
        kinds = {miss["test"]: miss["kind"] for miss in json.loads(run.stdout)["misses"]}
        assert kinds in ({}, {"test_order.py::test_b": "order"})
        if kinds:
            break
    else:
        pytest.fail("the second test was never drawn")
    assert not (real_project.data / "distrusted.json").exists()


def test_mutants_leave_the_project_alone_and_are_all_seen(money):
    before = listing(money.folder)
    run = audit(money, "--mutants", "12", "--seed", "2", "--json")
    assert run.status == 0, run.text
    result = json.loads(run.stdout)
    assert len(result["cases"]) == 12
    assert result["tests"] == 4
    assert result["recording_changed"] == {}
    counted = [case for case in result["cases"] if not case["timed_out"]]
    assert sum(case["changed"] > 0 for case in counted) >= 8
    assert all(case["misses"] == {"real": 0, "order": 0, "flaky": 0} for case in counted)
    assert {case["file"] for case in result["cases"]} == {"money.py", "greeting.txt"}
    assert listing(money.folder) == before
    assert not any(path.name.startswith("alibi-audit-") for path in money.folder.parent.iterdir())


def test_mutants_judged_by_verdicts_are_run_where_something_looks_missed(money, tmp_path):
    words = ("--mutants", "6", "--seed", "2", "--selected-runs", "0%", "--json")
    run = audit(money, *words)
    assert run.status == 0, run.text
    cases = json.loads(run.stdout)["cases"]
    effective = [case for case in cases if not case["timed_out"] and case["changed"]]
    assert len(effective) >= 4
    assert {case["judged"] for case in effective} == {"verdicts"}
    assert all("selected_s" not in case for case in cases)
    assert all("asked_s" in case for case in effective)
    lied = audit(money, *words[:-1], "--resume", str(tmp_path / "lied"), "--json", env=liar(money, tmp_path))
    assert lied.status == 1, lied.text
    missed = [case for case in json.loads(lied.stdout)["cases"] if case.get("misses", {}).get("real")]
    assert len(missed) >= 4
    assert {case["judged"] for case in missed} == {"run"}


def test_mutants_find_a_broken_selection_and_an_interrupted_audit_goes_on(money, tmp_path):
    results = tmp_path / "cases.jsonl"
    lies = liar(money, tmp_path)
    words = ("--seed", "5", "--kinds", "return,constant", "--resume", str(results))
    first = audit(money, "--mutants", "2", *words, env=lies)
    assert first.status == 1, first.text
    assert "MISS: test_money.py::" in first.stdout
    assert "is a defect of Alibi" in first.stdout
    lines = results.read_text().splitlines()
    assert len(lines) == 3
    results.write_text("\n".join(lines[:2]) + '\n{"number": 1, "ki')  # killed while it wrote
    second = audit(money, "--mutants", "3", *words, "--json", env=lies)
    cases = json.loads(second.stdout)["cases"]
    assert [case["number"] for case in cases] == [0, 1, 2]
    assert cases[0] == json.loads(lines[1])
    assert "1 cases known" in second.stderr
    assert "1/3" not in second.stderr
    other = audit(money, "--mutants", "3", "--seed", "6", "--resume", str(results), env=lies)
    assert other.status == 1
    assert "holds another audit" in other.stderr
    assert len(results.read_text().splitlines()) == 4


def test_mutants_run_in_the_copy_also_where_the_project_is_installed_from_its_folder(real_project):
    """As editable installs do: the original's folder is on the search path by itself."""
    real_project.write("src/parts.py", "def half(number):\n    return number // 2\n")
    real_project.write(
        "tests/test_parts.py", "import parts\n\ndef test_half():\n    assert parts.half(4) == 2\n"
    )
    site = real_project.environment()["PYTHONPATH"]
    env = {"PYTHONPATH": os.pathsep.join([str(real_project.folder / "src"), *([site] if site else [])])}
    assert real_project.pytest("--alibi", "-q", env=env).status == 0
    words = ("--mutants", "3", "--kinds", "arithmetic,constant,return", "--json")
    run = real_project.run("-m", "testalibi", "audit", *words, env=env)
    assert run.status == 0, run.text
    assert all(case["changed"] == 1 for case in json.loads(run.stdout)["cases"]), run.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "either --sample N% or --mutants N"),
        (("--sample", "5", "--mutants", "5"), "either --sample N% or --mutants N"),
        (("--sample", "many"), "neither a number of tests nor a share"),
        (("--sample", "101%"), "neither a number of tests nor a share"),
        (("--mutants", "0"), "not a number from 1"),
        (("--mutants", "1", "--selected-runs", "110%"), "not a share from 0% to 100%"),
        (("--mutants", "1", "--kinds", "typo"), "there is no kind typo; there are arithmetic"),
    ],
)
def test_a_wrong_command_line_says_what_is_right(money, words, told):
    run = audit(money, *words)
    assert run.status == 2
    assert told in run.stderr


def test_without_evidence_there_is_nothing_to_audit(real_project):
    run = real_project.run("-m", "testalibi", "audit", "--sample", "10%")
    assert run.status == 3
    assert "pytest --alibi" in run.stderr


def test_an_audit_that_is_ended_leaves_nothing_behind(money, tmp_path):
    money.write(
        "test_slow.py",
        "import time, pathlib\n\ndef test_slow():\n    pathlib.Path('started').touch()\n    time.sleep(60)\n",
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = money.environment(PYTHONPATH=path_of(money), TMPDIR=str(scratch))
    command = [sys.executable, "-m", "testalibi", "audit", "--mutants", "1"]
    process = subprocess.Popen(command, cwd=money.folder, env=environment, stderr=subprocess.PIPE)
    for _ in range(600):
        if list(scratch.glob("alibi-audit-*/work/*/started")):
            break
        time.sleep(0.05)
    started = time.monotonic()
    process.terminate()
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - started < 20
    assert process.returncode == 130
    assert b"interrupted" in said
    assert list(scratch.iterdir()) == []
