"""Build hook: `pip install` fetches the front-end files and compiles the translations as well.

It runs for the editable install (so one command sets everything up) and for the wheel (so the
wheel holds everything). The parts beside the package enter the wheel here and not through a table
in pyproject.toml, because an editable install would copy them too, and then they would grow old.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BESIDE_THE_PACKAGE = ("templates", "static", "translations", "migrations")


def _load_assets(root: Path) -> ModuleType:
    """Load one file of the package that is only just being built."""
    spec = importlib.util.spec_from_file_location("civic_assets", root / "civic/core/assets.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("civic/core/assets.py is missing.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling looks for this name."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Prepare the files before hatchling collects them."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        assets = _load_assets(root)
        try:
            assets.sync(root)
            assets.compile_catalogues(root)
        except assets.AssetError as error:
            raise SystemExit(str(error)) from error
        if version != "editable":
            for folder in BESIDE_THE_PACKAGE:
                if (root / folder).is_dir():
                    build_data["force_include"][folder] = f"civic/{folder}"
