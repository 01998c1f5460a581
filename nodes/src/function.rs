//! Nodes that change, route and compute.
