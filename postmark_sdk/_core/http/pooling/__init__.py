"""Connections: opened, kept, lent out one call at a time, closed; or what the caller brought in their place.

What a request or an answer means belongs into ``http`` itself, which knows nothing of how many connections there are.
"""
