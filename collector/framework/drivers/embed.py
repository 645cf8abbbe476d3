"""Writes a C++ source that holds the given files as texts: embed.py OUTPUT FILE..."""

import sys
from pathlib import Path

PIECE = 8000  # a literal may not be longer than compilers take


def literal(text: str) -> str:
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)] or [""]
    return "\n    ".join(f'R"~driver~({piece})~driver~"' for piece in pieces)


def main() -> None:
    output, *files = map(Path, sys.argv[1:])
    cases = "\n".join(
        f'  if (name == "{file.name}") return {literal(file.read_text(encoding="utf-8"))};' for file in files
    )
    output.write_text(
        '#include "collector/framework/drivers/drivers.h"\n\n'
        "namespace alibi::framework {\n\n"
        "std::string_view driver_text([[maybe_unused]] std::string_view name) {\n"
        f"{cases}\n"
        "  return {};\n}\n\n}  // namespace alibi::framework\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
