"""What bench/compare is made of: programs and how they run, what is measured, the scenarios, how it is told."""
