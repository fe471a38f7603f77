"""What is done to mails before they leave, and known of them afterwards.

Defaults, guard and marks; many mails cut into calls; what an answer means for each of them, and how to find a mail
again. How a field is written belongs into ``body``, how an answer is read into ``http``. May use ``http``, ``body`` and
``schema``.
"""
