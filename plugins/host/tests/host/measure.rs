//! What it costs: run by hand.
