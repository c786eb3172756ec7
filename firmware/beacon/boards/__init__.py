"""The boards: `parts` is what all share, a port is a chip family's own. Which pins they use is in the file `board`."""
