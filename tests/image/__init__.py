"""The image of the appliance, as far as it can be told without building one."""
