#include "searched_folders.h"

#include <sys/stat.h>

#include "code_files.h"
#include "python_text.h"

namespace alibi::python {

template <typename Visit>
void SearchedFolders::each_folder(PyObject* path, const Visit& visit) {
  if (path == nullptr || !PyList_CheckExact(path)) return;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); ++i) {
    PyObject* entry = PyList_GET_ITEM(path, i);
    std::string folder;
    if (PyUnicode_CheckExact(entry) && path_bytes(entry, &folder))
      visit(InputLog::absolute(folder.empty() ? "." : folder));
  }
}

// While tests are collected nobody knows yet which folders will stay.
void SearchedFolders::import_started(PyObject* path) {
  const uint32_t context = log_.current_context();
  const bool waits = log_.files().runs_tests() && !testing_;
  each_folder(path, [&](const std::string& folder) {
    if (own_.count(folder) != 0 || !searched_.emplace(context, folder).second || waits) return;
    if (!is_of_project(folder)) return;
    log_.record_directory(folder);
    log_.record_links(folder);
  });
}

void SearchedFolders::begin_test() {
  if (testing_) return;
  testing_ = true;
  each_folder(PySys_GetObject("path"), [&](const std::string& folder) { own_.insert(folder); });
  for (const auto& [context, folder] : searched_) {
    if (own_.count(folder) != 0 || !is_of_project(folder)) continue;
    log_.record_directory_for(context, folder);
    log_.record_links_for(context, folder);
  }
  searched_.clear();
}

bool SearchedFolders::is_of_project(const std::string& folder) {
  struct stat status {};
  if (InputLog::is_noise(folder + '/')) return false;
  if (stat(folder.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) return false;  // an archive
  const Ref name = Ref::steal(PyUnicode_DecodeFSDefault((folder + "/module.py").c_str()));
  return name && log_.files().in_project(name.get());
}

}  // namespace alibi::python
