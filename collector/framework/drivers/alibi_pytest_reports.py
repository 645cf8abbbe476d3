"""pytest's JUnit report as far as the tests go: its own comes when the session ends, which a crash prevents.

Beside the worker; the same Python and pytest. Never the reason that something fails.
"""

import os
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr


class ReportSoFar:
    """In place of the report, until pytest replaces it with the whole one."""

    def __init__(self, plugins):
        self._log = next((one for one in plugins if type(one).__name__ == "LogXML"), None)
        self._written = 0
        self._process = os.getpid()

    def bring_up_to_date(self):
        if self._log is None or os.getpid() != self._process:
            return
        try:
            if nodes := self._log.node_reporters_ordered[self._written :]:
                self._write(nodes)
        except Exception:  # of another version, a full disk: as if there were none
            self._log = None

    def _write(self, nodes):
        text = "".join(ElementTree.tostring(node.to_xml(), encoding="unicode") for node in nodes)
        begin = (
            f"<testsuites><testsuite name={quoteattr(self._log.suite_name)}>" if self._written == 0 else ""
        )
        with open(self._log.logfile, "a" if self._written else "w", encoding="utf-8") as file:
            file.write(begin + text + "\n")
        self._written += len(nodes)
