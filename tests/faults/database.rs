//! A database that goes away for a while.

use rusqlite::Connection;
use wireloom_tests::server::Server;

use super::growth::grows_by;
use super::postgres::Cluster;
use super::readings::{all_are_stored_once, deploy, flow, publish};

/// Readings come before, during and after an outage.
async fn survives(url: &str, begin_outage: impl FnOnce(), end_outage: impl FnOnce()) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "0"]).await;
    let broker = server.mqtt.unwrap();
    deploy(&server, broker, &flow(broker.port(), url)).await;

    publish(broker, 1..100).await;
    all_are_stored_once(&server, &(0..100).collect()).await;

    begin_outage();
    publish(broker, 100..300).await;
    // The neighbour goes on while messages are held.
    grows_by(&server, 100).await;
    publish(broker, 300..400).await;
    end_outage();

    publish(broker, 400..500).await;
    all_are_stored_once(&server, &(0..500).collect()).await;
}

#[tokio::test]
async fn postgresql_is_killed_and_comes_back() {
    let cluster = Cluster::start_new();
    survives(&cluster.url(), || cluster.stop(), || cluster.start()).await;
}

#[tokio::test]
async fn sqlite_is_locked_by_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readings.db");
    let somebody = std::cell::OnceCell::new();
    let lock = || {
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(somebody.set(connection).is_ok());
    };
    let release = || somebody.get().expect("locked").execute_batch("ROLLBACK").unwrap();
    survives(&format!("sqlite:{}", path.display()), lock, release).await;
}
