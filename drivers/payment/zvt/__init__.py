"""ZVT (PA00P015 and PA00P016): the payment terminals of Germany, Austria and Switzerland."""
