"""Containers and attributes that an earlier test changed, by a way that spells their name or by one that does
not: what it put there comes from g(), which is edited.
"""

from textwrap import dedent

from cases import group, hazard

group("selection-rules.md 4: unseen cases")

_DICT = "_kept = {}\n\ndef value():\n    return _kept.get('x', 1)\n\n"
_BOX = """
class Box:
    def __init__(self):
        self._kept = {}

    def put(self, key, value):
        self._kept[key] = value

    def get(self):
        return self._kept.get("x", 1)

box = Box()

def value():
    return box.get()
"""
_CACHE = """
class Cache:
    def __init__(self):
        self._kept = {}

    def __setitem__(self, key, value):
        self._kept[key] = value

    def get(self):
        return self._kept.get("x", 1)

cache = Cache()

def value():
    return cache.get()
"""
_ATTRIBUTE = "class Box:\n    x = 1\n\nbox = Box()\nbox.y = 1\n\ndef value():\n    return box.x\n"

_SORTED = """
import bisect

_kept = []

def value():
    return _kept[0] if _kept else 1

def put(v):
    bisect.insort(_kept, v)
"""

_PARSED = """
import argparse

class Box:
    x = 1

box = Box()
box.x = 1
parser = argparse.ArgumentParser()
parser.add_argument("--" + "X".lower())

def read(arguments):
    return parser.parse_args(arguments, namespace=box)

def value():
    return int(box.x)
"""

