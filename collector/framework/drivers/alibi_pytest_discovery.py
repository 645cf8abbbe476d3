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
_files = {}  # node id of a file that was collected -> None
_failed = {}  # the same of one that could not be -> why
_folders = {}  # the same of what is no file: nobody knows what is below it
_ended = []  # the collection came to its end


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session):
    session.config.option.maxfail = 0  # a file that cannot be imported hides none of the others


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_make_collect_report(collector):
    outcome = yield
    if outcome.excinfo is None:
        _note(collector, outcome.get_result())


def _note(collector, report):
    file = collector.getparent(pytest.File)
    if file is None or isinstance(file, pytest.Package):
        if report.failed:
            _folders[collector.nodeid or "."] = _why(report)
        return
    name = file.nodeid.partition("::")[0]
    # Every module is a candidate for doctests, most have none.
    is_doctest = type(collector).__name__ in ("DoctestModule", "DoctestTextfile")
    if not (is_doctest and report.passed and not report.result):
        _files.setdefault(name)
    if report.failed:
        _failed.setdefault(name, _why(report))


def _why(report):
    lines = [line for line in str(report.longrepr).splitlines() if line.strip()]
    errors = [line[1:] for line in lines if line.startswith("E ")]
    return ((errors or lines or ["no reason was given"])[-1]).strip()[:200]


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_modifyitems():
    outcome = yield
    if outcome.excinfo is None:
        _ended.append(True)


def pytest_deselected(items):
    _deselected.extend(items)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session):
    if not _ended:
        return  # called all the same after an interruption: what was found is not everything
    config = session.config
    chosen = config.pluginmanager.get_plugin("alibi-deselector")
    skipped = frozenset(chosen.deselected_tests()) if chosen is not None else frozenset()
    items = [(item, False) for item in session.items]
    items += [(item, True) for item in _deselected if _plain_id(item) in skipped]
    lines = [_line(item, is_skipped) for item, is_skipped in items]
    for file, tests in (chosen.ignored_files() if chosen is not None else {}).items():
        _files.setdefault(file)
        lines.append({"cleared": _from_here(config, file), "reason": _REASON})
        lines.extend(_line_of_id(config, test) for test in tests)
    _drop_ambiguous(lines)
    partial = {_from_here(config, file) for file in _failed}  # not all tests are known: they run whole
    lines = [line for line in lines if _place_of(line) not in partial] + _places(config)
    with open(_TOLD["output"], "w", encoding="utf-8") as output:
        for line in lines:
            output.write(json.dumps(line) + "\n")


def _place_of(line):
    return line.get("suiteSourceFile") or line.get("cleared")


def _places(config):
    lines = [{"file": _from_here(config, file)} for file in _files]
    for file, why in _failed.items():
        lines.append({"notice": f"{_from_here(config, file)} cannot be collected and runs whole: {why}"})
    for folder, why in _folders.items():
        place = _from_here(config, folder)
        lines.append({"uncollected": place})
        lines.append({"notice": f"{place} cannot be collected: {why}"})
    return lines


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
    file, _, rest = node_id.partition("::")
    owner = rest.partition("[")[0].rpartition("::")[0]
    return file + "::" + owner if owner else ""


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
