"""The data set file: its contents, its table, its colours, pictures of it and its other forms."""
