"""The program: answers frames on standard input (FORMAT.md).

Runs as `python -m testalibi.source_units` and, for callers that must not depend on what is installed, as
`python -I -S <this folder>/__main__.py`.
"""

import sys

if not __package__:
    import os

    # At the end: nothing beside this package may shadow the standard library.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from testalibi.source_units.protocol import main

if __name__ == "__main__":
    sys.exit(main())
