import pytest
from bakery.pantry import Pantry
from bakery.shop import Shop


@pytest.fixture(scope="session")
def pantry():
    """Read once; every test that uses it depends on flours.csv all the same."""
    return Pantry()


@pytest.fixture(scope="module")
def shop(pantry):
    return Shop(pantry)
