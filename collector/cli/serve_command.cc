#include <unistd.h>

#include <cerrno>
#include <string>

#include "collector/cli/commands.h"
#include "collector/model/error_codes.h"

namespace alibi::cli {
namespace {

std::string own_folder() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return {};
  const std::string_view whole(path, static_cast<size_t>(length));
  return std::string(whole.substr(0, whole.rfind('/')));
}

}  // namespace

// Beside this program; see serve_main.cc.
int run_serve(char** arguments, Console* console) {
  const std::string server = own_folder() + "/alibi-serve";
  ::execv(server.c_str(), arguments);
  return console->fail(
      os_error(collector::kBadServeOption, errno,
               "cannot run " + server + ", which belongs to this program; install it again"));
}

}  // namespace alibi::cli
