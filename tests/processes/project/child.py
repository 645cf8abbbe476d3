import sys

import ends
import lib

if __name__ == "__main__":
    assert lib.work(6) == 8
    ends.end(sys.argv[1])
