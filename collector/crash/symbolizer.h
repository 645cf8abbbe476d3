// From a place in an image's file to function, source file and line. One header, two implementations chosen
// by the build: elfutils' libdw, or none. Looks at files of this machine only, never asks a server; a file
// that is no longer the one that ran (another build id) says nothing.
#ifndef ALIBI_COLLECTOR_CRASH_SYMBOLIZER_H_
#define ALIBI_COLLECTOR_CRASH_SYMBOLIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace alibi::collector {

struct Symbol {
  std::string function;  // demangled; empty: not known
  std::string file;
  uint32_t line = 0;
};

class Symbolizer {
 public:
  Symbolizer();
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  // `build_id`: empty when it is not known.
  Symbol find(const std::string& image, const std::vector<uint8_t>& build_id, uint64_t file_offset);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_CRASH_SYMBOLIZER_H_
