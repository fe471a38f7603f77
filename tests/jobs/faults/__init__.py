"""Whoever works on a ledger is killed again and again; then it is compared with what the server took.

``python -m tests.jobs.faults`` prints the table. ``trial`` kills and compares; the other modules are the processes that
it starts: ``server``, ``enqueue``, ``worker``, and ``carried`` for Celery.
"""
