// A list of notices that stays short however much is wrong. Used within timings.
#ifndef ALIBI_COLLECTOR_TIMINGS_NOTICES_H_
#define ALIBI_COLLECTOR_TIMINGS_NOTICES_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace alibi::timings {

class Notices {
 public:
  explicit Notices(std::vector<std::string>* list) : list_(list) {}
  Notices(const Notices&) = delete;
  Notices& operator=(const Notices&) = delete;
  ~Notices() {
    if (more_ > 0) list_->push_back("and " + std::to_string(more_) + " more like these");
  }

  void add(std::string notice) {
    constexpr size_t kMost = 20;
    if (added_ == kMost) {
      ++more_;
      return;
    }
    ++added_;
    list_->push_back(std::move(notice));
  }

 private:
  std::vector<std::string>* list_;
  size_t added_ = 0, more_ = 0;
};

}  // namespace alibi::timings

#endif  // ALIBI_COLLECTOR_TIMINGS_NOTICES_H_
