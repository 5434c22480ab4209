"""`python -m tests.evals`."""

import sys

from tests.evals.cli import main

if __name__ == "__main__":
    sys.exit(main())
