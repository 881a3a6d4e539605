"""Topics (Themen): curated words under which things are found, for all or for one municipality."""
