"""Scales: weights that stand still, prices that the scale computed."""
