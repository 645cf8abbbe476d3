"""Are two data files of coverage.py the same to its reports? Prints where they differ, as JSON.

    python coverage_agreement.py ROOT THEIRS OURS

Of each file below ROOT that either knows: statements that only one of them calls executed. What coverage.py
never reports (docstrings, comments, `pragma: no cover`, later lines of a statement) cannot differ.
"""

import json
import os
import sys

import coverage


def executed(data_file, root):
    data = coverage.CoverageData(data_file)
    data.read()
    measured = coverage.Coverage(data_file=data_file, config_file=False)
    measured.load()
    found = {}
    for path in data.measured_files():
        if path.startswith(root + os.sep) and os.path.exists(path):
            _, statements, _, missing, _ = measured.analysis2(path)
            found[os.path.relpath(path, root)] = set(statements) - set(missing)
    return found


def main(root, theirs, ours):
    root = os.path.realpath(root)
    first, second = executed(theirs, root), executed(ours, root)
    differences = {}
    for path in sorted(first.keys() | second.keys()):
        lost = sorted(first.get(path, set()) - second.get(path, set()))
        added = sorted(second.get(path, set()) - first.get(path, set()))
        if lost or added:
            differences[path] = {"only theirs": lost, "only ours": added}
    print(
        json.dumps({"files": len(first), "lines": sum(map(len, first.values())), "differences": differences})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
