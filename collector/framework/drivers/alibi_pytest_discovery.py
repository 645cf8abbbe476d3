"""Writes the tests that pytest collects, one JSON object a line, for `alibi plan`.

Loaded by PYTEST_PLUGINS into `pytest --collect-only`; needs only pytest. First of all it puts back what was
changed to load it, so that tests and Alibi's evidence see the environment of a plain run.
"""

import json
import os
import re
import sys

import pytest

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_REASON = "nothing it depends on has changed"


def _take_instructions():
    told = json.loads(os.environ.pop("ALIBI_DISCOVERY"))
    for name, value in told["restore"].items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    return told


_TOLD = _take_instructions()
_deselected = []


def outside(environ):
    """The environment of a plain run, for evidence: without what only listing tests needs."""
    there = {**environ, **{name: value for name, value in _TOLD["outside"].items() if value is not None}}
    return {name: value for name, value in there.items() if _TOLD["outside"].get(name, "") is not None}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    # pytest-cov would write its data and reports over those of a real run.
    options = early_config.known_args_namespace
    if getattr(options, "cov_source", None):
        options.cov_source = []


def pytest_deselected(items):
    _deselected.extend(items)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    config = session.config
    chosen = config.pluginmanager.get_plugin("alibi-deselector")
    skipped = frozenset(chosen.deselected_tests()) if chosen is not None else frozenset()
    items = [(item, False) for item in session.items]
    items += [(item, True) for item in _deselected if _plain_id(item) in skipped]
    lines = [_line(item, is_skipped) for item, is_skipped in items]
    for file, tests in (chosen.ignored_files() if chosen is not None else {}).items():
        lines.append({"cleared": _from_here(config, file), "reason": _REASON})
        lines.extend(_line_of_id(config, test) for test in tests)
    _drop_ambiguous(lines)
    with open(_TOLD["output"], "w", encoding="utf-8") as output:
        for line in lines:
            output.write(json.dumps(line) + "\n")


def _line(item, is_skipped):
    node_id = _plain_id(item)
    line = _line_of_id(item.config, node_id)
    line.update(_said_by_project(item))
    callspec = getattr(item, "callspec", None)
    line["parameters"] = _parameters(callspec.params) if callspec is not None else ""
    line["group"] = _group(item, node_id)
    line["skipped"] = is_skipped
    line["reason"] = _REASON if is_skipped else ""
    return line


def _line_of_id(config, node_id):
    """Also of a test that was not collected."""
    path, separator, rest = node_id.partition("::")
    folder, _, file = path.rpartition("/")
    place = _from_here(config, path)
    return {
        "name": rest if separator else node_id,
        "suite": file if separator else "unknown_suite",
        "module": folder.replace("/", ".") if separator else "unknown_module",
        "parameters": "",
        "suiteSourceFile": place,
        "selector": place + separator + rest if separator else "",
        "group": "",
        "skipped": True,
        "reason": _REASON,
    }


def _said_by_project(item):
    """What conftest files of users of ddtrace say about names."""
    said = {}
    for key, word in (("module", "module"), ("suite", "suite"), ("name", "test")):
        hook = getattr(item.config.hook, f"pytest_ddtrace_get_item_{word}_name", None)
        value = hook(item=item) if hook is not None else None
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str):
            said[key] = value
    return said


def _plain_id(item):
    """Without the group that --dist=loadgroup hangs on to it."""
    group = _xdist_group(item)
    if group and getattr(item.config.option, "loadgroup", False) and item.nodeid.endswith("@" + group):
        return item.nodeid[: -len(group) - 1]
    return item.nodeid


def _xdist_group(item):
    mark = item.get_closest_marker("xdist_group")
    if mark is None:
        return ""
    return str(mark.args[0] if mark.args else mark.kwargs.get("name", "default"))


def _group(item, node_id):
    marked = _xdist_group(item)
    if marked:
        return "xdist_group:" + marked
    without_parameters = node_id.partition("[")[0]
    owner, separator, _ = without_parameters.rpartition("::")
    return owner if separator and "::" in owner else ""


def _from_here(config, path):
    """Node ids count from the root directory, the command line from where pytest was started."""
    root = getattr(config, "rootpath", None) or config.rootdir
    return os.path.relpath(os.path.join(str(root), path), str(config.invocation_params.dir))


def _parameters(params):
    texts = {name: _ADDRESS.sub("", _repr(value)) for name, value in params.items()}
    return json.dumps({"arguments": texts, "metadata": {}}, sort_keys=True)


def _repr(value):
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _drop_ambiguous(lines):
    """A selector that means several tests cannot divide a file."""
    seen = {}
    for line in lines:
        other = seen.setdefault(line.get("selector"), line)
        if other is not line and line.get("selector"):
            other["selector"] = line["selector"] = ""
