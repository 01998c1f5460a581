//! Nodes that talk to the network.
