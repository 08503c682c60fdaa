"""What `mrnet validate` stands on: rules and problems, the one walk, and what an archive can be held against."""
