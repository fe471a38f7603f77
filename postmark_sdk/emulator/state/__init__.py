"""What a running emulator knows: records, clock, store, and the forms in which they are told.

Nothing here knows of requests or mails.
"""
