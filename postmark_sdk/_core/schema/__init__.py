"""What generated code is made of: models, operations, pages, limits, dates.

Nothing here knows of a client, a mail or a connection. Uses no other room.
"""
