// The project as it was when one session recorded: the units of all its files, linked by name, with what ran
// when modules were imported. The ground that the closure of a test is computed on. Built once per evidence
// file, read by closure and decision; pure, one thread.
//
// "File" below is an index into the files of the session coverage; a unit is (file, index in its units).
#ifndef ALIBI_COLLECTOR_SELECT_SNAPSHOT_H_
#define ALIBI_COLLECTOR_SELECT_SNAPSHOT_H_

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/change/module_reference.h"
#include "collector/change/name_table.h"
#include "collector/change/source_units.h"
#include "collector/model/session_coverage.h"
#include "collector/select/well_known_names.h"

namespace alibi::select {

using change::FileUnits;
using change::FunctionUnit;
using change::NameId;
using change::Names;
using change::NameTable;
using change::StatementUnit;
using collector::SessionCoverage;

struct UnitRef {
  uint32_t file = 0;
  uint32_t index = 0;
  auto operator<=>(const UnitRef&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const UnitRef& unit) {
    return H::combine(std::move(h), unit.file, unit.index);
  }
};

// What ran while a statement was executed at import.
struct ImportBag {
  std::vector<UnitRef> functions;
  Names attributes;                   // names given or made at run time
  Names compiled;                     // those that code made from a text refers to
  std::vector<uint32_t> files;        // imported under it
  std::vector<uint32_t> inputs;       // indices into the coverage's inputs
  std::vector<uint32_t> whole_files;  // code of them ran that is none of their units
};

// Through which names others may notice that a statement ran, besides the names it binds.
struct Effect {
  bool any = false;
  bool unknown = false;
  Names through;
};

// Where a recorded code unit lies among the units of its file.
struct UnitPlace {
  enum class Kind : uint8_t { kNone, kFunction, kStatement, kFile };
  Kind kind = Kind::kNone;
  UnitRef unit;
};

class Snapshot {
 public:
  // `units` has one entry per file of the coverage; null where no source is at hand. All three outlive this.
  Snapshot(const SessionCoverage& coverage, std::vector<std::shared_ptr<const FileUnits>> units,
           NameTable* names);

  const SessionCoverage& coverage() const { return coverage_; }
  NameTable& names() const { return names_; }
  const WellKnownNames& known() const { return known_; }
  uint32_t file_count() const { return static_cast<uint32_t>(units_.size()); }
  // Null when nothing is known about the file.
  const FileUnits* units(uint32_t file) const { return usable_[file] ? units_[file].get() : nullptr; }
  const std::shared_ptr<const FileUnits>& shared_units(uint32_t file) const { return units_[file]; }
  const FunctionUnit& function(UnitRef unit) const { return units_[unit.file]->functions[unit.index]; }
  const StatementUnit& statement(UnitRef unit) const { return units_[unit.file]->statements[unit.index]; }

  UnitPlace place_of(uint32_t coverage_unit) const { return places_[coverage_unit]; }
  // Statements with code on that line, without the heads of classes around them; such a head when it is
  // alone.
  std::vector<UnitRef> statements_at(uint32_t file, uint32_t line) const;
  bool find_file(std::string_view path, uint32_t* file) const;

  // Statements that bind a name: at the top level of a file, in class bodies, anywhere.
  const std::vector<UnitRef>& module_binders(uint32_t file, NameId name) const;
  const std::vector<UnitRef>& binders(NameId name) const;
  // The head statement of a class; false when the file has none of that name.
  bool class_head(uint32_t file, NameId class_name, UnitRef* head) const;
  const std::vector<UnitRef>& class_members(UnitRef head) const;
  const std::vector<UnitRef>& subclasses(UnitRef head) const;  // by the last name of their bases
  const std::vector<UnitRef>& class_heads() const { return class_heads_; }
  bool is_special(UnitRef head) const { return special_.contains(head); }
  // Does it inherit from a class that is not the project's, whose code may call what it overrides?
  bool extends_library(UnitRef head) const;
  bool names_abstract_method(const StatementUnit& statement) const;
  // The statements that define a function.
  const std::vector<UnitRef>& definitions_of(UnitRef function) const;
  // A plain definition whose making has no other effect: matters only once its body ran. Its functions.
  bool is_plain_definition(const StatementUnit& statement) const;
  std::vector<UnitRef> functions_of(uint32_t file, const StatementUnit& definition) const;

  // Functions that a call by this last name may run; is there a class of that last name?
  std::vector<const FunctionUnit*> functions_called(NameId last_name) const;
  const std::vector<UnitRef>& functions_of_last_name(NameId last_name) const;
  // In any test, or when its modules were loaded.
  bool was_run(UnitRef function) const { return functions_run_.contains(function); }
  bool is_class_name(NameId last_name) const { return class_names_.contains(last_name); }
  const ImportBag* bag(UnitRef statement) const;
  // Read while a file's module body ran, nobody knows where.
  const std::vector<uint32_t>& file_inputs(uint32_t file) const { return file_inputs_[file]; }
  Effect effect_of(UnitRef statement) const;
  // Does it change what no source of the project makes?
  bool acts_on_library(const StatementUnit& made) const;
  // Statements of a file that have an effect.
  const std::vector<std::pair<UnitRef, Effect>>& effects(uint32_t file) const { return effects_[file]; }

