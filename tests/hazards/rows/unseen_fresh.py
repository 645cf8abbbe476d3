"""An object that an earlier test made and went on to fill: making it says nothing of what is in it now."""

from cases import group, hazard

group("selection-rules.md 4: unseen cases")


def _fresh(title: str, module: str, *, fills: str = "m.paint()", reads: str = "m.settings().colour") -> None:
    hazard(
        "fresh",
        title,
        files={
            "m.py": module,
            "g.py": "def g():\n    return 1\n",
            "test_m.py": f"""
                import m

                def test_fills():
                    assert {fills} == 1

                def test_reads():
                    assert {reads} == 1

                def test_other():
                    assert m
            """,
        },
        edit={"g.py": "def g():\n    return 2\n"},
        runs="test_fills test_reads",
    )


_fresh(
    "an attribute of a module's object, set after it was made",
    """
    import g
    _settings = None

    class Settings:
        colour = 0

    def settings():
        global _settings
        if _settings is None:
            _settings = Settings()
        return _settings

    def paint():
        mine = settings()
        mine.colour = g.g()
        return mine.colour
    """,
)
_fresh(
    "an attribute of a class's only object, set after it was made",
    """
    import g

    class Settings:
        _only = None
        colour = 0

        @classmethod
        def only(cls):
            if cls._only is None:
                cls._only = cls()
            return cls._only

    def settings():
        return Settings.only()

    def paint():
        mine = settings()
        mine.colour = g.g()
        return mine.colour
    """,
)
_fresh(
    "a dict that is made when it is first asked for, and filled by another function",
    """
    import g
    _kept = None

    def kept():
        global _kept
        if _kept is None:
            _kept = {}
        return _kept

    def put():
        kept()["x"] = g.g()
        return kept()["x"]
    """,
    fills="m.put()",
    reads="m.kept()['x']",
)
_fresh(
    "a list of a class's only object, filled by the test",
    """
    import g

    class Box:
        _only = None

        def __init__(self):
            self.items = []

        @classmethod
        def only(cls):
            if cls._only is None:
                cls._only = cls()
            return cls._only

    def put():
        Box.only().items.append(g.g())
        return Box.only().items[0]
    """,
    fills="m.put()",
    reads="m.Box.only().items[0]",
)
