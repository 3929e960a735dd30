"""Tests of the machine around the terminal."""
