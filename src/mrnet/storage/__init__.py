"""Bytes by name, out of a folder, a zip, object storage or the web."""
