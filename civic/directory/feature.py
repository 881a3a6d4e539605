"""Door plate of the directory."""

from civic.core.feature import Feature, NavItem
from civic.core.language import N_
from civic.directory import address, views

feature = Feature(
    name="directory",
    blueprint=views.bp,
    nav=(NavItem(N_("Organisations"), "directory.index", 70, rooms=("organisations",)),),
    globals={"log_words": address.log_words},
)
