"""Sending: from a call to the HTTP exchange and the receipt."""
