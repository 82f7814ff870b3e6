"""What facilities say they have and use, week by week: EPI-Stock. A declaration is a statement, not a movement."""
