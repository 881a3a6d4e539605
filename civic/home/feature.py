"""Door plate of the first screen."""

from civic.core.feature import Feature
from civic.home import views

feature = Feature(name="home", blueprint=views.bp)
