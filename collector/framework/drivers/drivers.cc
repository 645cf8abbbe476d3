#include "collector/framework/drivers/drivers.h"

namespace alibi::framework {

Result<std::vector<std::string>> write_driver(const Disk& disk, std::string_view name,
                                              const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/'));
  if (Result<void> made = disk.make_folder(folder); !made) return std::move(made).error();
  std::vector<std::string> paths;
  for (const std::string_view file : driver_files(name)) {
    const std::string target = paths.empty() ? path : joined(folder, std::string(file));
    const std::string text(driver_text(file));
    if (disk.text(target) != text) {
      if (Result<void> written = disk.write(target, text); !written) return std::move(written).error();
    }
    paths.push_back(target);
  }
  return paths;
}

}  // namespace alibi::framework
