"""The pretend outside world of Packbench: a stateful Amazon and a carrier, served over HTTP.

Everything in it is invented: sellers, buyers, addresses, orders and labels.
"""

from packbench_sandbox.clock import Clock
from packbench_sandbox.sandbox import Sandbox

__all__ = ["Clock", "Sandbox"]
