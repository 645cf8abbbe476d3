"""selection-rules.md 4, X13 to X19: what an earlier test left is seen by a later one."""

from cases import group
from short_forms import state

group("selection-rules.md 4: unseen cases")

state(
    "X13",
    "state deep in objects",
    """
    class Box:
        def __init__(self):
            self.inner = {"list": [[0]]}

    BOX = Box()

    def first():
        BOX.inner["list"][0][0] = g()

    def second():
        return BOX.inner["list"][0][0]
    """,
)

state(
    "X14",
    "state in a closure cell",
    """
    def make():
        value = 0

        def put(new):
            nonlocal value
            value = new

        def ask():
            return value

        return put, ask

    put, ask = make()

    def first():
        put(g())

    def second():
        return ask()
    """,
)

state(
    "X15",
    "state in an attribute of a function",
    """
    def first():
        second.value = g()

    def second():
        return second.value
    """,
)

state(
    "X16",
    "state in a mutable default",
    """
    def keep(new=None, kept=[]):
        if new is not None:
            kept.append(new)
        return kept[-1]

    def first():
        keep(g())

    def second():
        return keep()
    """,
)

state(
    "X17",
    "environment variable set by an earlier test",
    """
    import os

    def first():
        os.environ["SET_BY_FIRST"] = str(g())

    def second():
        return int(os.environ["SET_BY_FIRST"])
    """,
)

state(
    "X18",
    "file written by an earlier test",
    """
    import os

    PATH = os.path.join(os.path.dirname(__file__), "made.txt")

    def first():
        with open(PATH, "w") as file:
            file.write(str(g()))

    def second():
        with open(PATH) as file:
            return int(file.read())
    """,
)

state(
    "X19",
    "generator resumed in a later test",
    """
    def numbers():
        yield 0
        value = g()
        while True:
            yield value

    NUMBERS = numbers()

    def first():
        next(NUMBERS)
        next(NUMBERS)

    def second():
        return next(NUMBERS)
    """,
)

state(
    "X19",
    "generator in a loop",
    """
    def numbers():
        total = 0
        while total < 100:
            total += g()
            yield total

    NUMBERS = numbers()
    next(NUMBERS)

    def first():
        next(NUMBERS)

    def second():
        return next(NUMBERS) - 2
    """,
)

state(
    "X15",
    "state kept by a function that a table leads to",
    """
    KEPT = []
    TABLE = {"g": g}

    def first():
        KEPT.append(TABLE["g"]())

    def second():
        return KEPT[-1]
    """,
)

state(
    "X15",
    "state kept by a function under another name",
    """
    KEPT = []
    alias = g

    def first():
        KEPT.append(alias())

    def second():
        return KEPT[-1]
    """,
)

state(
    "X15",
    "state kept by a callback",
    """
    KEPT = []

    def keep(make):
        KEPT.append(make())

    def first():
        keep(g)

    def second():
        return KEPT[-1]
    """,
)
