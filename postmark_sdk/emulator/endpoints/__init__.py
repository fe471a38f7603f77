"""What each operation of the API does, one module for a group of them.

What is more than one group's, such as accepting a mail, belongs into ``mail`` or ``state``.
"""
