"""Door plate of the room for measuring."""

from civic.bench.cli import bench
from civic.core.feature import Feature

feature = Feature(name="bench", cli=(bench,))
