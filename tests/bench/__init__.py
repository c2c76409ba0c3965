"""The targets a release must reach, measured: ``python -m tests.bench [--json]``. Never part of the suite."""
