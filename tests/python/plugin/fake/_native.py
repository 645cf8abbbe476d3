"""Stands in for the native recorder: writes down the calls of the plugin instead of recording anything.

Only for tests of the plugin's own logic. Each process appends one JSON line per call to FAKE_NATIVE_JOURNAL.
FAKE_NATIVE_FAILS names a method that raises.
"""

import json
import os

ABI_VERSION = 2
STRATEGIES = ("self",)


class Error(Exception):
    status = 2


class Session:
    strategy = "self"
    strategy_reason = ""
    shard_path = ""

    def __init__(self, **options):
        self._options = options
        self._contexts = 0
        self._stack = [0]
        self._journal = os.environ.get("FAKE_NATIVE_JOURNAL")
        self._fails = os.environ.get("FAKE_NATIVE_FAILS")
        self._note("init", **options)

    def announce_crashes_to(self, descriptor):
        pass

    def _note(self, call, **details):
        if self._journal:
            line = json.dumps({"call": call, "pid": os.getpid(), "current": self._stack[-1], **details})
            with open(self._journal, "a") as file:
                file.write(line + "\n")
        if self._fails == call:
            raise Error(f"{call} was told to fail")

    def _new(self):
        self._contexts += 1
        self._stack.append(self._contexts)
        return self._contexts

    def _leave(self, context):
        assert self._stack[-1] == context, (self._stack, context)
        self._stack.pop()

    def start(self):
        self._note("start")

    def stop(self):
        self._note("stop")

    def begin_test(self, test_id):
        self._note("begin_test", id=test_id)
        return self._new()

    def end_test(self, context, outcome, duration_ns, reason=""):
        self._note("end_test", context=context, outcome=outcome, duration_ns=duration_ns, reason=reason)
        self._leave(context)

    def begin_context(self, kind, name, scope=""):
        self._note("begin_context", kind=kind, name=name, scope=scope, context=self._contexts + 1)
        return self._new()

    def end_context(self, context):
        self._note("end_context", context=context)
        self._leave(context)

    def resume_context(self, context):
        self._note("resume_context", context=context)
        self._stack.append(context)

    def end_collection(self, context, test_ids, ended_well):
        self._note("end_collection", context=context, test_ids=list(test_ids), ended_well=ended_well)

    def charge(self, user, used):
        self._note("charge", user=user, used=used)

    def note(self, context, text):
        self._note("note", context=context, text=text)

    def record_input(self, kind, subject, state="present", detail="", content=None):
        text = None if content is None else content.decode(errors="replace")
        self._note("record_input", kind=kind, subject=subject, state=state, detail=detail, content=text)

    def observe(self, kind, subject):
        self._note("observe", kind=kind, subject=subject)
        if kind == "environment":
            return subject in os.environ
        return os.path.isdir(subject) if kind == "directory" else os.path.exists(subject)

    def lose_input(self):
        self._note("lose_input")

    def instrument(self, code):
        return code

    def record_imported(self, module, path):
        self._note("record_imported", module=module, path=path)

    def drops(self):
        return {}

    def statistics(self):
        return {"state_not_examined": 2}
