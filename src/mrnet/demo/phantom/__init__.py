"""The synthetic knee: a cohort as published, and series of a knee phantom in the form of a real archive."""

from mrnet.demo.phantom.cohort import PlannedCase, plan_cohort
from mrnet.demo.phantom.series import draw_series

__all__ = ["PlannedCase", "draw_series", "plan_cohort"]
