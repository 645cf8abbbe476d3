// Where a forked child puts its first objects: one page that nobody has touched before.
//
// Each page of its parent's heap that a child writes to is copied, and the few small objects that its first
// record takes would lie in a dozen of them: together they cost more than all else. What is allocated once
// the page is used up comes from the heap. Replaces operator new of this extension, and of nothing else: its
// libstdc++ is linked into it and exports nothing. Any thread.
#ifndef ALIBI_PYTHON_EXT_CHILD_MEMORY_H_
#define ALIBI_PYTHON_EXT_CHILD_MEMORY_H_

namespace alibi::python {

// In a forked child. Does nothing in builds that share their libstdc++ (sanitizers).
void use_child_memory();

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CHILD_MEMORY_H_
