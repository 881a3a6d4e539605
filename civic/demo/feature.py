"""Door plate of the demo."""

from civic.core.feature import Feature
from civic.demo.cli import demo

feature = Feature(name="demo", cli=(demo,))
