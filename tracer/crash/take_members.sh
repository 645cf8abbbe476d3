#!/bin/sh
# take_members.sh AR ARCHIVE NEW: the members of LLVM's libunwind that walk a stack, without those that raise exceptions.
# Run by the build (tracer/crash/meson.build).
set -e
members=$3.members
rm -rf "$members" "$3"
mkdir "$members"
archive=$(realpath "$2")
(cd "$members" && "$1" x "$archive" && rm -f Unwind-* UnwindLevel1*)
"$1" rcs "$3" "$members"/*.o
rm -rf "$members"
