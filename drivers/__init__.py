"""Point-of-sale device drivers: transports, sans-IO protocols, devices and simulators."""
