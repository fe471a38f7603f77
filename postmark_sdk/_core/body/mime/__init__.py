"""Mails of the standard library, as ``EmailMessage`` or the older MIME classes, read into an ``Email``.

``message`` is the way in; how headers and parts are read stands beside it. What strangers wrote is read as mail
programs read it, in linear time, alike under either policy and every Python. May use the rest of ``body``, which asks
for it when it meets such a mail.
"""
