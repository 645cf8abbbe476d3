#include "collector/select/well_known_names.h"

namespace alibi::select {
namespace {

using change::NameId;
using change::NameTable;

NameSet set_of(NameTable* names, std::string_view words) {
  NameSet set;
  while (!words.empty()) {
    const size_t end = words.find(' ');
    set.insert(names->id_of(words.substr(0, end)));
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
  return set;
}

}  // namespace

Language language_of(std::string_view interpreter) {
  return interpreter.starts_with("cruby") ? Language::kRuby : Language::kPython;
}

WellKnownNames::WellKnownNames(change::NameTable* names, Language language)
    : dict(names->id_of(language == Language::kRuby ? "instance_methods" : "__dict__")),
      subclasses(names->id_of(language == Language::kRuby ? "subclasses" : "__subclasses__")),
      module_getattr(names->id_of(language == Language::kRuby ? "const_missing" : "__getattr__")),
      all(names->id_of("__all__")),
      annotations(names->id_of("__annotations__")),
      environ(names->id_of(language == Language::kRuby ? "ENV" : "environ")),
      language_(language) {
  if (language == Language::kRuby)
    add_ruby(names);
  else
    add_python(names);
}

void WellKnownNames::add_python(NameTable* names) {
  lookups = set_of(names,
                   "getattr hasattr setattr delattr attrgetter methodcaller getattr_static "
                   "__getattribute__ getmembers import_module __import__");
  introspection = set_of(
      names,
      "__defaults__ __kwdefaults__ __code__ __closure__ __annotations__ __annotate__ get_type_hints "
      "get_annotations signature getfullargspec getargspec Signature _field_types __dataclass_fields__");
  documentation = set_of(names, "__doc__ getdoc cleandoc pydoc help getdocs");
  positions = set_of(names,
                     "tb_lineno f_lineno co_firstlineno co_lines co_linetable co_positions extract_tb "
                     "extract_stack format_exc print_exc format_tb format_exception getframeinfo "
                     "getinnerframes getouterframes walk_tb walk_stack findsource getsourcelines getsource "
                     "stack TracebackException StackSummary __firstlineno__");
  catching = set_of(names,
                    "TypeError Exception BaseException raises assertRaises assertRaisesRegex "
                    "assertRaisesRegexp suppress xfail expectedFailure");
  plain_decorators = set_of(names,
                            "staticmethod classmethod property overload wraps lru_cache cache "
                            "cached_property contextmanager asynccontextmanager setter getter deleter final "
                            "no_type_check");
  harmless_callees = set_of(names,
                            "staticmethod classmethod property abstractmethod overload final wraps lru_cache "
                            "cache cached_property contextmanager asynccontextmanager total_ordering "
                            "no_type_check runtime_checkable setter getter deleter singledispatch fixture "
                            "parametrize skipif skip xfail usefixtures skipIf skipUnless");
  of_wrappers = set_of(names,
                       "__dict__ __doc__ __module__ __name__ __qualname__ __annotations__ __annotate__ "
                       "__type_params__ __wrapped__");
  abstract_decorators =
      set_of(names, "abstractmethod abstractproperty abstractclassmethod abstractstaticmethod");
  passive_bases = set_of(names,
                         "object ABC Protocol Generic type int float str bytes tuple list dict set frozenset "
                         "OrderedDict defaultdict deque Counter");
  special_bases = set_of(names,
                         "Enum IntEnum StrEnum Flag IntFlag NamedTuple TypedDict Structure Union_ "
                         "LittleEndianStructure BigEndianStructure Model BaseModel");
  constructors = set_of(names, "__init__");
  class_hooks = set_of(names, "__init_subclass__");
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

void WellKnownNames::add_ruby(NameTable* names) {
  constructors = set_of(names, "initialize");
  class_hooks = set_of(names, "inherited included extended prepended method_added");
  listings =
      set_of(names,
             "instance_methods public_instance_methods private_instance_methods methods public_methods "
             "singleton_methods constants instance_variables");
  subclass_listings = set_of(names, "subclasses descendants each_object ancestors");
  lookups = set_of(names,
                   "send __send__ public_send method instance_method public_method const_get constantize "
                   "safe_constantize instance_variable_get class_variable_get respond_to? define_method");
  introspection = set_of(names, "parameters arity");
  positions = set_of(names,
                     "caller caller_locations backtrace backtrace_locations source_location lineno "
                     "set_backtrace full_message __LINE__");
  catching = set_of(names,
                    "StandardError Exception ArgumentError NoMethodError NameError raise_error "
                    "raise_exception assert_raises assert_raise suppress");
  passive_bases = set_of(names,
                         "Object BasicObject Struct Data Comparable Enumerable Kernel Module Class "
                         "Exception Forwardable Singleton");
  inputless = set_of(names, "+ - * / % ** < > <= >= ! ~ ^ >> -@ +@ nil? zero? succ pred to_i to_f freeze");
  for (const NameId name :
       set_of(names,
              "setup teardown before_setup after_setup before_teardown after_teardown run "
              "before_all after_all subject described_class fixtures test_order"))
    of_test_classes.push_back(name);
  implicit_ = set_of(
      names,
      "initialize initialize_copy initialize_dup initialize_clone method_missing respond_to_missing? "
      "respond_to? const_missing inherited included extended prepended append_features prepend_features "
      "extend_object method_added method_removed method_undefined singleton_method_added const_added to_s "
      "inspect to_str to_sym to_ary to_a to_hash to_h to_proc to_i to_int to_f to_r to_c to_path to_io "
      "to_regexp to_open to_enum to_json as_json to_yaml coerce call each succ begin end == != === eql? "
      "equal? hash <=> =~ ! !~ [] -@ +@ marshal_dump marshal_load _dump _load encode_with init_with "
      "deconstruct deconstruct_keys exception message full_message detailed_message backtrace write read "
      "close finalize matches? does_not_match? failure_message failure_message_when_negated description "
      "to_param to_model to_partial_path to_key model_name persisted?");
}

bool WellKnownNames::is_implicit(const change::NameTable& names, NameId name) const {
  if (language_ == Language::kRuby) return implicit_.contains(name);
  const std::string& text = names.text(name);
  if (text.size() > 4 && text.starts_with("__") && text.ends_with("__")) return true;
  return text == "_missing_" || text == "_generate_next_value_" || text == "_ignore_";
}

}  // namespace alibi::select
