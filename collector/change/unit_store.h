// Source units by content: asked from the interpreter once per version of a file, then kept in
// DATA/units/<2 hex>/<30 hex>-<tag>.zst. The one door to the interpreter: starts a process only for contents
// that are not kept yet, gives it at most ten minutes, runs none of the project's code. Where nothing can be
// had the answer is null, and selection takes the file as a whole. Damaged files are made again; a folder
// that cannot be written costs time only.
#ifndef ALIBI_COLLECTOR_CHANGE_UNIT_STORE_H_
#define ALIBI_COLLECTOR_CHANGE_UNIT_STORE_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collector/change/source_units.h"
#include "tracer/base/result.h"

namespace alibi::change {

// Of what the extractor says: caches of another one are not read.
inline constexpr char kUnitsFormat[] = "9";

struct Interpreter {
  std::string python;   // path of the executable, of Ruby too
  std::string program;  // the extractor; empty: the module testalibi.source_units
  std::string version;  // "cpython 3.11.2", "cruby 3.1.2": units of different versions are never compared

  std::vector<std::string> extractor() const;  // its command line
};

enum class KeepUnits : uint8_t {
  kNo,  // read what is kept, write nothing
  kYes,
  kIgnore  // neither: for whoever must not believe what was kept
};

class UnitStore {
 public:
  UnitStore(const std::string& data, Interpreter interpreter, KeepUnits keep, NameTable* names);

  struct Wanted {
    Hash128 hash;
    std::string name;                              // for messages
    std::function<Result<std::string>()> content;  // called at most once, only when it is needed
  };
  // One answer per wanted source, null where none can be had; problems() says why.
  std::vector<std::shared_ptr<const FileUnits>> units_of(const std::vector<Wanted>& wanted);

  const std::vector<std::string>& problems() const { return problems_; }
  uint64_t asked() const { return asked_; }  // sources the interpreter was given

 private:
  struct Missing {
    size_t place = 0;
    std::string content;
  };
  std::string path_of(const Hash128& hash) const;
  std::shared_ptr<const FileUnits> kept(const Hash128& hash);
  void ask(const std::vector<Wanted>& wanted, const std::vector<Missing>& missing,
           std::vector<std::shared_ptr<const FileUnits>>* answers);
  void keep(const Hash128& hash, std::string_view line);

  std::string directory_;
  Interpreter interpreter_;
  KeepUnits keep_;
  NameTable& names_;
  std::string tag_;
  absl::flat_hash_map<std::string, std::shared_ptr<const FileUnits>> loaded_;  // by digits of the hash
  std::vector<std::string> problems_;
  uint64_t asked_ = 0;
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_UNIT_STORE_H_
