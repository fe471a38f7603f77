"""Templates as files: a folder of files read into templates, and templates written into it.

The layout is that of Postmark's own command line, so that a tree serves both
(https://github.com/ActiveCampaign/postmark-cli/wiki/templates-command)::

    _layouts/main/       meta.json  content.html  content.txt
    welcome/             meta.json  content.html  content.txt  model.json  model.no-name.json

A template is wherever a ``meta.json`` is, at any depth, and the file says its alias; a folder's name is a convenience.
``model.json`` and ``model.<name>.json`` are ours: models to check and preview with. The other program passes over them.

Reading never raises for what is wrong with files: it is in ``TemplateTree.problems``. Bodies are UTF-8 and keep every
byte: line endings, a last newline or none. An empty body is none, as it is to Postmark.

``source`` has the shapes, ``read`` and ``write`` move files, ``names`` finds a folder for an alias, ``places``
the line of a key, ``changes`` what a push would do. Uses nothing else of the package.
"""

from __future__ import annotations

from .changes import Change, changes
from .names import folder_name
from .places import Place, Places, json_places
from .read import read_tree
from .source import FileProblem, Sample, TemplateFolder, TemplateSource, TemplateTree
from .write import UnsafeFolderError, new_folders, write_template

__all__ = [
    "Change",
    "FileProblem",
    "Place",
    "Places",
    "Sample",
    "TemplateFolder",
    "TemplateSource",
    "TemplateTree",
    "UnsafeFolderError",
    "changes",
    "folder_name",
    "json_places",
    "new_folders",
    "read_tree",
    "write_template",
]
