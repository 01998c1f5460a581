//! Many tabs at work at once: how long a message takes among all the others, and what a second processor brings.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::{Setting, in_turns, memory};
use crate::flows;
use crate::flows::Stage::{self, Around, FromBase64, FromJson, Line, Speed, Zone};
use crate::http::{Connection, Request};
use crate::mqtt::load::{self, Way};
use crate::paced::{self, Form};
use crate::report::{Better, Row, Samples, figure};
use crate::runtime::{self, Kind, Runtime, Start};
use crate::statistics::{median, percentile};
use crate::udp::Ways;

const TABS: usize = 100;
const PER_SECOND_AND_TAB: usize = 100;
/// Over all tabs.
const RATE: f64 = (TABS * PER_SECOND_AND_TAB) as f64;
/// A busy tab passes this many times the messages of a chain, so that the work outweighs the request.
const BUSY_TIMES: usize = 10;
const ROUND_LIMIT: Duration = Duration::from_secs(120);

/// What a tab does with the messages that it is fed over MQTT, before it publishes them again.
#[derive(Clone, Copy)]
pub(crate) enum Tab {
    /// What is done with readings of devices: decodes them, drops those from elsewhere, converts a unit, adds a property and
    /// writes them anew. With its ends it has ten nodes, as the chains do.
    Tracking,
    /// Sets the topic and nothing else: most of a latency is the broker's, which each message passes twice.
    Relay,
}

impl Tab {
    fn stages(self) -> &'static [Stage] {
        match self {
            Self::Tracking => &[
                FromBase64,
                FromJson,
                Around("lat", paced::LATITUDE),
                Around("lon", paced::LONGITUDE),
                Speed,
                Zone,
                Line,
            ],
            Self::Relay => &[],
        }
    }

    fn form(self) -> Form {
        match self {
            Self::Tracking => Form::Reading,
            Self::Relay => Form::Filled,
        }
    }
}

/// Each tab is fed over MQTT at a fixed rate; a latency counts from the moment at which its message was due. Beside it the
/// same load over the broker with no flow between, which is no part of the runtime and of every latency.
pub(crate) async fn run(name: &str, tab: Tab, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let duration = Duration::from_secs_f64(setting.seconds);
    let (_broker, broker) = runtime::mosquitto().await?;
    let way = |to: &str, from: &str, form| Way {
        broker,
        to: (0..TABS).map(|tab| format!("{to}/{tab}")).collect(),
        from: format!("{from}/#"),
        qos: 0,
        form,
    };
    let mut runtimes = Vec::new();
    for kind in setting.kinds() {
        let flow = flows::fed_tabs(TABS, tab.stages(), broker.port(), &kind.to_string());
        runtimes
            .push(Runtime::start(&kind, &Start { flow: &flow, ready: "/flows", broker_port: None }).await?);
    }
    let (middle, alone) = (RefCell::new(Samples::default()), RefCell::new(Vec::new()));
    let slow = in_turns(&runtimes, setting.rounds, async |runtime| {
        let [to, from] = flows::fed_topics(&runtime.kind.to_string());
        let mut latencies = load::fixed_rate(&way(&to, &from, tab.form()), RATE, duration).await?;
        middle.borrow_mut().extend(&runtime.kind, percentile(&mut latencies, 50.0));
        let slow = percentile(&mut latencies, 99.0).context("no message came back")?;
        if matches!(runtime.kind, Kind::Wireloom(_)) {
            // Right after it: how fast the machine is changes within a run.
            let way = way("bench/alone", "bench/alone", Form::Filled);
            alone.borrow_mut().extend(load::fixed_rate(&way, RATE, duration).await?);
        }
        Ok(slow)
    })
    .await?;
    let (middle, alone) = (middle.into_inner().medians(), spread(alone.into_inner()));
    Ok(vec![
        Row::new(&format!("{name} at {RATE}/s"), "ms, 99th percentile", Better::Lower, slow)
            .memory(memory(&runtimes)?)
            .note(format!("mosquitto; 50th: {middle}; the broker alone: {alone}")),
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
        let messages = if matches!(kind, Kind::NodeRed(_)) { setting.messages } else { messages };
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
