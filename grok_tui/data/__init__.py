"""Images and texts from files and from other packages, as arrays: without torch.

The command line reads them too, so that a run whose data are not there is never made.
"""
