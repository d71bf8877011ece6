"""What bench/compare is made of: where programs come from, how they run, what is measured, how it is told."""
