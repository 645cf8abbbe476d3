// The units of code that ran: instruction sequences of the project with their probes.
//
// Used by LineEvents, with the GVL, inside event hooks. An instruction sequence that is known here is marked,
// so that its address stays its own; one that was made from a text (eval, templates) only until
// forget_passing().
#ifndef ALIBI_RUBY_EXT_CODE_UNITS_H_
#define ALIBI_RUBY_EXT_CODE_UNITS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "project_files.h"
#include "ruby_internal.h"
#include "tracer/abi/alibi.h"

namespace alibi::ruby {

struct CodeRecord {
  // Body: of a file, class or module. Block: of code that stands directly in one, such as the block of
  // `describe`.
  enum class Role : uint8_t { kFunction, kLoadBody, kLoadBlock };
  const Iseq* iseq = nullptr;
  const VALUE* encoded = nullptr;
  uint32_t base = 0;  // probe of first_line
  uint32_t first_line = 0;
  uint32_t span = 0;
  Role role = Role::kFunction;
  bool has_lines = true;    // false: only its call is an event (`def x = 43`)
  bool is_counted = false;  // by the Coverage library, which needs each event
  bool passes = false;      // made from a text, or run once

  // 0: a line outside of it.
  uint32_t probe_of(uint32_t line) const { return line - first_line < span ? base + (line - first_line) : 0; }
};

class CodeUnits {
 public:
  CodeUnits() = default;
  CodeUnits(const CodeUnits&) = delete;
  CodeUnits& operator=(const CodeUnits&) = delete;

  void start(alibi_session* session, ProjectFiles* files);
  // Null: not the project's.
  CodeRecord* record_of(const Iseq* iseq);
  // Without private layouts: a unit for one line.
  uint32_t probe_of_line(VALUE path, uint32_t line);
  void forget_passing();
  void mark() const;

 private:
  CodeRecord* define(const Iseq* iseq);
  CodeRecord::Role role_of(const Iseq* iseq, VALUE wrapper) const;
  // The same code compiled again keeps its probes.
  uint32_t base_of(const alibi_code& code);

  alibi_session* session_ = nullptr;
  ProjectFiles* files_ = nullptr;
  struct Recent {
    const Iseq* iseq = nullptr;
    CodeRecord* record = nullptr;
  };
  Recent& recent_of(const Iseq* iseq) {
    return recent_[reinterpret_cast<uintptr_t>(iseq) * 0x9E3779B97F4A7C15u >> 55];
  }

  std::array<Recent, 512> recent_;
  std::unordered_map<const Iseq*, std::unique_ptr<CodeRecord>> records_;
  std::unordered_map<std::string, uint32_t> bases_;
  std::unordered_map<uint64_t, uint32_t> lines_;
  std::vector<const Iseq*> passing_;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_CODE_UNITS_H_
