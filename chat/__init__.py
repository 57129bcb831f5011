"""Conversations and their messages, and the sockets that carry them."""
