"""Door plate of the feeds."""

from civic.core.feature import Feature
from civic.feeds import address, views

feature = Feature(
    name="feeds",
    blueprint=views.bp,
    globals={"feed_language": address.feed_language},
)
