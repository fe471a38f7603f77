"""Compile ``spec/postmark.yaml`` into ``postmark_sdk/_generated``. Development only; needs Python 3.11 or newer."""
