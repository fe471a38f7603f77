"""What the package index is told: links, and the README with links that lead somewhere from there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_IMAGE = re.compile(r"(!\[[^\]]*\]\()(?!https?:|#)")
_LINK = re.compile(r"((?<!!)\[[^\[\]]*\]\()(?!https?:|#|mailto:)")


class CustomMetadataHook(MetadataHookInterface):
    """Fills in what depends on where the project lives, which only ``pyproject.toml`` says."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add links and README."""
        place = f"{self.config['owner']}/{metadata['name']}"
        home = f"https://github.com/{place}"
        metadata["urls"] = {
            "Documentation": f"https://{self.config['owner']}.github.io/{metadata['name']}/",
            "Source": home,
            "Changelog": f"{home}/blob/main/CHANGELOG.md",
            "Issues": f"{home}/issues",
            "Security": f"{home}/security/policy",
        }
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = _IMAGE.sub(rf"\1https://raw.githubusercontent.com/{place}/main/", text)
        text = _LINK.sub(rf"\1{home}/blob/main/", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
