"""What a variable of a module holds, changed by somebody who got it from elsewhere."""

from cases import group, hazard

group("selection-rules.md 4: unseen cases")


def _held(
    title: str, module: str, filler: str, *, test: str = "m.value()", may_run: str = "test_fills"
) -> None:
    """`filler` runs in an earlier test and puts what g() gives into m's variable, not naming it."""
    hazard(
        "held",
        title,
        files={
            "m.py": module,
            "g.py": "def g():\n    return 1\n",
            "test_a.py": filler,
            "test_b.py": f"""
                import m

                def test_reads():
                    assert {test} == 1
            """,
        },
        edit={"g.py": "def g():\n    return 2\n"},
        runs="test_reads",
        may_run=may_run,
        because="it asks for what it puts there",
        same_outcome="",
    )


_held(
    "returned by a function",
    """
    _kept = {}

    def kept():
        return _kept

    def value():
        return _kept.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        m.kept()["x"] = g.g()
    """,
)

_held(
    "under another name",
    """
    _kept = {}
    other = _kept

    def value():
        return _kept.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        m.other["x"] = g.g()
    """,
)

_held(
    "imported under another name",
    """
    _kept = {}

    def value():
        return _kept.get("x", 1)
    """,
    """
    import g
    from m import _kept as mine

    def test_fills():
        mine["x"] = g.g()
    """,
)

_held(
    "in an object made at import",
    """
    class Holder:
        def __init__(self, things):
            self.things = things

    _kept = {}
    holder = Holder(_kept)

    def value():
        return _kept.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        m.holder.things["x"] = g.g()
    """,
)

_held(
    "through a method that was handed on",
    """
    _kept = []

    def adder():
        return _kept.append

    def value():
        return _kept[-1] if _kept else 1
    """,
    """
    import g, m

    def test_fills():
        m.adder()(g.g())
    """,
)

_held(
    "by its own object, which gives itself away",
    """
    class Store:
        def __init__(self):
            self.things = {}

        def me(self):
            return self

    _kept = Store()

    def store():
        return _kept.me()

    def value():
        return _kept.things.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        m.store().things["x"] = g.g()
    """,
)

_held(
    "as a default argument",
    """
    _kept = {}

    def fill(key, value, into=_kept):
        into[key] = value

    def value():
        return _kept.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        m.fill("x", g.g())
    """,
)

_held(
    "given to a callback",
    """
    _kept = {}

    def with_kept(call):
        call(_kept)

    def value():
        return _kept.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        m.with_kept(lambda kept: kept.update(x=g.g()))
    """,
)

_held(
    "made when first asked for",
    """
    import g

    _value = None

    def value():
        global _value
        if _value is None:
            _value = g.g()
        return _value
    """,
    """
    import m

    def test_fills():
        assert m.value()
    """,
)

_held(
    "an element of it, returned by a function",
    """
    _kept = {"x": {}}

    def part():
        return _kept["x"]

    def value():
        return _kept["x"].get("y", 1)
    """,
    """
    import g, m

    def test_fills():
        m.part()["y"] = g.g()
    """,
)

_held(
    "an element of it, kept by a test before",
    """
    _kept = {"x": {}}

    def part():
        return _kept.get("x")

    def value():
        return _kept["x"].get("y", 1)
    """,
    """
    import g, m

    HOLDER = {}

    def test_asks():
        HOLDER["part"] = m.part()

    def test_fills():
        HOLDER.get("part", {})["y"] = g.g()
    """,
    may_run="test_fills test_asks",
)

_held(
    "an element of it, under a name that a call gave it at import",
    """
    _kept = {"x": {}}

    def part():
        return _kept["x"]

    SHORT = part()

    def value():
        return _kept["x"].get("y", 1)
    """,
    """
    import g, m

    def test_fills():
        m.SHORT["y"] = g.g()
    """,
)

_held(
    "read under a name that a call gave it at import",
    """
    _kept = {}

    def whole():
        return _kept

    OTHER = whole()

    def put(value):
        _kept["x"] = value

    def value():
        return OTHER.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        m.put(g.g())
    """,
)

_held(
    "reached by a name that is computed",
    """
    _kept = {}

    def value():
        return _kept.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        getattr(m, "".join(("_", "kept")))["x"] = g.g()
    """,
)

_held(
    "reached by the module's namespace",
    """
    _kept = {}

    def value():
        return _kept.get("x", 1)
    """,
    """
    import g, m

    def test_fills():
        vars(m)["".join(("_", "kept"))]["x"] = g.g()
    """,
)
