//! Many tabs at work at once: how long a message takes among all the others, and what a second processor brings.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::Setting;
use crate::flows;
use crate::http::{Connection, Request};
use crate::mqtt::load::{self, Way};
use crate::report::{Better, Row, Samples, figure};
use crate::runtime::{self, Runtime, Start};
use crate::statistics::{median, percentile};
use crate::udp::Ways;

const TABS: usize = 100;
const PER_SECOND_AND_TAB: usize = 100;
/// Over all tabs.
const RATE: f64 = (TABS * PER_SECOND_AND_TAB) as f64;
/// A busy tab passes this many times the messages of a chain, so that the work outweighs the request.
const BUSY_TIMES: usize = 10;
const ROUND_LIMIT: Duration = Duration::from_secs(120);

/// Each tab is fed over MQTT at a fixed rate; a latency counts from the moment at which its message was due. Beside it the
/// same load over the broker with no flow between, which is no part of the runtime and of every latency.
pub(crate) async fn run(name: &str, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let duration = Duration::from_secs_f64(setting.seconds);
    let rate = RATE;
    let (mut slow, mut middle, mut memory) = (Samples::default(), Samples::default(), Samples::default());
    for kind in setting.kinds() {
        let (_broker, broker) = runtime::mosquitto().await?;
        let flow = flows::fed_tabs(TABS, broker.port());
        let runtime =
            Runtime::start(&kind, &Start { flow: &flow, ready: "/flows", broker_port: None }).await?;
        let to = (0..TABS).map(|tab| format!("bench/in/{tab}")).collect();
        let way = Way { broker, to, from: "bench/out/#".to_owned(), qos: 0 };
        for round in 0..=setting.rounds {
            let mut latencies = load::fixed_rate(&way, rate, duration).await?;
            // The first round warms up.
            if round > 0 {
                slow.extend(&kind, percentile(&mut latencies, 99.0));
                middle.extend(&kind, percentile(&mut latencies, 50.0));
            }
        }
        memory.push(&kind, runtime.process.memory_megabytes()?);
    }
    let (_broker, broker) = runtime::mosquitto().await?;
    let to = (0..TABS).map(|tab| format!("bench/alone/{tab}")).collect();
    let way = Way { broker, to, from: "bench/alone/#".to_owned(), qos: 0 };
    let alone = spread(load::fixed_rate(&way, rate, duration).await?);
    let note = format!("mosquitto; 50th: {}; the broker alone: {alone}", middle.medians());
    Ok(vec![
        Row::new(&format!("{name} at {rate}/s"), "ms, 99th percentile", Better::Lower, slow)
            .memory(memory)
            .note(note),
    ])
}

/// The same over UDP, straight into the runtime and out of it.
pub(crate) async fn run_over_udp(name: &str, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let duration = Duration::from_secs_f64(setting.seconds);
    let (mut slow, mut middle, mut memory) = (Samples::default(), Samples::default(), Samples::default());
    for kind in setting.kinds() {
        let ways = Ways::free(TABS).await?;
        let flow = flows::tabs_over_udp(ways.ports(), ways.back()?);
        let runtime =
            Runtime::start(&kind, &Start { flow: &flow, ready: "/flows", broker_port: None }).await?;
        ways.ready().await?;
        for round in 0..=setting.rounds {
            let mut latencies = ways.fixed_rate(RATE, duration).await?;
            // The first round warms up.
            if round > 0 {
                slow.extend(&kind, percentile(&mut latencies, 99.0));
                middle.extend(&kind, percentile(&mut latencies, 50.0));
            }
        }
        memory.push(&kind, runtime.process.memory_megabytes()?);
    }
    let ways = Ways::free(TABS).await?;
    let _echo = ways.echo()?;
    ways.ready().await?;
    let alone = spread(ways.fixed_rate(RATE, duration).await?);
    let note = format!("no broker between; 50th: {}; a bare echo: {alone}", middle.medians());
    Ok(vec![
        Row::new(&format!("{name} at {RATE}/s"), "ms, 99th percentile", Better::Lower, slow)
            .memory(memory)
            .note(note),
    ])
}

/// Where latencies in milliseconds lie, for a note.
fn spread(mut latencies: Vec<f64>) -> String {
    let (middle, slow) = (percentile(&mut latencies, 50.0), percentile(&mut latencies, 99.0));
    format!("50th {}, 99th {}", figure(middle), figure(slow))
}

/// Two tabs that do the same, one at a time and both at once: how many times the messages of one both pass.
pub(crate) async fn run_two(name: &str, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let flow = flows::busy_tabs(2);
    let messages = setting.messages * BUSY_TIMES;
    let mut gains = Samples::default();
    for kind in setting.kinds() {
        let start = Start { flow: &flow, ready: "/bench0?n=10", broker_port: None };
        let runtime = Runtime::start(&kind, &start).await?;
        // Node-RED does one after the other: as many messages would take it long to no end.
        let messages = if matches!(kind, runtime::Kind::NodeRed(_)) { setting.messages } else { messages };
        let mut alone = Vec::new();
        for round in 0..=setting.rounds {
            let first = busy(&runtime, 0, messages).await?;
            let second = busy(&runtime, 1, messages).await?;
            let begin = Instant::now();
            tokio::try_join!(busy(&runtime, 0, messages), busy(&runtime, 1, messages))?;
            let both = begin.elapsed().as_secs_f64();
            if round > 0 {
                gains.push(&kind, (first + second) / both);
                alone.extend([first, second]);
            }
        }
        eprintln!("  {kind}: one alone {:.2} s", median(&alone).unwrap_or_default());
    }
    Ok(vec![Row::new(name, "times the messages of one", Better::Higher, gains)])
}

/// Seconds that a tab takes to pass its messages.
async fn busy(runtime: &Runtime, tab: usize, messages: usize) -> anyhow::Result<f64> {
    let mut connection = Connection::open(runtime.address).await?;
    let request = Request::get(&format!("/bench{tab}?n={messages}"));
    let begin = Instant::now();
    let response =
        connection.send_within(&request, ROUND_LIMIT).await.with_context(|| runtime.kind.to_string())?;
    if response.status != 200 {
        bail!("{} answered {}", runtime.kind, response.status);
    }
    Ok(begin.elapsed().as_secs_f64())
}
