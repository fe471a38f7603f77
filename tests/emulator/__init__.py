"""The emulator, by its rooms."""
