// Names of constants, class variables and methods that running code makes: given to const_get and its like.
//
// One per process, owned by Recording; all calls with the GVL. A name has a probe of its own, so the hit
// stream says who used it. Recorded on behalf of project code only. A module of ours stands in front of
// Module's methods from the first recording of the process on: names, arguments, results and errors stay.
#ifndef ALIBI_RUBY_EXT_RUN_TIME_NAMES_H_
#define ALIBI_RUBY_EXT_RUN_TIME_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "callers.h"
#include "line_events.h"
#include "tracer/abi/alibi.h"

namespace alibi::ruby {

class RunTimeNames {
 public:
  // Questions of the recorder's own.
  struct Silence {
    Silence() { silent_ = true; }
    ~Silence() { silent_ = false; }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
  };

  // `owner`: below which our module is defined.
  void start(VALUE owner, alibi_session* session, LineEvents* lines, Callers* callers);
  void stop();

 private:
  static VALUE look_up(int count, VALUE* arguments, VALUE self);
  // A symbol or a text, of several parts perhaps ("A::B").
  void use(VALUE name);
  void use_part(std::string_view name);

  static inline RunTimeNames* running_ = nullptr;
  static inline bool silent_ = false;
  alibi_session* session_ = nullptr;
  LineEvents* lines_ = nullptr;
  Callers* callers_ = nullptr;
  std::unordered_map<std::string, uint32_t> probes_;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_RUN_TIME_NAMES_H_
