"""Makes one run of pytest collect what `alibi run` gives it, not what addopts and its like name.

Loaded with `-p alibi_pytest_batch`, only where the arguments alone would not do. ALIBI_PYTEST_ARGUMENTS
names a file with the arguments, each with a NUL after it. pytest-xdist's workers load it, too.
Python 3.8 or later, pytest 6.2 or later.
"""

import os

import pytest
from alibi_pytest_chosen import Chosen, is_special
from alibi_pytest_traces import leave_no_trace

_VARIABLE = "ALIBI_PYTEST_ARGUMENTS"


def _read():
    with open(os.environ[_VARIABLE], "rb") as file:
        return [os.fsdecode(each) for each in file.read().split(b"\0")[:-1]]


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    early_config.known_args_namespace.file_or_dir = list(_arguments)
    yield


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    config.args = list(_arguments)
    if any(map(is_special, _arguments)):
        chosen = Chosen(config, _arguments)
        config.args = chosen.places
        config.pluginmanager.register(chosen, "alibi-chosen")
    option = config.option
    if not getattr(option, "numprocesses", None) and not getattr(option, "tx", None):
        os.environ.pop(_VARIABLE, None)
        leave_no_trace()  # otherwise the workers, which this process starts, do


_arguments = _read()
