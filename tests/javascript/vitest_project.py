"""Projects of Vitest with other files than those of projects/vitest."""

from __future__ import annotations

import json
import shutil

from node_project import NodeProject

VITEST = "node_modules/.bin/vitest"

# An exclude of lib/src/a.test.js that is meant for the root also hits the file of p1.
WORKSPACE_FILES = ["lib/src/a.test.js", "packages/p1/lib/src/a.test.js", "src/a.test.js"]
WORKSPACE = {
    "vitest__workspace__js": (
        "export default ['packages/*', {test: {name: 'root', root: '.', "
        "include: ['src/*.test.js', 'lib/src/*.test.js']}}]"
    ),
    "packages_in_p1_in_vitest__config__js": "export default {test: {name: 'p1'}}",
}


def make(project: NodeProject, files: list[str], **others: str) -> None:
    """The project anew: tests that note their file, and other files by name ("__" for a dot)."""
    for path in project.folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in ("package.json", "node_modules"):
            path.unlink()
    for name, text in others.items():
        path = project.folder / name.replace("__", ".").replace("_in_", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for file in files:
        path = project.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "import { test } from 'vitest';\nimport fs from 'node:fs';\n"
            f"test('one', () => fs.appendFileSync(process.env.RAN, {json.dumps(file)} + '\\n'));\n"
        )
