//! Nodes that know where things are.

pub mod geofence;
