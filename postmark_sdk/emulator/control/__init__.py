"""What happens without a request of the API: what a test or a person says and asks, and what falls due on the clock.

``actions`` and ``reading`` are behind ``Emulator``, the control API (``routes``) and the inbox alike. Nothing that
Postmark itself does is decided here. May use all rooms but ``inbox``.
"""
