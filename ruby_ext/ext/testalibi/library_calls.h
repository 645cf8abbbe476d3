// Functions of ours that Ruby and its extensions call in the place of the C library's, and that tell Inputs.
//
// Each calls the real one, and gives its answer and its errno as they are. Nothing is allocated before the
// real call.
#ifndef ALIBI_RUBY_EXT_LIBRARY_CALLS_H_
#define ALIBI_RUBY_EXT_LIBRARY_CALLS_H_

namespace alibi::ruby {

class LibraryCalls {
 public:
  // False: calls cannot be seen here.
  static bool start();
  static void stop();
  static void look_again();  // in objects that were loaded since
  static void forked();      // in the child
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_LIBRARY_CALLS_H_
