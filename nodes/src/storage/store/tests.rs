//! The store node on real databases, also on ones that go away.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::Outcome;
use engine::node::Services;
use serde_json::{Value as Json, json};

use crate::storage::DataFolder;
use crate::storage::database::postgres::cluster::Cluster;
use crate::storage::database::{Database, Statement, fetch, open};
use crate::testing::{Bench, until};

fn services(folder: &Path) -> Services {
    let mut services = Services::default();
    services.insert(Arc::new(DataFolder(folder.to_owned())));
    services
}

/// A database node `d` and a store node `s` with these settings.
fn flow(url: &str, settings: Json) -> Json {
    let mut store = json!({ "id": "s", "type": "store", "z": "t", "x": 1, "y": 1, "wires": [], "database": "d",
        "table": "readings", "columns": [
            { "property": "payload.id", "column": "id", "type": "integer" },
            { "property": "payload.value", "column": "value", "type": "number" },
        ] });
    for (name, value) in settings.as_object().unwrap() {
        store[name] = value.clone();
    }
    json!([{ "id": "t", "type": "tab" }, { "id": "d", "type": "database", "url": url }, store])
}

async fn rows(database: &dyn Database, sql: &str) -> Json {
    let statement = Statement { sql: sql.into(), parameters: vec![] };
    let (rows, _) = fetch(database, statement, 100_000).await.unwrap();
    serde_json::to_value(engine::Value::from(rows)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_makes_the_table_and_refuses_bad_rows_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = open("sqlite:x.db", "", false, Some(folder.path())).unwrap();
    makes_the_table_and_refuses_bad_rows_alone(&*database, "sqlite:x.db", folder.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_late_is_committed_durably() {
    for (delivery, level) in [("fast", 1), ("at-least-once", 2)] {
        let folder = tempfile::tempdir().unwrap();
        let flow = json!([
            { "id": "t", "type": "tab", "delivery": delivery },
            { "id": "d", "type": "database", "url": "sqlite:x.db" },
            { "id": "q", "type": "sql", "z": "t", "x": 1, "y": 1, "database": "d", "sql": "PRAGMA synchronous",
                "wires": [["r"]] },
            { "id": "r", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] },
        ]);
        let mut bench = Bench::start(flow, services(folder.path())).await;
        bench.send("q", json!({}));
        until("it answers", async || bench.recorded().len() == 1).await;
        let rows = bench.take_recorded()[0].payload().clone();
        assert_eq!(rows, engine::testing::decode(&json!([{ "synchronous": level }])), "{delivery}");
        bench.engine.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_makes_the_table_refuses_bad_rows_alone_and_survives_a_crash() {
    let cluster = Cluster::start_new();
    let database = open(&cluster.url(), "", false, None).unwrap();
    makes_the_table_and_refuses_bad_rows_alone(&*database, &cluster.url(), Path::new("/")).await;
    rows(&*database, "DROP TABLE readings").await;
    loses_nothing_and_doubles_nothing(
        &*database,
        &cluster.url(),
        Path::new("/"),
        || cluster.stop(),
        || cluster.start(),
    )
    .await;
    rows(&*database, "DROP TABLE readings").await;
    deletes_what_is_too_old(&*database, &cluster.url(), Path::new("/")).await;
}

async fn makes_the_table_and_refuses_bad_rows_alone(database: &dyn Database, url: &str, folder: &Path) {
    // A table that lacks a column, as from an earlier version of the flow.
    rows(database, "CREATE TABLE readings (id INTEGER, CHECK (id < 1000))").await;
    let columns = json!([
        { "property": "payload.id", "column": "id", "type": "integer" },
        { "property": "payload.value", "column": "odd \" name", "type": "number" },
        { "property": "topic", "column": "topic", "type": "text" },
        { "property": "payload.extra", "column": "extra", "type": "json" },
    ]);
    let mut bench = Bench::start(flow(url, json!({ "columns": columns })), services(folder)).await;
    let good = bench.send(
        "s",
        json!({ "topic": "x'; DROP TABLE readings; --", "payload": { "id": 1, "value": 1.5, "extra": [1] } }),
    );
    let misfit = bench.send("s", json!({ "payload": { "id": "one" } }));
    let constraint = bench.send("s", json!({ "payload": { "id": 1000 } }));
    let empty = bench.send("s", json!({ "payload": { "id": 2 } }));
    until("all are done", async || bench.open() == 0).await;
    let outcomes = [good, misfit, constraint, empty].map(|number| bench.outcome(number).unwrap());
    assert_eq!(outcomes, [Outcome::Delivered, Outcome::Failed, Outcome::Failed, Outcome::Delivered]);
    let errors = bench.errors();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].contains("payload.id does not fit the column id"), "{errors:?}");
    assert!(errors[1].contains("the database says"), "{errors:?}");
    let stored = rows(
        database,
        "SELECT id, \"odd \"\" name\" AS v, topic, CAST(extra AS TEXT) AS extra, time IS NULL AS timeless FROM readings ORDER BY id",
    )
    .await;
    let timeless = if url.starts_with("sqlite") { json!(0) } else { json!(false) };
    assert_eq!(
        stored,
        json!([
            { "id": 1, "v": 1.5, "topic": "x'; DROP TABLE readings; --", "extra": "[1]", "timeless": timeless },
            { "id": 2, "v": null, "topic": null, "extra": null, "timeless": timeless },
        ])
    );
    // Somebody drops the table: it is made again.
    rows(database, "DROP TABLE readings").await;
    bench.send("s", json!({ "payload": { "id": 5 } }));
    until("stored again", async || bench.open() == 0).await;
    assert_eq!(rows(database, "SELECT id FROM readings").await, json!([{ "id": 5 }]));
    bench.engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_goes_away_costs_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let (here, away) = (parent.path().join("data"), parent.path().join("away"));
    std::fs::create_dir(&here).unwrap();
    let database = open("sqlite:x.db", "", false, Some(&here)).unwrap();
    loses_nothing_and_doubles_nothing(
        &*database,
        "sqlite:x.db",
        &here,
        || std::fs::rename(&here, &away).unwrap(),
        || std::fs::rename(&away, &here).unwrap(),
    )
    .await;
}

/// Messages keep coming, each twice, while the database goes away and comes back.
async fn loses_nothing_and_doubles_nothing(
    database: &dyn Database,
    url: &str,
    folder: &Path,
    take_away: impl Fn(),
    bring_back: impl Fn(),
) {
    let settings = json!({ "key": "id", "batchRows": 7, "batchMs": "1" });
    let mut bench = Bench::start(flow(url, settings), services(folder)).await;
    let mut sent = 0;
    let mut send = |bench: &mut Bench, count: usize| {
        for id in sent..sent + count {
            bench.send("s", json!({ "payload": { "id": id, "value": id } }));
            bench.send("s", json!({ "payload": { "id": id, "value": -1 } }));
        }
        sent += count;
        sent
    };
    send(&mut bench, 100);
    until("some are stored", async || bench.open() < 150).await;
    take_away();
    send(&mut bench, 100);
    until("it says that it waits", async || {
        bench
            .status("s")
            .is_some_and(|(fill, shape, key)| (&*fill, &*shape, &*key) == ("yellow", "ring", "store.waiting"))
    })
    .await;
    let (open, total) = (bench.open(), send(&mut bench, 100));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(bench.open(), open + 200, "nothing is done while the database is away");
    bring_back();
    until("all are done", async || bench.open() == 0).await;
    assert!((0..total * 2).all(|number| bench.outcome(number) == Some(Outcome::Delivered)));
    assert_eq!(bench.errors(), [] as [String; 0]);
    until("the status is clear", async || bench.status("s").is_some_and(|(fill, ..)| fill.is_empty())).await;
    bench.engine.stop().await;
    let stored = rows(database, "SELECT id, value FROM readings ORDER BY id").await;
    let expected: Vec<_> = (0..total).map(|id| json!({ "id": id, "value": id })).collect();
    assert_eq!(stored, Json::Array(expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_deletes_what_is_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let database = open("sqlite:x.db", "", false, Some(folder.path())).unwrap();
    deletes_what_is_too_old(&*database, "sqlite:x.db", folder.path()).await;
}

async fn deletes_what_is_too_old(database: &dyn Database, url: &str, folder: &Path) {
    let columns = json!([
        { "property": "payload.id", "column": "id", "type": "integer" },
        { "property": "payload.at", "column": "time", "type": "time" },
    ]);
    let settings =
        json!({ "columns": columns, "keep": "5", "keepUnit": "s", "key": "id", "conflict": "update" });
    let mut bench = Bench::start(flow(url, settings), services(folder)).await;
    let now = engine::js::date::now();
    for id in 0..2500 {
        bench.send("s", json!({ "payload": { "id": id, "at": now - 3_600_000.0 } }));
    }
    for id in 2500..2510 {
        bench.send("s", json!({ "payload": { "id": id, "at": now + 3_600_000.0 } }));
    }
    until("all are done", async || bench.open() == 0).await;
    // More than one step of the sweep.
    until("only the young are left", async || {
        rows(database, "SELECT count(*) AS n, min(id) AS first FROM readings").await
            == json!([{ "n": 10, "first": 2500 }])
    })
    .await;
    // A later message of the same key replaces the row.
    bench.send("s", json!({ "payload": { "id": 2500, "at": now + 7_200_000.0 } }));
    until("it is done", async || bench.open() == 0).await;
    let later = format!(
        "SELECT count(*) AS n FROM readings WHERE id = 2500 AND {}",
        if url.starts_with("sqlite") {
            format!("time = {}", now + 7_200_000.0)
        } else {
            "time > now() + interval '90 minutes'".into()
        }
    );
    assert_eq!(rows(database, &later).await, json!([{ "n": 1 }]));
    assert_eq!(bench.errors(), [] as [String; 0]);
    bench.engine.stop().await;
}

#[tokio::test]
async fn settings_that_cannot_work_are_problems_at_their_place() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, path) in [
        (json!({ "table": "" }), "table"),
        (json!({ "columns": [] }), "columns"),
        (json!({ "columns": [{ "property": "a..b", "column": "x" }] }), "columns[0].property"),
        (json!({ "columns": [{ "property": "a", "column": "" }] }), "columns[0].column"),
        (
            json!({ "columns": [{ "property": "a", "column": "x" }, { "property": "b", "column": "X" }] }),
            "columns[1].column",
        ),
        (json!({ "key": "id, other" }), "key"),
        (json!({ "keep": "x" }), "keep"),
        (json!({ "keep": 24, "timeColumn": "" }), "timeColumn"),
        (json!({ "batchRows": 0 }), "batchRows"),
        (json!({ "database": "" }), "database"),
    ] {
        let mut case = json!({ "name": path, "flow": flow("sqlite:x.db", settings), "problems": [{ "node": "s", "path": path }] });
        // One of each case's entries is the tab.
        case["steps"] = json!([]);
        let case: engine::testing::Case = serde_json::from_value(case).unwrap();
        let registry = engine::registry::Registry::of(crate::registry::NODE_TYPES);
        engine::testing::run(&case, &registry, services(folder.path())).await.unwrap();
    }
}
