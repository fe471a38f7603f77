"""The JSON of a request: from whatever callers write to checked bytes.

``encode`` is the way in and says which of three ways a mail is written. What is the same for a whole client (defaults,
guard, marks) belongs into ``mail``. May use ``schema``.
"""
