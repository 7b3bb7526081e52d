"""The HTTP service and its page; start it with `framing serve` (extra `serve`)."""
