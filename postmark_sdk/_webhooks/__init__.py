"""What Postmark posts to an application: read, trusted, told apart, routed; and webhooks set up as wanted.

What an event itself can do belongs into ``_behavior``, an adapter for a framework into ``integrations``. May use
``_generated``, ``_behavior`` and ``_core``.
"""
