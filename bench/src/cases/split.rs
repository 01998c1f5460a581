//! A split of a million elements: what it takes of memory above what an idle runtime has.

use std::time::Duration;

use anyhow::bail;

use super::Setting;
use crate::flows;
use crate::http::{Connection, Request};
use crate::report::{Better, Row, Samples};
use crate::runtime::{Runtime, Start};

const ELEMENTS: usize = 1_000_000;
/// How long each runtime may take.
const LIMIT: Duration = Duration::from_secs(120);

pub(crate) async fn run(name: &str, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let flow = flows::split_text(ELEMENTS);
    let body = "x\n".repeat(ELEMENTS - 1) + "x";
    let request = Request::new("POST", "/bench", "Content-Type: text/plain\r\n", body.as_bytes());
    let (mut above, mut times, mut notes) = (Samples::default(), Samples::default(), String::new());
    for kind in setting.kinds() {
        let start = Start { flow: &flow, ready: "/hello", broker_port: None };
        let runtime = Runtime::start(&kind, &start).await?;
        let idle = runtime.process.memory_megabytes()?;
        let begin = std::time::Instant::now();
        match split(&runtime, &request).await {
            Ok(()) => times.push(&kind, begin.elapsed().as_secs_f64() * 1e6 / ELEMENTS as f64),
            // Out of memory, as a rule: what it took until then still shows, if it is there to be asked.
            Err(error) => notes = format!("{kind} did not answer: {error:#}"),
        }
        if let Ok(peak) = runtime.process.peak_megabytes() {
            above.push(&kind, peak - idle);
        }
    }
    Ok(vec![
        Row::new(name, "MB above idle, at most", Better::Lower, above).note(notes),
        Row::new(&format!("{name}, time"), "µs per element", Better::Lower, times),
    ])
}

async fn split(runtime: &Runtime, request: &Request) -> anyhow::Result<()> {
    let mut connection = Connection::open(runtime.address).await?;
    let response = connection.send_within(request, LIMIT).await?;
    if response.status != 200 {
        bail!("answered {}", response.status);
    }
    Ok(())
}
