"""What the codec's files cost and why: the measurements and drawings of the book's chapters about it.

Nothing here is needed to write a file or to read one.
"""
