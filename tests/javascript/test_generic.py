"""The generic adapter with real commands: one lists, one runs."""

from __future__ import annotations

from node_project import NodeProject, lines, thirds

PROJECT = "jest"  # its files are listed and run by two commands here
LIST = "sh -c 'ls src/*.test.js'"


def test_shares_run_what_the_list_command_prints(project: NodeProject) -> None:
    project.framework = "generic"
    asked = {"platform": "generic", "list_command": LIST}
    files = project.found(**asked, run_command="x")["files"]
    assert files == ["src/a.test.js", "src/b.test.js", "src/c.test.js", "src/fails.test.js"]
    noted = project.noting("generic")
    by_words = project.run(
        thirds(files), **asked, run_command='sh -c \'printf "%s\\n" "$@" >>"$RAN"\' sh {files}'
    )
    by_list = project.run(
        thirds(files), **asked, run_command='sh -c \'cat "$0" >>"$RAN"; exit 3\' {file_list}'
    )
    assert [one.status for one in by_words + by_list] == [0, 0, 0, 3, 3, 3]
    assert lines(noted) == sorted(files * 2)