WAYS: dict[str, tuple[str, str]] = {
    "by its name": (_DICT, "m._kept['x'] = g.g()"),
    "by a function that spells it": (_DICT + "def put(v):\n    _kept['x'] = v\n", "m.put(g.g())"),
    "returned": (_DICT + "def kept():\n    return _kept\n", "m.kept()['x'] = g.g()"),
    "returned by a lambda": (_DICT + "kept = lambda: _kept\n", "m.kept()['x'] = g.g()"),
    "yielded": (_DICT + "def each():\n    yield _kept\n", "for kept in m.each(): kept['x'] = g.g()"),
    "in a list": (_DICT + "def all():\n    return [_kept]\n", "m.all()[0]['x'] = g.g()"),
    "one of two": (_DICT + "def kept():\n    return None or _kept\n", "m.kept()['x'] = g.g()"),
    "passed on": (
        _DICT + "def fill(d, v):\n    d['x'] = v\n\ndef put(v):\n    fill(_kept, v)\n",
        "m.put(g.g())",
    ),
    "passed on by a keyword": (
        _DICT + "def fill(d, v):\n    d['x'] = v\n\ndef put(v):\n    fill(v=v, d=_kept)\n",
        "m.put(g.g())",
    ),
    "a default argument": (_DICT + "def put(v, into=_kept):\n    into['x'] = v\n", "m.put(g.g())"),
    "under two names": ("_kept = _also = {}\n" + _DICT[11:], "m._also['x'] = g.g()"),
    "made by a function that keeps it": (
        "made = []\n\ndef make():\n    made.append({})\n    return made[0]\n\n_kept = make()\n" + _DICT[11:],
        "m.made[0]['x'] = g.g()",
    ),
    "given to the module": (
        _DICT + "def use(d):\n    global _kept\n    _kept = d\n\nmine = {}\nuse(mine)\n",
        "m.mine['x'] = g.g()",
    ),
    "its method under another name": (_DICT + "put = _kept.__setitem__\n", "m.put('x', g.g())"),
    "its method handed out": (
        _DICT + "def putter():\n    return _kept.setdefault\n",
        "m.putter()('x', g.g())",
    ),
    "through the module's namespace": (_DICT, "vars(m)['_ke' + 'pt']['x'] = g.g()"),
    "by a name made at run time": (_DICT, "getattr(m, '_ke' + 'pt')['x'] = g.g()"),
    "through globals()": (_DICT + "def put(v):\n    globals()['_ke' + 'pt']['x'] = v\n", "m.put(g.g())"),
    "by code made from a text": (_DICT, "exec('m._ke' + 'pt[\"x\"] = g.g()', {'m': m, 'g': g})"),
    "by an import in the function": (_DICT, "from m import _kept as mine; mine['x'] = g.g()"),
    "by a function of the library": (
        _SORTED,
        "m.put(g.g())",
    ),
    "of an object": (_BOX, "m.box.put('x', g.g())"),
    "of an object, spelled by the test": (_BOX, "m.box._kept['x'] = g.g()"),
    "of an object, through its attributes": (_BOX, "vars(m.box)['_ke' + 'pt']['x'] = g.g()"),
    "of an object, through its __dict__": (_BOX, "list(m.box.__dict__.values())[0]['x'] = g.g()"),
    "of an object, by object.__getattribute__": (
        _BOX + "\ndef look(o, n):\n    return object.__getattribute__(o, n)\n",
        "m.look(m.box, '_ke' + 'pt')['x'] = g.g()",
    ),
    "of an object, by a method that spells no name": (
        _BOX.replace(
            "    def get(",
            "    def any(self, n):\n        return object.__getattribute__(self, n)\n\n    def get(",
        ),
        "m.box.any('_ke' + 'pt')['x'] = g.g()",
    ),
    "of an object, by a method that inherits": (
        _BOX.replace(
            "class Box:", "class Base:\n    def any(self):\n        return self.__dict__\n\nclass Box(Base):"
        ),
        "list(m.box.any().values())[0]['x'] = g.g()",
    ),
    "of an object, by a bound method": (
        _BOX.replace(
            "self._kept = {}", "self._kept = {}\n        self._put = self._kept.__setitem__"
        ).replace("self._kept[key] = value", "self._put(key, value)"),
        "m.box.put('x', g.g())",
    ),
    "of an object, under a private name": (
        _BOX.replace("_kept", "__kept"),
        "m.box.put('x', g.g())",
    ),
    "of an object, copied": (_BOX, "import copy; copy.copy(m.box).put('x', g.g())"),
    "of an object, given to it": (
        _BOX.replace(
            "def __init__(self):\n        self._kept = {}",
            "def __init__(self, kept):\n        self._kept = kept",
        )
        .replace("Box()", "Box(mine)")
        .replace("class Box", "mine = {}\n\nclass Box"),
        "m.mine['x'] = g.g()",
    ),
    "of a class": (
        "class Box:\n    _kept = {}\n\ndef value():\n    return Box._kept.get('x', 1)\n",
        "m.Box()._kept['x'] = g.g()",
    ),
    "by a special method": (_CACHE, "m.cache['x'] = g.g()"),
    "by a special method, below a function": (_CACHE + "\ndef put(v):\n    cache['x'] = v\n", "m.put(g.g())"),
    "by a special method, of an object handed out": (
        _CACHE + "\ndef kept():\n    return cache\n",
        "m.kept()['x'] = g.g()",
    ),
    "by a special method, of an object that hands itself out": (
        _CACHE.replace("    def get(", "    def me(self):\n        return self\n\n    def get("),
        "m.cache.me()['x'] = g.g()",
    ),
    "by a special method, of an object whose method is handed out": (
        _CACHE.replace(
            "    def get(",
            "    def add(self, v):\n        self['x'] = v\n\n"
            "    def adder(self):\n        return self.add\n\n    def get(",
        ),
        "m.cache.adder()(g.g())",
    ),
    "by a special method that the library calls": (
        _CACHE + "\nimport operator\n\ndef put(v):\n    operator.setitem(cache, 'x', v)\n",
        "m.put(g.g())",
    ),
    "by a special method that a base class calls": (
        "from collections.abc import MutableMapping\n"
        + _CACHE.replace("class Cache:", "class Cache(MutableMapping):").replace(
            "    def get(self):",
            "    __getitem__ = __delitem__ = __iter__ = __len__ = None\n\n    def get(self):",
        ),
        "m.cache.update({'x': g.g()})",
    ),
    "by a lambda at import": (_DICT + "put = lambda v: _kept.update(x=v)\n", "m.put(g.g())"),
    "in an object whose class inherits from the library": (
        (
            "import queue\n\nclass Jobs(queue.Queue):\n    def first(self):\n        return self.queue[0] if self.queue else 1\n\n"
            "jobs = Jobs()\n\ndef value():\n    return jobs.first()\n"
        ),
        "m.jobs.put(g.g())",
    ),
    "in an object that is held by such a one": (
        (
            "import collections\n\nclass Names(collections.UserDict):\n    def x(self):\n        return self.data.get('x', 1)\n\n"
            "class Box:\n    def __init__(self):\n        self.names = Names()\n\n"
            "box = Box()\n\ndef value():\n    return box.names.x()\n"
        ),
        "m.box.names['x'] = g.g()",
    ),
    "an attribute that the library sets": (
        _PARSED,
        "m.value(); m.read(['--' + 'X'.lower(), str(g.g())])",
    ),
    "an attribute": (_ATTRIBUTE, "m.box.x = g.g()"),
    "an attribute, by a name made at run time": (_ATTRIBUTE, "setattr(m.box, 'X'.lower(), g.g())"),
    "an attribute, through __dict__": (_ATTRIBUTE, "m.box.__dict__.update({'X'.lower(): g.g()})"),
    "an attribute, through vars": (_ATTRIBUTE, "vars(m.box)['X'.lower()] = g.g()"),
    "an attribute, by object.__setattr__": (
        _ATTRIBUTE + "\ndef put(o, n, v):\n    object.__setattr__(o, n, v)\n",
        "m.put(m.box, 'X'.lower(), g.g())",
    ),
    "an attribute, by a method of its own": (
        _ATTRIBUTE.replace(
            "    x = 1\n", "    x = 1\n\n    def put(self, **more):\n        self.__dict__.update(more)\n"
        ),
        "m.box.put(**{'X'.lower(): g.g()})",
    ),
}

