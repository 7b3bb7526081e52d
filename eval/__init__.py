"""Metrics, reports and the gate for models of `framing`; run as `python -m eval`."""
