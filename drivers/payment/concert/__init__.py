"""French payment terminals: Concert E and E+ on a line, Concert V3 (Caisse-AP) over TCP or a line.

Sources: Association du Paiement, "protocole Caisse" (Concert E, E+, V3.x); the public documentation
of PayXpert and HiPay for Concert V3; what terminals were seen to answer.
"""
