"""What one running emulator knows: records and rows, the clock, settings, faults to come.

What is done with it belongs into the rooms above. May use ``reference``.
"""