for title, (module, statement) in WAYS.items():
    # test_between spells the name as well, and changes nothing.
    hazard(
        "confined",
        title,
        files={
            "m.py": module,
            "g.py": "def g():\n    return 1\n",
            "test_a.py": f"import g\nimport m\n\ndef test_between():\n    m.value()\n\ndef test_fills():\n    {statement}\n",
            "test_b.py": "import m\n\ndef test_reads():\n    assert m.value() == 1\n",
        },
        edit={"g.py": "def g():\n    return 2\n"},
        runs="test_reads",
        may_run="test_fills test_between",
        because="it asks for what it puts there",
        same_outcome="",
    )

hazard(
    "confined",
    "held by a test before, and changed by one that spells nothing",
    files={
        "m.py": _DICT + "def kept():\n    return _kept\n",
        "hold.py": "things = []\n",
        "g.py": "def g():\n    return 1\n",
        "test_a.py": dedent("""
            import g
            import hold
            import m

            def test_holds():
                hold.things.append(m.kept())

            def test_fills():
                m.value()
                hold.things[0]["x"] = g.g()
        """),
        "test_b.py": "import m\n\ndef test_reads():\n    assert m.value() == 1\n",
    },
    edit={"g.py": "def g():\n    return 2\n"},
    runs="test_reads",
    may_run="test_fills test_holds",
    because="it asks for what it puts there",
    same_outcome="",
)

hazard(
    "confined",
    "held by a session fixture",
    files={
        "conftest.py": "import m\nimport pytest\n\n@pytest.fixture(scope='session')\ndef kept():\n    return m.kept()\n",
        "m.py": _DICT + "def kept():\n    return _kept\n",
        "g.py": "def g():\n    return 1\n",
        "test_a.py": "import g\nimport m\n\ndef test_fills(kept):\n    m.value()\n    kept['x'] = g.g()\n",
        "test_b.py": "import m\n\ndef test_reads():\n    assert m.value() == 1\n",
    },
    edit={"g.py": "def g():\n    return 2\n"},
    runs="test_reads",
    may_run="test_fills",
    because="it asks for what it puts there",
    same_outcome="",
)
