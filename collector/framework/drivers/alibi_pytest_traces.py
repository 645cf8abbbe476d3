"""Takes back what loading a driver into pytest left behind: tests find the environment of a plain run, and so
do their children. Used by alibi_pytest_worker.py and alibi_pytest_batch.py, which it lies beside.
"""

import os
import sys
from os.path import abspath, dirname


def leave_no_trace():
    here = dirname(abspath(__file__))
    first, separator, rest = os.environ.get("PYTHONPATH", "").partition(os.pathsep)
    if first and abspath(first) == here:
        if separator:
            os.environ["PYTHONPATH"] = rest
        else:
            del os.environ["PYTHONPATH"]
    if here in sys.path:
        sys.path.remove(here)
