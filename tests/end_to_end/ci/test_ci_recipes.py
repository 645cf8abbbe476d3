"""The recipes of docs/ci, executed: the nodes together run what a plain run runs, each test once."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ci_world import Machine, World, blocks, carry, filled, yaml_blocks


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _github(world: World, nodes: int, **more: str) -> tuple[dict[str, str], list[Machine], list[str]]:
    """Outputs of the planning job, the nodes' machines, and the command of each node."""
    (workflow,) = yaml_blocks("github.md")
    jobs = workflow["jobs"]
    system = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": world.commit, "GITHUB_REPOSITORY": "o/r",
              "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1"}  # fmt: skip
    told = world.folder / "github_output"
    told.touch()
    planner = world.planner(nodes, **system, GITHUB_JOB="plan", GITHUB_OUTPUT=str(told))
    for step in jobs["plan"]["steps"]:
        if "run" in step:
            planner.sh(step["run"])
    said = dict(line.split("=", 1) for line in told.read_text(encoding="utf-8").splitlines())
    steps = {f"steps.plan.outputs.{name}": value for name, value in said.items()}
    outputs = {name: filled(text, steps, "${{", "}}") for name, text in jobs["plan"]["outputs"].items()}
    (upload,) = [step["with"] for step in jobs["plan"]["steps"] if "upload-artifact" in step.get("uses", "")]
    assert upload["include-hidden-files"] is True, "else the folder stays behind"
    machines, commands = [], []
    assert jobs["test"]["if"] == "needs.plan.outputs.has_tests == 'true'"
    if outputs["has_tests"] != "true":
        return outputs, [], []
    rows = json.loads(outputs["matrix"])["include"]
    for row in rows:
        machine = world.machine(**system, GITHUB_JOB="test", **more)
        values = {f"matrix.{name}": str(value) for name, value in row.items()}
        for step in jobs["test"]["steps"]:
            if "download-artifact" in step.get("uses", ""):
                assert step["with"]["name"] == upload["name"]
                carry(planner, machine, upload["path"])
        machines.append(machine)
        commands.append(
            "\n".join(
                filled(step["run"], values, "${{", "}}") for step in jobs["test"]["steps"] if "run" in step
            )
        )
    return outputs, machines, commands


def test_github(world: World) -> None:
    _, machines, commands = _github(world, 3)
    for machine, command in zip(machines, commands, strict=True):
        machine.sh(command)
    world.expect_all_once(machines)
    assert all(list((machine.directory / ".alibi" / "timings").iterdir()) for machine in machines)


def test_github_one_node_is_retried(world: World) -> None:
    _, machines, commands = _github(world, 3)
    again = world.machine(GITHUB_SHA=world.commit)
    carry(machines[1], again, ".testoptimization")
    machines[1].sh(commands[1])
    again.sh(commands[1])
    assert sorted(again.cases()) == sorted(machines[1].cases()) != []


def test_github_nothing_to_run(world: World) -> None:
    outputs, machines, _ = _github(world, 0)
    assert outputs["has_tests"] == "false"
    assert json.loads(outputs["matrix"]) == {"include": []}
    assert machines == []


