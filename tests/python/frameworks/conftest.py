import pytest
from example_project import Splitting


@pytest.fixture
def project(tmp_path):
    return Splitting(tmp_path)
