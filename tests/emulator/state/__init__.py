"""What a running emulator knows."""