def test_github_one_queue_for_all_nodes(world: World) -> None:
    socket = world.folder / "redis"
    server = subprocess.Popen(["redis-server", "--port", "0", "--save", "", "--unixsocket", str(socket)],
                              cwd=world.folder, stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        while subprocess.run(["redis-cli", "-s", str(socket), "ping"], capture_output=True).returncode:
            assert server.poll() is None
        _, machines, commands = _github(world, 3, ALIBI_QUEUE=f"unix://{socket}")
        running = [machine.start(command) for machine, command in zip(machines, commands, strict=True)]
        assert [process.wait(300) for process in running] == [0, 0, 0]
        keys = subprocess.run(["redis-cli", "-s", str(socket), "keys", "alibi:queue:*:done"],
                              capture_output=True, text=True, check=True)  # fmt: skip
        assert len(keys.stdout.split()) == 1, "all nodes have one queue"
    finally:
        server.kill()
        server.wait()
    ran = sorted(case for machine in machines for case in machine.cases())
    assert ran == sorted(world.plain_run())


def _gitlab(world: World, nodes: int) -> tuple[Machine, dict[str, Any], dict[str, Any]]:
    parent, template = yaml_blocks("gitlab.md")
    plan = parent["plan"]
    planner = world.planner(nodes, GITLAB_CI="true", CI_PIPELINE_ID="11", CI_JOB_NAME="plan",
                            CI_PROJECT_ID="1", CI_COMMIT_SHA=world.commit, **plan["variables"])  # fmt: skip
    for line in plan["script"]:
        planner.sh(line)
    (included,) = parent["test"]["trigger"]["include"]
    assert included["job"] == "plan"
    assert any(included["artifact"].startswith(path) for path in plan["artifacts"]["paths"])
    child = yaml.safe_load((planner.directory / included["artifact"]).read_text(encoding="utf-8"))
    return planner, child, template


def test_gitlab(world: World) -> None:
    planner, child, template = _gitlab(world, 3)
    (local,) = child["include"]
    text = Path(__file__).parents[3].joinpath("docs", "ci", "gitlab.md").read_text(encoding="utf-8")
    assert f"`{local['local']}` holds" in text, "the second block is this file"
    job = {**template[child["alibi-tests"]["extends"]], **child["alibi-tests"]}
    assert job["needs"] == [{"pipeline": "11", "job": "plan"}]
    machines = []
    for index in range(1, job["parallel"] + 1):
        machine = world.machine(GITLAB_CI="true", CI_PIPELINE_ID="12", CI_PROJECT_ID="1",
                                CI_JOB_NAME=f"alibi-tests {index}/{job['parallel']}",
                                CI_NODE_INDEX=str(index), CI_NODE_TOTAL=str(job["parallel"]),
                                CI_COMMIT_SHA=world.commit)  # fmt: skip
        carry(planner, machine, ".testoptimization")
        machine.sh("\n".join([*job["before_script"], *job["script"]]))
        machines.append(machine)
    world.expect_all_once(machines)
    keeper = world.machine()
    for machine in machines:
        for path in job["artifacts"]["paths"]:
            carry(machine, keeper, path)
    keeper.sh("\n".join(template["alibi-keep"]["script"]))
    assert len(keeper.output.split()) >= 3, "times of all nodes"


def test_gitlab_nothing_to_run(world: World) -> None:
    planner, child, _ = _gitlab(world, 0)
    ((_, job),) = child.items()
    assert "run" not in world.machine().sh("\n".join(job["script"])).split()[:1]
    env = (planner.directory / ".testoptimization/gitlab/plan.env").read_text(encoding="utf-8")
    assert "ALIBI_HAS_TESTS=false" in env


def _circleci(world: World, nodes: int) -> tuple[Machine, dict[str, Any], dict[str, Any]]:
    setup, tests = yaml_blocks("circleci.md")
    planner = world.planner(nodes, CIRCLECI="true", CIRCLE_SHA1=world.commit, CIRCLE_NODE_INDEX="0",
                            CIRCLE_NODE_TOTAL="1", CIRCLE_JOB="plan")  # fmt: skip
    steps = setup["jobs"]["plan"]["steps"]
    for step in steps:
        if "run" in step:
            planner.sh(step["run"])
    (goes_on,) = [step["continuation/continue"] for step in steps if "continuation/continue" in step]
    parameters = json.loads((planner.directory / goes_on["parameters"]).read_text(encoding="utf-8"))
    kinds = {"integer": int, "boolean": bool}
    declared = {name: kinds[about["type"]] for name, about in tests["parameters"].items()}
    assert {name: type(value) for name, value in parameters.items()} == declared
    return planner, parameters, tests


def test_circleci(world: World) -> None:
    planner, parameters, tests = _circleci(world, 3)
    assert parameters["has_tests"] is True
    job = tests["jobs"]["test"]
    assert job["parallelism"] == "<< pipeline.parameters.parallelism >>"
    machines = []
    for index in range(parameters["parallelism"]):
        machine = world.machine(CIRCLECI="true", CIRCLE_SHA1=world.commit, CIRCLE_JOB="test",
                                CIRCLE_NODE_INDEX=str(index),
                                CIRCLE_NODE_TOTAL=str(parameters["parallelism"]))  # fmt: skip
        carry(planner, machine, ".testoptimization")
        for step in job["steps"]:
            if "run" in step:
                machine.sh(step["run"])
        machines.append(machine)
    world.expect_all_once(machines)


def test_circleci_nothing_to_run(world: World) -> None:
    _, parameters, tests = _circleci(world, 0)
    assert parameters == {"has_tests": False, "parallelism": 1}
    assert tests["workflows"]["tests"]["when"] == "<< pipeline.parameters.has_tests >>"


def _buildkite(world: World, nodes: int) -> tuple[dict[str, Any], str]:
    (pipeline,) = yaml_blocks("buildkite.md")
    (hook,) = blocks("buildkite.md", "sh")
    planner = world.planner(nodes, BUILDKITE="true", BUILDKITE_COMMIT=world.commit,
                            BUILDKITE_BUILD_ID="b", BUILDKITE_STEP_ID="p")  # fmt: skip
    (step,) = pipeline["steps"]
    for command in [hook, *step["commands"]]:
        planner.sh(command)
    uploaded = json.loads((world.store / "uploaded.json").read_text(encoding="utf-8"))
    (tests,) = uploaded["steps"]
    return tests, hook


def test_buildkite(world: World) -> None:
    tests, hook = _buildkite(world, 3)
    machines = []
    for index in range(tests["parallelism"]):
        machine = world.machine(BUILDKITE="true", BUILDKITE_COMMIT=world.commit, BUILDKITE_BUILD_ID="b",
                                BUILDKITE_STEP_ID="t", BUILDKITE_PARALLEL_JOB=str(index),
                                BUILDKITE_PARALLEL_JOB_COUNT=str(tests["parallelism"]))  # fmt: skip
        for command in [hook, *tests["commands"]]:
            machine.sh(command.replace("$$", "$"))  # as the upload does
        machines.append(machine)
    world.expect_all_once(machines)


def test_buildkite_nothing_to_run(world: World) -> None:
    tests, _ = _buildkite(world, 0)
    assert tests["skip"]
    assert "parallelism" not in tests


def _azure(world: World, nodes: int) -> tuple[Machine, dict[str, str], dict[str, Any]]:
    (pipeline,) = yaml_blocks("azure.md")
    plan, test, _ = pipeline["jobs"]
    planner = world.planner(nodes, TF_BUILD="True", BUILD_SOURCEVERSION=world.commit, BUILD_BUILDID="3",
                            SYSTEM_JOBPOSITIONINPHASE="1", SYSTEM_TOTALJOBSINPHASE="1")  # fmt: skip
    said: dict[str, str] = {}
    for step in plan["steps"]:
        if "script" in step:
            text = planner.sh(step["script"])
            for name, value in re.findall(
                r"^##vso\[task.setvariable variable=(\w+);isOutput=true\](.*)$", text, re.M
            ):
                said[f"{step['name']}.{name}"] = value
    return planner, said, test


def test_azure(world: World) -> None:
    planner, said, test = _azure(world, 3)
    assert said["split.has_tests"] == "true"
    assert test["strategy"]["matrix"] == "$[ dependencies.plan.outputs['split.matrix'] ]"
    rows = json.loads(said["split.matrix"])
    machines = []
    for position, row in enumerate(rows.values(), 1):
        downloads = world.folder / f"pipeline-{position}"
        variables = {**row, "Pipeline.Workspace": str(downloads)}
        upper = {name.upper(): value for name, value in row.items()}
        machine = world.machine(TF_BUILD="True", BUILD_SOURCEVERSION=world.commit, BUILD_BUILDID="3",
                                SYSTEM_JOBPOSITIONINPHASE=str(position),
                                SYSTEM_TOTALJOBSINPHASE=str(len(rows)), **upper)  # fmt: skip
        machine.sh(f"mkdir {downloads} && cp -R {planner.directory}/.testoptimization {downloads}/plan")
        for step in test["steps"]:
            if "script" in step:
                machine.sh(filled(step["script"], variables, "$(", ")"))
        machines.append(machine)
    world.expect_all_once(machines)


def test_azure_nothing_to_run(world: World) -> None:
    _, said, test = _azure(world, 0)
    assert said["split.has_tests"] == "false"
    assert json.loads(said["split.matrix"]), "an empty matrix is refused"
    assert "eq(dependencies.plan.outputs['split.has_tests'], 'true')" in test["condition"]


@pytest.mark.parametrize("nodes", [3, 0])
def test_bitbucket(world: World, nodes: int) -> None:
    (pipelines,) = yaml_blocks("bitbucket.md")
    plan, both = pipelines["pipelines"]["default"]
    steps = [entry["step"] for entry in both["parallel"]]
    planner = world.planner(nodes, BITBUCKET_COMMIT=world.commit, BITBUCKET_PIPELINE_UUID="{u}")
    for line in plan["step"]["script"]:
        planner.sh(line)
    machines = []
    for index, step in enumerate(steps):
        machine = world.machine(BITBUCKET_COMMIT=world.commit, BITBUCKET_PIPELINE_UUID="{u}",
                                BITBUCKET_PARALLEL_STEP=str(index),
                                BITBUCKET_PARALLEL_STEP_COUNT=str(len(steps)))  # fmt: skip
        carry(planner, machine, ".testoptimization")
        for line in step["script"]:
            machine.sh(line)
        machines.append(machine)
    if nodes == 0:
        assert [machine.cases() for machine in machines] == [[], [], []]
    else:
        world.expect_all_once(machines)


@pytest.mark.parametrize("nodes", [3, 0])
def test_jenkins(world: World, nodes: int) -> None:
    (script,) = blocks("jenkins.md", "groovy")
    above, branch = script.split("def branches", 1)
    lines = re.compile(r"^\s*sh '(.*)'$", re.M)
    planner = world.planner(nodes, JENKINS_URL="http://j", GIT_COMMIT=world.commit)
    for line in lines.findall(above):
        planner.sh(line)
    (path,) = re.findall(r"readFile\('(.*?)'\)", above)
    count = int((planner.directory / path).read_text(encoding="utf-8").strip())
    assert count == nodes
    (given,) = re.findall(r"withEnv\(\[(.*?)\]\)", branch)
    machines = []
    for index in range(count):
        values = {"index": str(index), "nodes": str(count)}
        own = dict(word.split("=", 1) for word in re.findall(r'"(.*?)"', filled(given, values, "${", "}")))
        machine = world.machine(JENKINS_URL="http://j", GIT_COMMIT=world.commit, **own)
        carry(planner, machine, ".testoptimization")
        for line in lines.findall(branch):
            machine.sh(line)
        machines.append(machine)
    if nodes:
        world.expect_all_once(machines)
