"""Alibi for Python: records what each test touched, so that only tests a change can break need to run."""

__version__ = "0.1.0"

__all__ = ["__version__"]
