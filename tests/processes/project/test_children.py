import ends
import kinds
import lib
import pytest


def test_in_this_process():
    assert lib.work(6) == 8


@pytest.mark.parametrize("way", ends.WAYS)
@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.__name__)
def test_kind(kind, way):
    assert kind(way) == ends.STATUS[way]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("pool", kinds.POOLS, ids=lambda pool: pool.__name__)
def test_pool(pool, method):
    assert pool(method) == [8, 16]


@pytest.mark.parametrize("seed", range(12))
def test_killed(seed):
    kinds.killed_at_random(seed)


def test_without_children():
    pass
