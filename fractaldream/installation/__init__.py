"""The installed software and the hardware of this machine, for `fractaldream doctor`."""
