"""One module or package for each framework, behind an extra of its own.

Only what a framework asks for belongs here: the decisions are in ``webhooks`` and the clients, which these use. The SDK
imports none of it.
"""
