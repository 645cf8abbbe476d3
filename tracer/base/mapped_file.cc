#include "tracer/base/mapped_file.h"

#include <sys/mman.h>

namespace alibi {

void MappedFile::unmap() {
  if (bytes_ != nullptr && owner_ == Owner::kThis) ::munmap(bytes_ - dropped_, dropped_ + length_);
  bytes_ = nullptr;
  length_ = 0;
  dropped_ = 0;
}

}  // namespace alibi
