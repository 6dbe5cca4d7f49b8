"""The front door of the policy library for the other rooms of training."""

from lms.training.policies.queries import link, links

__all__ = ["link", "links"]
