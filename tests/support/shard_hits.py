"""What the hits of a shard mean: which test ran which lines. Part of shard_reader."""

from __future__ import annotations

from shard_records import NUMBER_MASK
from shard_values import Shard, Statement, Test

CONCURRENT_IMPORT = 0xBFFFFFFF
SESSION_CONTEXT = 0


def replay(shard: Shard, blocks: list[tuple[int, tuple[int, ...]]], vouched: dict[int, int]) -> None:
    """Walks the hit entries in order, as FORMAT.md's section on them says. `vouched`: how many entries of the
    block at an offset are committed.
    """
    context, statement, concurrent = SESSION_CONTEXT, None, False
    unknown = 0
    for at, entries in blocks:
        sure = vouched.get(at, 0)
        for index, entry in enumerate(entries):
            if entry == 0:
                break
            shard.entries += 1
            shard.uncommitted += index >= sure
            number = entry & NUMBER_MASK
            if entry == CONCURRENT_IMPORT:
                concurrent = True
            elif entry >> 30 == 2:
                context, statement, concurrent = number, None, False
            elif entry >> 30 == 0 and number in shard.names_of_probes:
                if statement is not None:
                    statement.names_used.add(number)
                if statement is None or concurrent:
                    shard.names_used.setdefault(context, set()).add(number)
            elif number not in shard._code_of_probe:
                unknown += 1
            elif entry >> 30 == 3:
                statement = shard.statements.setdefault(number, Statement(number))
                statement.triggers.add(context)
                if concurrent:
                    shard.hits.setdefault(context, set()).add(number)
            elif statement is not None:
                statement.hits.add(number)
                if concurrent:
                    shard.hits.setdefault(context, set()).add(number)
            else:
                shard.hits.setdefault(context, set()).add(number)
    if unknown:
        shard.damage.append(f"{unknown} hits of undefined probes")
    for number in set(shard.hits) | {number for s in shard.statements.values() for number in s.triggers}:
        if number != SESSION_CONTEXT and number not in shard.contexts:
            shard.damage.append(f"hits of undefined context {number}")
    collect_tests(shard)


def collect_tests(shard: Shard) -> None:
    for number, context in sorted(shard.contexts.items()):
        if context.kind != "test":
            continue
        charged = shard.charged(number)
        probes = {probe for used in charged for probe in shard.hits.get(used, ())}
        test = Test(context.name, number, lines=shard.lines(probes), scopes=shard.scopes(probes))
        triggered = shard.triggered(charged)
        test.triggered_lines, test.triggered_scopes = shard.lines(triggered), shard.scopes(triggered)
        if number in shard.ends:
            test.outcome, test.duration_ns, test.reason = shard.ends[number]
        shard.tests.append(test)
