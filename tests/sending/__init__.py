"""Sending: what may be written, what is refused beforehand, what goes over the wire, what comes back."""
