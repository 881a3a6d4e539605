"""The colours of the look (docs: `static/css/tokens.css`) as a drawing needs them."""

PAPER = "#fdf8f0"
WHITE = "#ffffff"
SAND = "#f1e9dc"
PALE = "#d5c8d3"
SOFT = "#78607a"
INK = "#2b1630"
NIGHT = "#2b1630"
PLUM = "#5b1d58"
#: The one accent: a lit window, a lamp.
LIGHT = "#ffb443"
