"""What every command stands on: its options, the clients, what is printed, and how it fails.

No command belongs here. ``command`` registers a function as a command and hands it a ``Session``: the client of the
profile, the output, and what asks before something is destroyed. Uses the SDK, Typer and Rich.
"""
