"""The shipped fonts, their licences, and the program that makes them."""
