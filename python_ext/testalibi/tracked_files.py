"""Files that the project declares every test to depend on: the ini key alibi_tracked.

Their contents are inputs of the session, and so is the list of their names, so that a file that comes or goes
counts as well. A new file beside them that matches no pattern does not. Looked up once per run, by the main
process.
"""

from __future__ import annotations

import functools
import json
import os

from testalibi import declared_inputs
from testalibi.session import Recording

SUBJECT = "tracked files"


class TrackedFiles:
    def __init__(self, patterns: tuple[str, ...], root: str) -> None:
        self._patterns = patterns
        self._root = root

    @functools.cached_property
    def _paths(self) -> list[str]:
        return declared_inputs.matching_files(self._root, self._patterns) if self._patterns else []

    def text(self) -> str:
        """The same as long as the patterns and what they match are. Also said when there are none: evidence
        from before the first pattern must not count.
        """
        names = [os.path.relpath(path, self._root) for path in self._paths]
        return json.dumps({"files": names, "patterns": sorted(self._patterns)})

    def record(self, recording: Recording) -> None:
        """While the session's own context is current."""
        text = self.text()
        recording.record_input("option", SUBJECT, detail=text, content=text)
        for path in self._paths:
            recording.observe("file", path)
