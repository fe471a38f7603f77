"""The core, room by room; beside them the transports and servers that their tests share."""
