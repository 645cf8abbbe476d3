#include "collector/select/well_known_names.h"

namespace alibi::select {
namespace {

using change::NameId;

NameSet set_of(change::NameTable* names, std::string_view words) {
  NameSet set;
  while (!words.empty()) {
    const size_t end = words.find(' ');
    set.insert(names->id_of(words.substr(0, end)));
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
  return set;
}

}  // namespace

WellKnownNames::WellKnownNames(change::NameTable* names)
    : dict(names->id_of("__dict__")),
      subclasses(names->id_of("__subclasses__")),
      module_getattr(names->id_of("__getattr__")),
      all(names->id_of("__all__")),
      annotations(names->id_of("__annotations__")),
      environ(names->id_of("environ")),
      lookups(set_of(names,
                     "getattr hasattr setattr delattr attrgetter methodcaller getattr_static "
                     "__getattribute__ getmembers import_module __import__")),
      introspection(set_of(
          names,
          "__defaults__ __kwdefaults__ __code__ __closure__ __annotations__ __annotate__ get_type_hints "
          "get_annotations signature getfullargspec getargspec Signature _field_types __dataclass_fields__")),
      documentation(set_of(names, "__doc__ getdoc cleandoc pydoc help getdocs")),
      positions(set_of(names,
                       "tb_lineno f_lineno co_firstlineno co_lines co_linetable co_positions extract_tb "
                       "extract_stack format_exc print_exc format_tb format_exception getframeinfo "
                       "getinnerframes getouterframes walk_tb walk_stack findsource getsourcelines getsource "
                       "stack TracebackException StackSummary __firstlineno__")),
      catching(set_of(names,
                      "TypeError Exception BaseException raises assertRaises assertRaisesRegex "
                      "assertRaisesRegexp suppress xfail expectedFailure")),
      plain_decorators(
          set_of(names,
                 "staticmethod classmethod property overload wraps lru_cache cache "
                 "cached_property contextmanager asynccontextmanager setter getter deleter final "
                 "no_type_check")),
      harmless_callees(
          set_of(names,
                 "staticmethod classmethod property abstractmethod overload final wraps lru_cache "
                 "cache cached_property contextmanager asynccontextmanager total_ordering "
                 "no_type_check runtime_checkable setter getter deleter singledispatch fixture "
                 "parametrize skipif skip xfail usefixtures skipIf skipUnless")),
      of_wrappers(set_of(names,
                         "__dict__ __doc__ __module__ __name__ __qualname__ __annotations__ __annotate__ "
                         "__type_params__ __wrapped__")),
      abstract_decorators(
          set_of(names, "abstractmethod abstractproperty abstractclassmethod abstractstaticmethod")),
      passive_bases(
          set_of(names,
                 "object ABC Protocol Generic type int float str bytes tuple list dict set frozenset "
                 "OrderedDict defaultdict deque Counter")),
      special_bases(set_of(names,
                           "Enum IntEnum StrEnum Flag IntFlag NamedTuple TypedDict Structure Union_ "
                           "LittleEndianStructure BigEndianStructure Model BaseModel")) {
  for (const NameId name :
       set_of(names,
              "pytestmark pytest_plugins setup_module teardown_module setup_function teardown_function "
              "setUpModule tearDownModule setup teardown __test__ pytest_generate_tests load_tests "
              "collect_ignore collect_ignore_glob __getattr__"))
    of_test_modules.push_back(name);
  for (const NameId name :
       set_of(names,
              "setUp tearDown setUpClass tearDownClass asyncSetUp asyncTearDown setup_method teardown_method "
              "setup_class teardown_class setup teardown pytestmark __test__ run debug doCleanups"))
    of_test_classes.push_back(name);
}

bool WellKnownNames::is_implicit(const change::NameTable& names, NameId name) const {
  const std::string& text = names.text(name);
  if (text.size() > 4 && text.starts_with("__") && text.ends_with("__")) return true;
  return text == "_missing_" || text == "_generate_next_value_" || text == "_ignore_";
}

}  // namespace alibi::select
