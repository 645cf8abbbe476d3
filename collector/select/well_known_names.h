// Names of the language and its library that the rules of selection know. Looked up once per name table.
#ifndef ALIBI_COLLECTOR_SELECT_WELL_KNOWN_NAMES_H_
#define ALIBI_COLLECTOR_SELECT_WELL_KNOWN_NAMES_H_

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "collector/change/name_table.h"

namespace alibi::select {

using NameSet = absl::flat_hash_set<change::NameId>;

// Of the code that a session recorded.
enum class Language : uint8_t { kPython, kRuby };
Language language_of(std::string_view interpreter);  // "cpython 3.11.2", "cruby 3.1.2"

struct WellKnownNames {
  WellKnownNames(change::NameTable* names, Language language);

  change::NameId dict;            // __dict__
  change::NameId subclasses;      // __subclasses__
  change::NameId module_getattr;  // __getattr__
  change::NameId all;             // __all__
  change::NameId annotations;     // __annotations__
  change::NameId environ;
  NameSet listings;  // … in other words: names that list what dict (above) holds
  NameSet subclass_listings;
  NameSet constructors;      // run when a class is called
  NameSet class_hooks;       // run when a class is made
  NameSet lookups;           // find attributes by names that nobody spells
  NameSet introspection;     // look at a function's signature or annotations
  NameSet documentation;     // look at docstrings
  NameSet positions;         // look at line numbers
  NameSet catching;          // may turn a failing call into a passing test
  NameSet plain_decorators;  // keep a definition what it is
  NameSet harmless_callees;  // the decorators above and those of pytest
  // What functools.wraps copies from one function to another: looked up by it, not by the project.
  NameSet of_wrappers;
  NameSet abstract_decorators;
  NameSet inputless;                            // methods of the core that no library gives another meaning
  NameSet passive_bases;                        // library classes that call nothing of their subclasses
  NameSet special_bases;                        // their classes are made from all members together
  std::vector<change::NameId> of_test_classes;  // looked up by unittest and pytest in every class of tests
  std::vector<change::NameId> of_test_modules;  // looked up by pytest in every test module and conftest.py

  // Looked up without being spelled: __x__ and the hooks of enum; in Ruby `initialize` and its like.
  bool is_implicit(const change::NameTable& names, change::NameId name) const;
  Language language() const { return language_; }

 private:
  void add_python(change::NameTable* names);
  void add_ruby(change::NameTable* names);

  Language language_;
  NameSet implicit_;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_WELL_KNOWN_NAMES_H_
