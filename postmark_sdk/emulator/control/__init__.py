"""What a test or a person says to the emulator, and asks of it: the control API behind ``Emulator`` and the inbox."""
