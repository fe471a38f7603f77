"""One call of a client: prepared, sent, answered, observed.

Here belongs what holds a call together: its settings, the sync and the async shell, events and log records, many sends
in one go. What a mail must be, how bytes travel and how lists are cut is decided in the rooms below, all of which this
one may use.
"""
