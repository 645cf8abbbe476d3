"""Writes a C++ source that holds the given files as texts: embed.py OUTPUT FILE..."""

from __future__ import annotations

import re
import sys
from pathlib import Path

PIECE = 8000  # a literal may not be longer than compilers take
RUBY_LOAD = re.compile(r'^require_relative "(\w+)"$', re.MULTILINE)
PYTHON_LOAD = re.compile(r"^(?:from|import) (alibi_\w+)", re.MULTILINE)


def literal(text: str) -> str:
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)] or [""]
    return "\n    ".join(f'R"~driver~({piece})~driver~"' for piece in pieces)


def loaded_by(name: str, texts: dict[str, str]) -> list[str]:
    """The file and those of the others that it loads; KeyError where one of them is not among them."""
    found = [name]
    for file in found:
        pattern, ending = (RUBY_LOAD, ".rb") if file.endswith(".rb") else (PYTHON_LOAD, ".py")
        loaded = [match + ending for match in pattern.findall(texts[file])]
        found += [each for each in loaded if each not in found]
    return found


def quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def main() -> None:
    output, *files = map(Path, sys.argv[1:])
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    cases = "\n".join(f'  if (name == "{name}") return {literal(text)};' for name, text in texts.items())
    loaded = {name: quoted(loaded_by(name, texts)) for name in texts}
    lists = "\n".join(f'  if (name == "{name}") return {{{files}}};' for name, files in loaded.items())
    output.write_text(
        '#include "collector/framework/drivers/drivers.h"\n\n'
        "namespace alibi::framework {\n\n"
        "std::string_view driver_text([[maybe_unused]] std::string_view name) {\n"
        f"{cases}\n"
        "  return {};\n}\n\n"
        "std::vector<std::string_view> driver_files([[maybe_unused]] std::string_view name) {\n"
        f"{lists}\n"
        "  return {};\n}\n\n}  // namespace alibi::framework\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
