"""A request of the API from its bytes to the answer's.

Routes, the description, validation, faults. What an operation does belongs into ``endpoints``.
"""
