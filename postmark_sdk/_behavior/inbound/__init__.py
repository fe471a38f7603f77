"""What an inbound mail can do: its headers read, its files saved, answers and copies made of it.

What belongs to events of every kind is in ``events`` beside this room. May use ``_core`` and that.
"""
