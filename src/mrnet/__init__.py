"""The command line and the loading core for MRNet-v1.0, Stanford's knee-MRI dataset."""
