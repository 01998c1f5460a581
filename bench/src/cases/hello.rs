//! A small HTTP answer, made by a change node between http in and http response: how many a second, and how long they take at a fixed rate.

use std::time::Duration;

use super::{Setting, in_turns, latency_row, memory, processor_row, with_processor};
use crate::flows;
use crate::http::load;
use crate::report::{Better, Row, Samples, figure};
use crate::runtime::{self, Kind};
use crate::statistics::{Spread, median};

const CONNECTIONS: usize = 32;
/// A rate that every runtime keeps up with: above that, only queues are measured.
const FIXED_RATE_PER_SECOND: f64 = 1000.0;

struct Round {
    rate: f64,
    processor: Option<f64>,
    /// What the bare handler brought beside it.
    bare: Option<f64>,
}

pub(crate) async fn run(name: &str, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let runtimes = setting.start(&flows::http_hello(), "/hello").await?;
    let duration = Duration::from_secs_f64(setting.seconds);
    let (_reference, address) = runtime::reference().await?;
    let rounds = in_turns(&runtimes, setting.rounds, async |runtime| {
        let load = async {
            let brought = load::closed_loop(runtime.address, "/hello", CONNECTIONS, duration).await?;
            Ok((brought.answered as f64, brought.per_second))
        };
        let (processor, rate) = with_processor(runtime, load).await?;
        let mut bare = None;
        if matches!(runtime.kind, Kind::Wireloom(_)) {
            // Right after it: how fast the machine is changes within a run.
            bare = Some(load::closed_loop(address, "/hello", CONNECTIONS, duration).await?.per_second);
        }
        Ok(Round { rate, processor, bare })
    })
    .await?;
    let memory = memory(&runtimes)?;
    let rates = Samples::of(&rounds, |round| Some(round.rate));
    let processor = Samples::of(&rounds, |round| round.processor);
    let bare: Vec<f64> = rounds.iter().filter_map(|(_, round)| round.bare).collect();

    let mut latencies = Vec::new();
    for runtime in &runtimes {
        let of_one =
            load::fixed_rate(runtime.address, "/hello", CONNECTIONS, FIXED_RATE_PER_SECOND, duration).await?;
        latencies.push((runtime.kind.clone(), Spread::of(of_one)));
    }
    Ok(vec![
        Row::new(name, "requests/s", Better::Higher, rates)
            .memory(memory)
            .reference(&bare)
            .note(format!("a bare axum handler: {}", figure(median(&bare)))),
        processor_row(name, processor),
        latency_row(name, FIXED_RATE_PER_SECOND, &latencies, |middle| middle),
    ])
}
