"""Door plate of the topics."""

from civic.core.feature import Feature
from civic.topics import policy

feature = Feature(name="topics", rules=policy.RULES)
