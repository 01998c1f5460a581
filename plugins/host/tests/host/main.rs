//! The host, with real plugins in a real engine.

mod capabilities;
mod guest;
mod hostile;
mod install;
mod measure;
mod nodes;
mod rig;
mod seeds;
