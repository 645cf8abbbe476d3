// What the arguments of methods mean, and text for Python. Used by the type Session, with the interpreter
// attached; what is wrong with an argument is said by an exception.
#ifndef ALIBI_PYTHON_EXT_ARGUMENTS_H_
#define ALIBI_PYTHON_EXT_ARGUMENTS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "compat.h"

namespace alibi::python {

struct Word {
  const char* text;
  int32_t value;
};
// The number of a word; -1 with ValueError set when it is none of them.
int32_t number_of(const Word* words, size_t count, const char* what, const char* text);
template <size_t N>
int32_t number_of(const Word (&words)[N], const char* what, const char* text) {
  return number_of(words, N, what, text);
}

// File-system bytes of a str, so that names outside UTF-8 survive. False with an exception set.
bool take_text(PyObject* object, std::string* text);
// A context number. False with an exception set when it is none.
bool take_context(PyObject* object, uint32_t* context);
// For "O&": of a std::string, of a std::vector of them.
int text_converter(PyObject* object, void* text);
int texts_converter(PyObject* object, void* texts);

// METH_KEYWORDS functions travel as PyCFunction; the flag tells CPython what they are.
inline PyCFunction with_keywords(PyCFunctionWithKeywords method) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(method));
}

PyObject* text_object(const std::string& text);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_ARGUMENTS_H_
