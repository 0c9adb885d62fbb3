"""Figures fit for a paper: vector graphics at both widths, readable in grey and colour-blind safe.

Each function takes what analysis returned and a width in inches, and gives a figure.
"""
