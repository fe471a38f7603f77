"""Templates that know the type of their model: the mail that is made of one, and whether a model fits.

Nothing here is needed for other mails. May use ``body``.
"""
