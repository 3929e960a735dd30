"""Documents as PDF: their typefaces, and the receipt as a strip of paper.

Nothing here is imported before the first PDF is asked for: reportlab is no part of a sale.
"""
