"""What recording does in this interpreter: asked by `alibi doctor`, in a process of its own."""

from __future__ import annotations

import tempfile
from typing import Any

from testalibi import installation


def facts() -> dict[str, Any]:
    """The strategy that a recording takes here, and why not a better one; a recording is really started."""
    native = installation.load_native()
    with tempfile.TemporaryDirectory(prefix="alibi-doctor-") as folder:
        session = native.Session(directory=folder, root=folder, roots=(folder,), excludes=(), session_id=1)
        try:
            session.start()
        except native.Error as error:
            return {"strategy": "", "strategy_reason": str(error)}
        try:
            return {"strategy": session.strategy, "strategy_reason": session.strategy_reason}
        finally:
            session.stop()
