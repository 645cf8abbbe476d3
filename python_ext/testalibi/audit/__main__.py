"""The Python side of `alibi audit`, started by the command with what it knows of the project (--project).

Progress goes to standard error, the result to standard output. Exit status: 0 no miss, 1 a miss or a failure,
2 wrong command line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from testalibi.audit import mutants, operators, project, report, sampling

_FAILED = 1
_USAGE = 2
_SEED_OF_MUTANTS = 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"alibi: audit: {message}", file=sys.stderr)
        sys.exit(_USAGE)


def _size(text: str) -> sampling.Size:
    found = re.fullmatch(r"([0-9]{1,9})(%?)", text)
    if not found or int(found[1]) == 0 or (found[2] and int(found[1]) > 100):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of tests nor a share like 10%")
    return sampling.Size(int(found[1]), bool(found[2]))


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _share(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,3})%?", text)
    if not found or int(found[1]) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0% to 100%")
    return int(found[1])


def _kinds(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    unknown = [kind for kind in chosen if kind not in operators.KINDS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"there is no kind {', '.join(unknown)}; there are {', '.join(operators.KINDS)}"
        )
    return chosen


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="alibi audit", add_help=False)
    parser.add_argument("--project", required=True)
    parser.add_argument("--sample", type=_size)
    parser.add_argument("--mutants", type=_count)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--kinds", type=_kinds, default=operators.KINDS)
    parser.add_argument("--resume", default="")
    parser.add_argument("--selected-runs", type=_share, default=100)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("arguments", nargs="*")
    parsed = parser.parse_args(arguments)
    if (parsed.sample is None) == (parsed.mutants is None):
        parser.error("takes either --sample N% or --mutants N")
    return parsed


def _say(text: str) -> None:
    print(f"audit: {text}", file=sys.stderr, flush=True)


def _interrupt(*_: object) -> NoReturn:
    """What a cancelled job gets: the copy goes, and the run in it ends."""
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    parsed = _parsed(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        audited = project.from_document(json.loads(parsed.project), parsed.arguments)
        result, text, missed = _sample(parsed, audited) if parsed.sample else _mutants(parsed, audited)
    except project.CannotAudit as error:
        print(f"alibi: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print("alibi: interrupted; what was judged is kept", file=sys.stderr)
        return 130
    print(json.dumps(result) if parsed.json else text)
    return _FAILED if missed else 0


def _sample(parsed: argparse.Namespace, audited: project.Project) -> tuple[dict[str, Any], str, bool]:
    # Another sample each time, so that in the end all tests have their turn.
    seed = parsed.seed if parsed.seed is not None else random.SystemRandom().randrange(1 << 31)
    result = sampling.audit(audited, parsed.sample, seed, _say)
    return result, report.of_sample(result), any(miss["kind"] == "real" for miss in result["misses"])


def _mutants(parsed: argparse.Namespace, audited: project.Project) -> tuple[dict[str, Any], str, bool]:
    seed = parsed.seed if parsed.seed is not None else _SEED_OF_MUTANTS
    results = parsed.resume or os.path.join(audited.data, "audit", f"mutants-{seed}.jsonl")
    wanted = mutants.Wanted(
        parsed.mutants,
        seed,
        parsed.kinds,
        os.path.abspath(results),
        bool(parsed.resume),
        parsed.selected_runs,
    )
    result = mutants.audit(audited, wanted, _say)
    return (
        result,
        report.of_mutants(result),
        any(case.get("misses", {}).get("real") for case in result["cases"]),
    )


if __name__ == "__main__":
    sys.exit(main())
