"""Names whose meaning selection relies on. Tables only; a name that is missing here costs precision, never
a miss.

What is called by one of the PURE names at import time changes nothing but its own result. A table is
consulted only after effects.py has resolved the name: to a builtin that the file does not bind anew, or
through an import.
"""

from __future__ import annotations

BUILTINS = frozenset(
    """abs ascii bin bool bytearray bytes callable chr classmethod complex dict dir divmod enumerate
    float format frozenset getattr hasattr hash hex id int isinstance issubclass len list memoryview
    object oct ord pow property range repr reversed round set slice staticmethod str sum super tuple
    zip""".split()
)
# Pure as long as nobody hands them a function, or a class to make.
BUILTINS_OF_DATA = frozenset("max min sorted".split())
TYPE = "type"

_MEMBERS = {
    "abc": "abstractmethod",
    "base64": "b64decode b64encode",
    "binascii": "hexlify unhexlify",
    "collections": "ChainMap Counter OrderedDict defaultdict deque namedtuple",
    "contextlib": "asynccontextmanager contextmanager nullcontext suppress",
    "contextvars": "ContextVar",
    "dataclasses": "field",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "enum": "auto",
    "fractions": "Fraction",
    "functools": "cache cached_property lru_cache partial partialmethod singledispatch total_ordering wraps",
    "itertools": "chain chain.from_iterable count product repeat",
    "json": "dumps loads",
    "logging": "getLogger",
    "math": "ceil exp floor log log10 log2 pow sqrt",
    "operator": "attrgetter itemgetter methodcaller",
    "os": "fsdecode fsencode fspath getenv environ.get",
    "os.path": """abspath basename dirname exists expanduser isabs isdir isfile join normpath realpath relpath
        split splitext""",
    "pathlib": "Path PosixPath PurePath PurePosixPath PureWindowsPath",
    "pytest": "fixture importorskip param raises yield_fixture",
    "re": "compile escape findall finditer fullmatch match search split",
    "string": "Template",
    "struct": "Struct calcsize pack unpack",
    "textwrap": "dedent indent",
    "threading": "Condition Event Lock RLock Semaphore local",
    "types": "MappingProxyType SimpleNamespace",
    "typing": "NewType ParamSpec TypeVar TypeVarTuple cast final no_type_check overload runtime_checkable",
    "typing_extensions": """NewType ParamSpec TypeVar TypeVarTuple cast final no_type_check overload
        runtime_checkable""",
    "unittest": "expectedFailure skip skipIf skipUnless",
    "unittest.mock": "MagicMock Mock patch patch.dict patch.multiple patch.object",
    "uuid": "UUID",
    "weakref": "WeakKeyDictionary WeakSet WeakValueDictionary",
}
PURE_MEMBERS = frozenset(f"{module}.{name}" for module, names in _MEMBERS.items() for name in names.split())
PURE_PREFIXES = ("pytest.mark.",)

# Of a literal, or of what a pure call returned.
PURE_METHODS = frozenset(
    """as_posix bit_length capitalize casefold center copy count decode difference encode endswith
    exists find format format_map fromkeys get group groupdict groups hex index intersection is_dir
    is_file isalnum isalpha isdigit isidentifier islower isspace issubset issuperset istitle isupper
    items join joinpath keys ljust lower lstrip maketrans match fullmatch search partition
    read_bytes read_text relative_to removeprefix removesuffix replace resolve rfind rindex rjust
    rpartition rsplit rstrip split splitlines startswith strip swapcase symmetric_difference title
    translate union upper values with_name with_suffix zfill""".split()
)

MUTATORS = frozenset(
    """__delitem__ __setitem__ add append appendleft cache_clear clear difference_update discard
    extend extendleft insert intersection_update move_to_end pop popitem popleft put put_nowait
    register remove reverse rotate set setdefault sort subtract symmetric_difference_update update
    write writelines""".split()
)
REMOVERS = frozenset(
    """__delitem__ cache_clear clear difference_update discard intersection_update pop popitem
    popleft remove reverse rotate sort""".split()
)

# Decorators that neither run the function nor hand it to anybody.
TRANSPARENT = frozenset(
    """abstractmethod asynccontextmanager cache cached_property classmethod contextmanager deleter
    final fixture getter lru_cache no_type_check overload parametrize property runtime_checkable
    setter singledispatch skip skipIf skipUnless skipif staticmethod total_ordering usefixtures
    wraps xfail""".split()
)
TRANSPARENT_BUILTINS = frozenset("classmethod property staticmethod".split())
# @name.setter: of the property that the class bound just before.
PROPERTY_PARTS = frozenset("deleter getter setter".split())

# A class that is made from all of its body by somebody else: its parts have no meaning of their own.
SPECIAL_BASES = frozenset(
    """BaseModel BigEndianStructure Enum Flag IntEnum IntFlag LittleEndianStructure Model NamedTuple
    StrEnum Structure TypedDict Union""".split()
)

# Calls whose result nobody else holds.
FRESH_BUILTINS = frozenset(
    """bool bytearray bytes complex dict enumerate filter float frozenset int len list map object
    range repr reversed round set sorted str sum tuple zip Counter OrderedDict defaultdict deque
    namedtuple""".split()
)

# Code that names one of these can tell how its local variables are called.
LOCALS_OBSERVERS = frozenset("_getframe currentframe dir eval exec f_locals locals vars".split())
# Code that names one of these compiles under the future statements of its own file.
COMPILERS = frozenset("compile eval exec".split())

# Code that names one of these uses strings as names of attributes: any word of them, or whole ones.
NAME_PATH_TAKERS = frozenset("attrgetter methodcaller".split())
NAME_TAKERS = frozenset("delattr getattr hasattr setattr".split())

# Through these every loaded module is within reach.
IMPORT_GLOBALS = frozenset("__import__ import_module importlib pkgutil runpy".split())
IMPORT_ATTRIBUTES = frozenset(
    """exec_module find_spec import_module iter_modules load_module modules run_module run_path
    walk_packages""".split()
)
IMPORT_MODULES = frozenset("imp importlib importlib.util importlib.machinery pkgutil runpy".split())
