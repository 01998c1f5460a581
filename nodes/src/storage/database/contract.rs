//! What every database must do: one test for all of them.

use std::sync::Arc;

use engine::Value;
use tokio::sync::mpsc;

use super::placeholders::Template;
use super::postgres::cluster::Cluster;
use super::{Batch, Database, DatabaseError, Dialect, ErrorKind, SqlValue, Statement, fetch, open};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_in_a_file_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let database = open("sqlite:contract.db", "", false, Some(folder.path())).unwrap();
    keeps_the_contract(&database).await;
    database.close().await;
    assert!(!folder.path().join("contract.db-wal").exists(), "closing tidies up");
    assert_eq!(rows(&database, "SELECT count(*) AS n FROM big", "null").await.unwrap(), r#"[{"n":20000}]"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_in_memory_keeps_the_contract() {
    keeps_the_contract(&open("sqlite::memory:", "", false, None).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_keeps_the_contract() {
    let cluster = Cluster::start_new();
    let database = open(&cluster.url(), "", false, None).unwrap();
    keeps_the_contract(&database).await;
    types_of_postgres(&database).await;
    cluster.stop();
    assert_eq!(database.ping().await.unwrap_err().kind, ErrorKind::Unavailable);
    cluster.start();
    database.ping().await.unwrap();
}

async fn keeps_the_contract(database: &Arc<dyn Database>) {
    database.ping().await.unwrap();
    let bytes = if database.dialect() == Dialect::Sqlite { "BLOB" } else { "BYTEA" };
    let create = format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, r DOUBLE PRECISION, b {bytes}, CHECK (r < 100))"
    );
    assert_eq!(rows(database, &create, "null").await.unwrap(), "[]");

    // Values in and out, named and by position; what looks like SQL is a value.
    let insert = "INSERT INTO t (id, name, r, b) VALUES ($id, $name, $r, $b)";
    let parameters = r#"{"id":1,"name":"x'); DROP TABLE t; --","r":1.5,"b":null}"#;
    assert_eq!(changed(database, insert, parameters).await, Ok(1));
    let select = "SELECT id, name, r, b FROM t WHERE id = ?";
    assert_eq!(
        rows(database, select, "[1]").await.unwrap(),
        r#"[{"id":1,"name":"x'); DROP TABLE t; --","r":1.5,"b":null}]"#
    );
    let sql = Template::parse("INSERT INTO t VALUES (?, 'bytes', NULL, ?)", database.dialect()).unwrap().sql;
    let parameters = vec![SqlValue::Integer(2), SqlValue::Bytes(vec![0, 255].into())];
    fetch(&**database, Statement { sql, parameters }, 1).await.unwrap();
    let sql = "SELECT b FROM t WHERE id = 2".to_owned();
    let (found, _) = fetch(&**database, Statement { sql, parameters: vec![] }, 1).await.unwrap();
    assert_eq!(found[0].get("b"), Some(&Value::buffer(vec![0, 255])));
    let large = 9_007_199_254_740_993_i64;
    assert_eq!(
        rows(database, &format!("SELECT CAST({large} AS BIGINT) AS n"), "null").await.unwrap(),
        format!(r#"[{{"n":"{large}"}}]"#)
    );
    assert_eq!(changed(database, "UPDATE t SET r = 2 WHERE id < 9", "null").await, Ok(2));
    assert_eq!(changed(database, "SELECT 1", "null").await, Ok(0));

    // Errors say what kind they are, and where.
    let kind = async |sql: &str| rows(database, sql, "null").await.unwrap_err().kind;
    assert_eq!(kind("SELECT * FROM nowhere").await, ErrorKind::Missing);
    assert_eq!(kind("SELECT nosuch FROM t").await, ErrorKind::Missing);
    assert_eq!(kind("INSERT INTO t (id, name) VALUES (1, 'again')").await, ErrorKind::Row);
    assert_eq!(kind("INSERT INTO t (id) VALUES (3)").await, ErrorKind::Row);
    let error = rows(database, "SELECT 'ä',\n  WHERE t", "null").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Statement);
    assert!(error.position.is_some_and(|position| position >= 11), "{error:?}");

    // A batch is one transaction; a bad row fails alone.
    let row = |id: i64, name: SqlValue, r: f64| vec![SqlValue::Integer(id), name, SqlValue::Real(r)];
    let name = |text: &str| SqlValue::Text(text.into());
    let sql =
        Template::parse("INSERT INTO t (id, name, r) VALUES (?, ?, ?)", database.dialect()).unwrap().sql;
    let bad = [row(1, name("taken"), 0.0), row(11, SqlValue::Null, 0.0), row(12, name("too much"), 100.0)];
    let batch = [row(10, name("a"), 1.0)].into_iter().chain(bad).chain([row(13, name("b"), 2.0)]).collect();
    let results = database.run_batch(Arc::new(Batch { sql: sql.clone(), rows: batch })).await.unwrap();
    let kinds: Vec<_> =
        results.iter().map(|result| result.as_ref().copied().map_err(|error| error.kind)).collect();
    let refused = Err(ErrorKind::Row);
    assert_eq!(kinds, [Ok(1), refused, refused, refused, Ok(1)]);
    assert_eq!(
        rows(database, "SELECT id FROM t WHERE id > 2 ORDER BY id", "null").await.unwrap(),
        r#"[{"id":10},{"id":13}]"#
    );
    let missing = Batch { sql: sql.replace("INTO t", "INTO nowhere"), rows: vec![row(1, name("x"), 0.0)] };
    assert_eq!(database.run_batch(Arc::new(missing)).await.unwrap_err().kind, ErrorKind::Missing);

    // Many rows are read as they are wanted, and no further.
    rows(database, "CREATE TABLE big (n INTEGER)", "null").await.unwrap();
    let sql = Template::parse("INSERT INTO big VALUES (?)", database.dialect()).unwrap().sql;
    let many = (0..20_000).map(|n| vec![SqlValue::Integer(n)]).collect();
    database.run_batch(Arc::new(Batch { sql, rows: many })).await.unwrap();
    let sql = "SELECT n FROM big ORDER BY n".to_owned();
    let error =
        fetch(&**database, Statement { sql: sql.clone(), parameters: vec![] }, 100).await.unwrap_err();
    assert!(error.message.contains("more than 100 rows"), "{error}");
    let (sender, mut receiver) = mpsc::channel(1);
    let first = async {
        let first = receiver.recv().await;
        drop(receiver);
        first
    };
    let (result, first) = tokio::join!(database.run(Statement { sql, parameters: vec![] }, sender), first);
    result.unwrap();
    assert_eq!(first.unwrap().get("n"), Some(&0.into()));

    // Readers and writers at once.
    let writes = (0..50).map(|_| changed(database, "INSERT INTO big VALUES (-1)", "null"));
    let reads = (0..50).map(|_| rows(database, "SELECT count(*) AS n FROM big WHERE n >= 0", "null"));
    let (writes, reads) =
        tokio::join!(futures_util::future::join_all(writes), futures_util::future::join_all(reads));
    assert!(writes.iter().all(|result| result == &Ok(1)));
    assert!(reads.iter().all(|result| result.as_deref().unwrap() == r#"[{"n":20000}]"#));
    assert_eq!(changed(database, "DELETE FROM big WHERE n < 0", "null").await, Ok(50));
}

/// What only PostgreSQL has.
async fn types_of_postgres(database: &Arc<dyn Database>) {
    for (sql, parameters, expected) in [
        ("SELECT 1.50::numeric AS v", "null", "1.5"),
        ("SELECT -0.00001234::numeric AS v", "null", "-0.00001234"),
        ("SELECT 12345678901234567890.12::numeric AS v", "null", r#""12345678901234567890.12""#),
        ("SELECT 100000000::numeric AS v", "null", "100000000"),
        ("SELECT avg(v) AS v FROM (VALUES (1), (2)) AS x(v)", "null", "1.5"),
        ("SELECT 0.1::real AS v", "null", "0.1"),
        ("SELECT 'epoch'::timestamptz AS v", "null", r#""1970-01-01T00:00:00.000Z""#),
        ("SELECT '2026-11-21'::date AS v", "null", r#""2026-11-21""#),
        ("SELECT '09:05:01.5'::time AS v", "null", r#""09:05:01.500000""#),
        ("SELECT $v::jsonb AS v", r#"{"v":{"a":[1,null]}}"#, r#"{"a":[1,null]}"#),
        ("SELECT $v::int[] AS v", r#"{"v":[1,2,null]}"#, "[1,2,null]"),
        ("SELECT $v::text[] AS v", r#"{"v":["a \"b\\","c,d"]}"#, r#"["a \"b\\","c,d"]"#),
        ("SELECT '{{1,2},{3,4}}'::int[] AS v", "null", "[[1,2],[3,4]]"),
        ("SELECT 3 = ANY($v::int[]) AS v", r#"{"v":[1,3]}"#, "true"),
        (
            "SELECT $v::uuid AS v",
            r#"{"v":"0B5A1C9E-0000-4000-8000-000000000001"}"#,
            r#""0b5a1c9e-0000-4000-8000-000000000001""#,
        ),
        ("SELECT $v::timestamptz AS v", r#"{"v":1000}"#, r#""1970-01-01T00:00:01.000Z""#),
        ("SELECT $v::bool AS v", r#"{"v":true}"#, "true"),
        ("SELECT $v::text AS v", r#"{"v":"12"}"#, r#""12""#),
    ] {
        assert_eq!(
            rows(database, sql, parameters).await.unwrap(),
            format!(r#"[{{"v":{expected}}}]"#),
            "{sql}"
        );
    }
    let error = rows(database, "SELECT $v::text AS v", r#"{"v":"a\u0000b"}"#).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Row);
    let error = rows(database, "SELECT '1 day'::interval AS v", "null").await.unwrap_err();
    assert!(error.message.contains("v::text"), "{error}");
}

/// The rows as JSON.
async fn rows(database: &Arc<dyn Database>, sql: &str, parameters: &str) -> Result<String, DatabaseError> {
    let template = Template::parse(sql, database.dialect()).unwrap();
    let parameters = template.bind(&serde_json::from_str(parameters).unwrap()).unwrap();
    let (rows, _) = fetch(&**database, Statement { sql: template.sql, parameters }, 1000).await?;
    Ok(serde_json::to_string(&Value::from(rows)).unwrap())
}

async fn changed(database: &Arc<dyn Database>, sql: &str, parameters: &str) -> Result<u64, String> {
    let template = Template::parse(sql, database.dialect()).unwrap();
    let parameters = template.bind(&serde_json::from_str(parameters).unwrap()).unwrap();
    let statement = Statement { sql: template.sql, parameters };
    fetch(&**database, statement, 1000).await.map(|(_, changed)| changed).map_err(|error| error.to_string())
}
