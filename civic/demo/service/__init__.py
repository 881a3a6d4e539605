"""Loading the demo: the real services do every act, at the time it is said to have happened.

So the demo cannot show what the platform would not allow, and counters, versions, life lines and
search are right by themselves.
"""

from civic.demo.service.loading import ACCOUNTS, PASSWORD, load_demo

__all__ = ["ACCOUNTS", "PASSWORD", "load_demo"]
