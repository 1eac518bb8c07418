"""`python -m packbench` is the `packbench` command."""

import sys

from packbench.cli import main

sys.exit(main())
