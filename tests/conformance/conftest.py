"""Lets the suites of this folder be imported: pytest's import mode adds no folder to the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
