"""How the pages are built: ``make docs``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docs import pages
from postmark_sdk import __version__

project = "postmark_sdk"
author = "the maintainers of postmark_sdk"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_llm.txt",
]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
python_maximum_signature_line_length = 100

html_theme = "furo"
html_title = f"postmark_sdk {release}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
llms_txt_description = "Send, receive and follow transactional email through Postmark, sync and async."
llms_txt_suppress_unknown_node_warnings = ["abbreviation"]  # the star in a signature
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True


def setup(app: Any) -> None:
    """Write the pages that are made of the code."""
    app.connect("builder-inited", lambda _: pages.write(Path(__file__).parent / "reference" / "made"))
