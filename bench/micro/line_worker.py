"""One measuring process of python_lines.py: argv = mode (plain, recorded, count, import), project folder,
scratch folder.

Times are the least of many repetitions inside the process; the parent pairs processes.
"""

import importlib
import json
import sys
import time

ITERATIONS = 300
LOOP_REPEATS = 15
LOOKUP_CALLS = 20000


def least(values):
    return min(values) if values else 0


def timed(call):
    began = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - began


def count_lines(run):
    seen = set()

    def trace(frame, event, _argument):
        if event == "line":
            seen.add((frame.f_code, frame.f_lineno))
        return trace

    sys.settrace(trace)
    run()
    sys.settrace(None)
    return len(seen)


def measure_import():
    before = time.perf_counter_ns()
    importlib.import_module("testalibi")
    package = time.perf_counter_ns()
    importlib.import_module("testalibi._native")
    return {"package_ns": package - before, "extension_ns": time.perf_counter_ns() - package}


def measure(project, session):
    sys.path.insert(0, project)
    import hot_loops
    import many_lines

    result = {}

    def begin(name):
        return session.begin_test(name) if session else 0

    def end(context):
        if session:
            session.end_test(context, "passed", 1)

    for number in range(5):
        context = begin(f"warm {number}")
        many_lines.run()
        end(context)
    runs, boundaries, totals, empty = [], [], [], []
    for number in range(ITERATIONS):
        t0 = time.perf_counter_ns()
        context = begin(f"test {number}")
        t1 = time.perf_counter_ns()
        many_lines.run()
        t2 = time.perf_counter_ns()
        end(context)
        t3 = time.perf_counter_ns()
        runs.append(t2 - t1)
        boundaries.append(t3 - t2 + t1 - t0)
        totals.append(t3 - t0)
    for number in range(ITERATIONS):
        t0 = time.perf_counter_ns()
        end(begin(f"empty {number}"))
        empty.append(time.perf_counter_ns() - t0)
    result["run_ns"], result["boundary_ns"] = least(runs), least(boundaries)
    result["total_ns"], result["empty_ns"] = least(totals), least(empty)
    # A second run inside one test: what stays after each line fired once.
    context = begin("again")
    many_lines.run()
    result["again_ns"] = least([timed(many_lines.run) for _ in range(50)])
    end(context)
    context = begin("loops")
    result["loops"] = {
        name: least([timed(call) for _ in range(LOOP_REPEATS)]) for name, call in hot_loops.LOOPS.items()
    }
    end(context)
    context = begin("lookups")
    result["lookup_ns"] = {
        name: least([timed(lambda call=call: call(LOOKUP_CALLS)) for _ in range(LOOP_REPEATS)]) / LOOKUP_CALLS
        for name, call in hot_loops.LOOKUPS.items()
    }
    end(context)
    return result


def main():
    mode, project, scratch = sys.argv[1:4]
    if mode == "import":
        result = measure_import()
    elif mode == "count":
        sys.path.insert(0, project)
        import many_lines

        result = {"lines": count_lines(many_lines.run)}
    else:
        session = None
        if mode == "recorded":
            from testalibi import _native

            session = _native.Session(
                directory=scratch,
                root=project,
                roots=(project,),
                excludes=(),
                session_id=1,
                inputs=True,
                state=True,
            )
            session.start()
        result = measure(project, session)
        if session:
            result["strategy"] = session.strategy
            result["drops"] = session.drops()
            session.stop()
    print(json.dumps(result))


if __name__ == "__main__":
    main()
