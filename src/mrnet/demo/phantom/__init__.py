"""The synthetic knee: a cohort as published, and series of a knee phantom that read like a real archive's."""

from mrnet.demo.phantom.cohort import PlannedCase, plan_cohort
from mrnet.demo.phantom.series import draw_series

__all__ = ["PlannedCase", "draw_series", "plan_cohort"]
