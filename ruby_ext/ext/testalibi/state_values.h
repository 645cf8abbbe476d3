// What a value is and holds, as one number: to tell whether a test left it changed.
//
// Used by SharedState, with the GVL. Runs no Ruby code, makes no object and keeps none alive. Equal contents
// give equal numbers for texts, numbers, arrays, hashes, structs and plain objects; of anything else (procs,
// files, classes, objects of extensions) it is told only which one it is.
#ifndef ALIBI_RUBY_EXT_STATE_VALUES_H_
#define ALIBI_RUBY_EXT_STATE_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "compat.h"

namespace alibi::ruby {

class ValueDigest {
 public:
  uint64_t of(VALUE value);
  // Objects of the class are not looked into.
  void pass_over(VALUE its_class) { passed_over_.push_back(its_class); }
  // Since the start: values that hold more than is looked at.
  uint64_t cut_off() const { return cut_off_; }

 private:
  static constexpr size_t kMostObjects = 1500;  // below one variable
  static constexpr uint32_t kMostSteps = 12;    // deep

  static int of_pair(VALUE key, VALUE value, VALUE self);
  static int of_variable(ID name, VALUE value, st_data_t self);
  void add(uint64_t word) { state_ = (state_ ^ word) * 0x9E3779B97F4A7C15u ^ state_ >> 29; }
  void add_bytes(const void* bytes, size_t length);
  void visit(VALUE value);
  void contents(VALUE value);
  void number(VALUE value);
  void variables(VALUE object);
  // False: it was visited, as the number that is added.
  bool is_new(VALUE value);

  struct Visited {
    VALUE value = 0;
    uint32_t round = 0;
    uint32_t number = 0;
  };
  std::vector<Visited> visited_ = std::vector<Visited>(4096);
  std::vector<VALUE> passed_over_;
  uint64_t state_ = 0;
  uint64_t cut_off_ = 0;
  uint32_t round_ = 0;
  uint32_t objects_ = 0;
  uint32_t steps_ = 0;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_STATE_VALUES_H_
