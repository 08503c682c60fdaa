"""The memory that pictures share, so that it does not grow with --jobs, --scale and the number of pictures."""

from mrnet.memory import Memory

MAX_DRAWING_BYTES = 1 << 27
"""For all pictures that are drawn at the same time; ten ordinary GIFs at scale 8 fit in."""
MAX_LOADED_BYTES = 24 << 20
"""For the volumes of all pictures at work; some twelve ordinary series fit in."""

LOADED, DRAWN = Memory(MAX_LOADED_BYTES), Memory(MAX_DRAWING_BYTES)
"""Shared by all threads of a process. A thread takes LOADED before DRAWN; in this order two threads never wait for each other."""
