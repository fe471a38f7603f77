"""What is posted to the application: payloads, who gets them, attempts and repeats.

The API's operations on webhooks belong into ``endpoints``. May use ``state`` and ``reference``.
"""
