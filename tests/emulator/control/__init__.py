"""What a test or a person says to the emulator."""
