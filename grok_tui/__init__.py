"""Train neural networks in a terminal and watch them grok.

Importing the package costs nothing: each part is imported where it is used.
"""

__version__ = "0.1.0"
