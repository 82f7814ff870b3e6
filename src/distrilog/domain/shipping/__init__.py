"""What left, what arrived, what was missing: fulfilment, despatches, receipts, claims, outages."""
