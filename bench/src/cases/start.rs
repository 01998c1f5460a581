//! From the start of the process to the first answer of a flow, and what an idle one keeps in memory.

use std::time::Duration;

use super::Setting;
use crate::flows;
use crate::report::{Better, Row, Samples};
use crate::runtime::{Runtime, Start, free_port};

/// After this much quiet, memory counts as idle.
pub(super) const SETTLE: Duration = Duration::from_secs(2);

pub(crate) async fn run(name: &str, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let flow = flows::http_hello();
    let (mut starts, mut idle) = (Samples::default(), Samples::default());
    for _ in 0..setting.rounds {
        for kind in setting.kinds() {
            // With the embedded broker: it is part of what starts by default.
            let start = Start { flow: &flow, ready: "/hello", broker_port: Some(free_port()?) };
            let runtime = Runtime::start(&kind, &start).await?;
            starts.push(&kind, runtime.start_ms);
            tokio::time::sleep(SETTLE).await;
            idle.push(&kind, runtime.process.memory_megabytes()?);
        }
    }
    Ok(vec![
        Row::new(name, "ms to the first answer", Better::Lower, starts),
        Row::new("idle memory", "MB resident", Better::Lower, idle)
            .note("Wireloom with its embedded broker".to_owned()),
    ])
}
