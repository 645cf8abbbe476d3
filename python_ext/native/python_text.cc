#include "python_text.h"

namespace alibi::python {
namespace {

bool take_bytes(PyObject* encoded, std::string* bytes) {
  Ref owner = Ref::steal(encoded);
  if (!owner) {
    PyErr_Clear();
    return false;
  }
  bytes->assign(PyBytes_AS_STRING(owner.get()), static_cast<size_t>(PyBytes_GET_SIZE(owner.get())));
  return true;
}

}  // namespace

std::string utf8_of(PyObject* string) {
  if (string == nullptr || !PyUnicode_Check(string)) return {};
  std::string bytes;
  if (PyUnicode_IS_COMPACT_ASCII(string)) {
    bytes.assign(static_cast<const char*>(PyUnicode_DATA(string)),
                 static_cast<size_t>(PyUnicode_GET_LENGTH(string)));
    return bytes;
  }
  if (take_bytes(PyUnicode_AsEncodedString(string, "utf-8", "surrogateescape"), &bytes)) return bytes;
  take_bytes(PyUnicode_AsEncodedString(string, "utf-8", "surrogatepass"), &bytes);
  return bytes;
}

bool path_bytes(PyObject* path, std::string* bytes) {
  if (PyBytes_Check(path)) {
    bytes->assign(PyBytes_AS_STRING(path), static_cast<size_t>(PyBytes_GET_SIZE(path)));
    return true;
  }
  if (!PyUnicode_Check(path)) return false;
  if (PyUnicode_IS_COMPACT_ASCII(path)) {
    *bytes = utf8_of(path);
    return true;
  }
  return take_bytes(PyUnicode_EncodeFSDefault(path), bytes);
}

}  // namespace alibi::python
