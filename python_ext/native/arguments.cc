#include "arguments.h"

#include <cstring>
#include <vector>

namespace alibi::python {

int32_t number_of(const Word* words, size_t count, const char* what, const char* text) {
  for (size_t i = 0; i < count; ++i) {
    if (std::strcmp(words[i].text, text) == 0) return words[i].value;
  }
  PyErr_Format(PyExc_ValueError, "%s \"%s\" is not known", what, text);
  return -1;
}

bool take_text(PyObject* object, std::string* text) {
  if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "str expected, not %.100s", Py_TYPE(object)->tp_name);
    return false;
  }
  Ref bytes = Ref::steal(PyUnicode_AsEncodedString(object, "utf-8", "surrogateescape"));
  if (!bytes) {  // lone surrogates that no file system made
    PyErr_Clear();
    bytes = Ref::steal(PyUnicode_AsEncodedString(object, "utf-8", "backslashreplace"));
  }
  if (!bytes) return false;
  text->assign(PyBytes_AS_STRING(bytes.get()), static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())));
  return true;
}

bool take_context(PyObject* object, uint32_t* context) {
  const unsigned long value = PyLong_AsUnsignedLong(object);
  if (value == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) return false;
  *context = static_cast<uint32_t>(value);
  return true;
}

int text_converter(PyObject* object, void* text) {
  return take_text(object, static_cast<std::string*>(text));
}

int texts_converter(PyObject* object, void* result) {
  Ref items = Ref::steal(PySequence_Tuple(object));
  if (!items) return 0;
  auto* texts = static_cast<std::vector<std::string>*>(result);
  texts->resize(static_cast<size_t>(PyTuple_GET_SIZE(items.get())));
  for (size_t i = 0; i < texts->size(); ++i) {
    if (!take_text(PyTuple_GET_ITEM(items.get(), static_cast<Py_ssize_t>(i)), &(*texts)[i])) return 0;
  }
  return 1;
}

PyObject* text_object(const std::string& text) {
  return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape");
}

}  // namespace alibi::python