  // Files that the absolute module name may mean, none when it is not the project's; each prefix of it apart.
  std::vector<uint32_t> module_files(const std::string& module) const;
  // Does the standard library have it, by the interpreter that recorded?
  bool is_library_module(const std::string& module) const;
  void set_library_modules(const std::vector<std::string>& names) {
    library_.insert(names.begin(), names.end());
  }
  // "a.b" as seen from `file` with `level` dots: an absolute module name, or, relative, a path without
  // suffix.
  struct ResolvedModule {
    std::string module;  // empty: relative
    std::string stem;    // of a relative one
  };
  ResolvedModule resolve(uint32_t file, uint16_t level, const std::string& module) const;
  std::vector<uint32_t> files_of(const ResolvedModule& resolved) const;
  // Every module that the project's code may import, for project_state to look where it lies now.
  std::vector<change::ModuleReference> module_references() const;
  // Files that are submodules called `name` of the package that `file` is.
  const std::vector<uint32_t>& submodules(uint32_t file, NameId name) const;
  const std::vector<std::pair<uint32_t, uint32_t>>& submodules_named(NameId name) const;
  // Files imported by a file, as seen when it ran and as its statements say.
  const std::vector<uint32_t>& imports(uint32_t file) const { return imports_[file]; }
  const std::vector<uint32_t>& starred_by(uint32_t file) const { return starred_by_[file]; }
  // Top-level import statements, in no `if` or `try`, that import the file.
  const std::vector<UnitRef>& plain_imports_of(uint32_t file) const { return plain_imports_[file]; }
  // Did something else than such a statement import it before the first test, or what imports it?
  bool is_tried(uint32_t file) const { return tried_[file]; }
  // Files in whose module body the function ran.
  std::vector<uint32_t> imports_running(UnitRef function) const;

 private:
  using FileAndName = std::pair<uint32_t, NameId>;

  void index_units(uint32_t file);
  void link_classes();
  void link_definitions(uint32_t file);
  void find_special_classes();
  void place_units();
  const FunctionUnit* innermost_function(uint32_t file, uint32_t line) const;
  UnitPlace place(const collector::CodeUnit& unit) const;
  void fill_bags();
  void fill_bag(const collector::Statement& ran, ImportBag* bag);
  void index_modules();
  void link_imports();
  void link_plain_imports(UnitRef statement);
  void find_tried_imports();
  void find_effects();
  class References;

  const SessionCoverage& coverage_;
  std::vector<std::shared_ptr<const FileUnits>> units_;
  std::vector<bool> usable_;
  NameTable& names_;
  WellKnownNames known_;

  // Of each file: statements by first line, with the last line that any of them up to there reaches.
  struct LineEntry {
    uint32_t line = 0;
    uint32_t furthest_end = 0;
    uint32_t statement = 0;
  };
  std::vector<std::vector<LineEntry>> by_line_;
  std::vector<absl::flat_hash_map<uint32_t, std::vector<uint32_t>>> functions_at_line_;
  absl::flat_hash_map<std::string_view, uint32_t> file_by_path_;
  absl::flat_hash_map<FileAndName, std::vector<UnitRef>> module_binders_;
  absl::flat_hash_map<NameId, std::vector<UnitRef>> binders_;
  absl::flat_hash_map<FileAndName, UnitRef> head_by_class_;
  absl::flat_hash_map<UnitRef, std::vector<UnitRef>> members_;
  absl::flat_hash_map<NameId, std::vector<UnitRef>> heads_by_base_;
  absl::flat_hash_map<FileAndName, std::vector<UnitRef>> functions_by_name_;
  absl::flat_hash_map<UnitRef, std::vector<UnitRef>> definitions_;
  absl::flat_hash_map<NameId, std::vector<UnitRef>> functions_by_last_name_;
  NameSet class_names_;
  absl::flat_hash_set<std::string> library_;
  std::vector<UnitRef> class_heads_;
  absl::flat_hash_set<UnitRef> special_;
  absl::flat_hash_set<NameId> abstract_;
  std::vector<UnitPlace> places_;
  absl::flat_hash_set<UnitRef> functions_run_;
  absl::flat_hash_map<UnitRef, ImportBag> bags_;
  std::vector<std::vector<std::pair<UnitRef, Effect>>> effects_;
  absl::flat_hash_map<std::string, std::vector<uint32_t>> recorded_modules_;
  absl::flat_hash_map<std::string, std::vector<uint32_t>> stems_by_last_name_;
  absl::flat_hash_map<std::string, uint32_t> file_by_stem_;
  std::vector<std::string> stems_;
  absl::flat_hash_map<FileAndName, std::vector<uint32_t>> submodules_;
  absl::flat_hash_map<NameId, std::vector<std::pair<uint32_t, uint32_t>>> submodules_named_;
  std::vector<std::vector<uint32_t>> file_inputs_;
  std::vector<std::vector<uint32_t>> imports_;
  std::vector<std::vector<uint32_t>> starred_by_;
  std::vector<std::vector<UnitRef>> plain_imports_;
  std::vector<bool> tried_;
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_SNAPSHOT_H_
