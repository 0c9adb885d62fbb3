"""How Sphinx builds the documentation; pages stay Markdown, beside what they are about.

The source folder is the repository, so that a link that holds in a clone holds in the built pages.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_extensions")]

import clsim  # noqa: E402
import imports  # noqa: E402
import lookups  # noqa: E402
from reference import write_reference  # noqa: E402

project = "clsim"
author = "The clsim developers"
copyright = f"2026, {author}"
version = release = clsim.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_parser",
    "sphinx_gallery.gen_gallery",
]
root_doc = "docs/index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
include_patterns = [
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/*.md",
    "docs/api/*.rst",
    "docs/examples/*",
    "experiments/*.md",
    "experiments/*/*.md",
]
exclude_patterns = [
    ".*",
    "build",
    "clsim",
    "clsim-runs",
    "conf",
    "docs/_*",
    "docs/gallery",
    "hydra_plugins",
    "results",
    "tests",
]

nitpicky = True
autosummary_generate = False
autodoc_typehints = "none"  # numpydoc says what each parameter is
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath"]
suppress_warnings = ["config.cache", "myst.header"]

sphinx_gallery_conf = {
    "examples_dirs": "docs/gallery",
    "gallery_dirs": "docs/examples",
    "filename_pattern": r"/plot_",
    "image_scrapers": "figures.drawn",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": False,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 5,
}

html_theme = "furo"
html_title = f"clsim {release}"
html_show_sourcelink = False
html_copy_source = False


def setup(app):
    """Have the API written before pages are read, its examples whole, and the search tried."""
    app.connect("builder-inited", lambda app: write_reference(Path(app.srcdir) / "docs" / "api"))
    app.connect("autodoc-process-docstring", imports.add, imports.BEFORE_NUMPYDOC)
    app.connect("build-finished", lookups.check)
