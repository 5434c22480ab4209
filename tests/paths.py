"""Where the project's own files lie."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "langchain_customerio"
EXAMPLES: Final = ROOT / "examples"
README: Final = ROOT / "README.md"
DOCS: Final = ROOT / "docs"
PAGES: Final = (*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")))
"""Every page that a person reads, the site's and those beside it."""
