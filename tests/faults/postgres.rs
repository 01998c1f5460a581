//! A private PostgreSQL server: the one that the database nodes' own tests start.

#[path = "../../nodes/src/storage/database/postgres/cluster.rs"]
mod cluster;

pub(crate) use cluster::Cluster;
