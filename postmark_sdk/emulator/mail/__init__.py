"""What a mail is, and what becomes of it: checked, rendered, accepted, delivered or bounced, opened; or received.

Which operation asks for that belongs into ``endpoints``. May use ``webhooks``, ``state`` and ``reference``, and the
template language.
"""
