"""The data set as objects: archive, case, series, volume and labels."""
