"""`python -m testalibi` is the command `alibi`."""

import sys

from testalibi.command import main

if __name__ == "__main__":
    sys.exit(main())
