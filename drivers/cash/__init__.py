"""Cash machines: coins and notes are counted in, change is paid out (UnifiedPOS CashChanger)."""
