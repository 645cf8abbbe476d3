"""The static facts that selection needs of a Python source file: its source units.

A pure function from source bytes to the document that FORMAT.md defines, for whatever release of CPython runs
it. Used by the collector, which runs this package as a program, and by nothing in a test process. Never
imports or executes the source it is given, and imports nothing outside the standard library.
"""
