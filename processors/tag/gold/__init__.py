"""Gold: short texts with what a careful reader says of them, and the rows of foreign sets in the same shape.

The shipped rows lie beside this file as JSON lines; README.md there says what the fields mean. `read_row` takes a line of
ours or of the three foreign kinds (relevance, coding, casualties) and gives one `Gold`.
"""

from processors.tag.gold.rows import Gold, Toll, Want, read_row

__all__ = ["Gold", "Toll", "Want", "read_row"]
