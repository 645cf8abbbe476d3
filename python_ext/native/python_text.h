// From Python's strings to bytes of ours, without exceptions and without code of the user.
//
// Used wherever the extension records a name or a path. Of a subclass of str or bytes it reads the
// characters it holds, as the system calls do; no method of it is ever called.
#ifndef ALIBI_PYTHON_EXT_PYTHON_TEXT_H_
#define ALIBI_PYTHON_EXT_PYTHON_TEXT_H_

#include <string>

#include "compat.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

// UTF-8; escaped bytes of undecodable file names come out as the bytes they were. Empty when
// `string` is no str.
std::string utf8_of(PyObject* string);
// A path that is a str or bytes, as the file system knows it. False for anything else.
bool path_bytes(PyObject* path, std::string* bytes);

inline alibi_text text_view(const std::string& string) {
  return {string.data(), string.size()};
}

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_PYTHON_TEXT_H_
