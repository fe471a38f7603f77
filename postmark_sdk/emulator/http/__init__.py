"""A request of the API from its bytes to the answer's: routes, tokens, validation, faults, the log of refusals.

What an operation does belongs into ``endpoints``, which register their functions in ``call``. May use ``state`` and
``reference``, and knows nothing of mails.
"""
