"""A report of `mrnet validate` in each form that it can take: one file a form."""
