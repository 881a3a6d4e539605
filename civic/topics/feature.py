"""Door plate of the topics."""

from civic.core.feature import Feature
from civic.topics import policy, views

feature = Feature(name="topics", blueprint=views.bp, rules=policy.RULES)
