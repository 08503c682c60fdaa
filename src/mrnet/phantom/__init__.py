"""The synthetic knee: a cohort as published, and series of a knee phantom that read like a real archive's."""

from mrnet.phantom.cohort import PlannedCase, plan_cohort
from mrnet.phantom.series import draw_series

__all__ = ["PlannedCase", "draw_series", "plan_cohort"]
