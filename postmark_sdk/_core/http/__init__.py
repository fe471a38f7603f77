"""Bytes to Postmark and back: requests, answers, connections, repeats.

What is in a body belongs into ``body``. Nothing here knows of mails, clients or pages. May use ``body`` and ``schema``.
"""
