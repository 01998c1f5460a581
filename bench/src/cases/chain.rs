//! What a message costs on its way through a chain of nodes.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

use super::{Setting, in_turns, memory};
use crate::http::{Connection, Request};
use crate::report::{Better, Row, Samples};

/// How long one round may take.
const ROUND_LIMIT: Duration = Duration::from_secs(120);

pub(crate) async fn run(name: &str, flow: &Value, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let runtimes = setting.start(flow, "/bench?n=10").await?;
    let request = Request::get(&format!("/bench?n={}", setting.messages));
    let rounds = in_turns(&runtimes, setting.rounds, async |runtime| {
        let mut connection = Connection::open(runtime.address).await?;
        let begin = Instant::now();
        let response =
            connection.send_within(&request, ROUND_LIMIT).await.with_context(|| runtime.kind.to_string())?;
        let elapsed = begin.elapsed();
        if response.status != 200 || !response.body.windows(4).any(|window| window == b"done") {
            bail!(
                "{} answered {}: {}",
                runtime.kind,
                response.status,
                String::from_utf8_lossy(&response.body)
            );
        }
        Ok(elapsed.as_secs_f64() * 1e6 / setting.messages as f64)
    })
    .await?;
    let samples = Samples::of(&rounds, |micros| Some(*micros));
    Ok(vec![Row::new(name, "µs per message", Better::Lower, samples).memory(memory(&runtimes)?)])
}
