"""Runs of this tree's clients against a fake intake that keeps what it gets: each made once, read often."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_TESTS / "support"), str(_TESTS / "ruby")]

from recordings import WAYS, Recording, Recordings  # noqa: E402  (found through the path set above)
from shops import FRAMEWORKS  # noqa: E402


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the projects share: the package, the extension."""
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory, parts: Path) -> Recordings:
    return Recordings(tmp_path_factory, parts)


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(recordings: Recordings, framework: str) -> Recording:
    """The first run of the project, straight to the intake, which wants git's objects first."""
    return recordings.of(framework, "agentless")


@pytest.fixture
def any_way(recordings: Recordings, framework: str, way: str) -> Recording:
    """The first run of the project, straight to the intake or through some agent."""
    return recordings.of(framework, way)


@pytest.fixture
def skipping(recordings: Recordings, framework: str) -> Recording:
    """The second run, whose service lists two tests, one of which always has to run."""
    return recordings.of(framework, "skipping")


@pytest.fixture
def by_suite(recordings: Recordings, framework: str) -> Recording:
    """The first run where the service thinks in suites."""
    return recordings.of(framework, "by suite")


@pytest.fixture
def suite_skipped(recordings: Recordings, framework: str) -> Recording:
    """The second run of these, whose service lists the only suite."""
    return recordings.of(framework, "suite skipped")


@pytest.fixture
def features(recordings: Recordings, framework: str) -> Recording:
    """A run whose service wants tests to be tried again."""
    return recordings.of(framework, "features")
