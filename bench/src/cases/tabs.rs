//! Many tabs at work at once: how long a message takes among all the others, and what a second processor brings.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::{Setting, in_turns, latency_row, memory, processor_row, with_processor};
use crate::flows;
use crate::flows::Stage::{self, FromBase64, FromJson, Line, Near, Speed, Zone};
use crate::http::{Connection, Request};
use crate::mqtt::load::{self, Way};
use crate::paced::{self, Form};
use crate::report::{Better, Row, Samples, figure};
use crate::runtime::{self, Kind, Runtime, Start};
use crate::statistics::{Spread, median};
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
    /// What is done with readings of devices: decodes them, looks where they come from, converts a unit, adds a property and
    /// writes them anew. Ten nodes with its ends.
    Tracking,
    /// Sets the topic and nothing else: most of a latency is the broker's, which each message passes twice.
    Relay,
}

impl Tab {
    pub(crate) fn stages(self) -> &'static [Stage] {
        match self {
            Self::Tracking => &[
                FromBase64,
                FromJson,
                Near("lat", paced::LATITUDE),
                Near("lon", paced::LONGITUDE),
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

/// Each tab is fed over MQTT at a fixed rate; a latency counts from the moment at which its message was due. Beside it as many
/// messages of about that size once over the broker, with no flow between: part of every latency, and not the runtime's.
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
    let load = async |runtime: &Runtime| {
        let [to, from] = flows::fed_topics(&runtime.kind.to_string());
        load::fixed_rate(&way(&to, &from, tab.form()), RATE, duration).await
    };
    let alone = way("bench/alone", "bench/alone", Form::Filled);
    let alone = async || load::fixed_rate(&alone, RATE, duration).await;
    let turns = turns(&runtimes, setting, load, alone).await?;
    Ok(rows(name, &turns, memory(&runtimes)?, ["mosquitto", "the broker alone"]))
}

/// The same over UDP, straight into the runtime and out of it, through one change node.
pub(crate) async fn run_over_udp(name: &str, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let duration = Duration::from_secs_f64(setting.seconds);
    let (mut runtimes, mut ways) = (Vec::new(), Vec::new());
    for kind in setting.kinds() {
        let way = Ways::free(TABS).await?;
        let flow = flows::tabs_over_udp(way.ports(), way.back()?);
        runtimes
            .push(Runtime::start(&kind, &Start { flow: &flow, ready: "/flows", broker_port: None }).await?);
        way.ready().await?;
        ways.push((kind, way));
    }
    let load = async |runtime: &Runtime| {
        let way = ways.iter().find(|(kind, _)| *kind == runtime.kind);
        let (_, way) = way.with_context(|| runtime.kind.to_string())?;
        way.fixed_rate(RATE, duration).await
    };
    let alone = Ways::free(TABS).await?;
    let _echo = alone.echo()?;
    alone.ready().await?;
    let turns = turns(&runtimes, setting, load, async || alone.fixed_rate(RATE, duration).await).await?;
    Ok(rows(name, &turns, memory(&runtimes)?, ["no broker between", "a bare echo"]))
}

/// What a runtime's turn brought.
struct Turn {
    latencies: Spread,
    processor: Option<f64>,
    /// The same load with no runtime between, right after it: how fast the machine is changes within a run.
    alone: Spread,
}

async fn turns(
    runtimes: &[Runtime],
    setting: &Setting,
    load: impl AsyncFn(&Runtime) -> anyhow::Result<Vec<f64>>,
    alone: impl AsyncFn() -> anyhow::Result<Vec<f64>>,
) -> anyhow::Result<Vec<(Kind, Turn)>> {
    in_turns(runtimes, setting.rounds, async |runtime| {
        let load = async {
            let latencies = load(runtime).await?;
            Ok((latencies.len() as f64, Spread::of(latencies)))
        };
        let (processor, latencies) = with_processor(runtime, load).await?;
        Ok(Turn { latencies, processor, alone: Spread::of(alone().await?) })
    })
    .await
}

/// What the turns brought: `way` is what lies between load and runtime, `alone` what that was measured as by itself.
fn rows(name: &str, turns: &[(Kind, Turn)], memory: Samples, [way, alone]: [&str; 2]) -> Vec<Row> {
    let of_alone = |figure_of: fn(&Spread) -> Option<f64>| {
        let figures: Vec<f64> = turns.iter().filter_map(|(_, turn)| figure_of(&turn.alone)).collect();
        figure(median(&figures))
    };
    let (middle_alone, slow_alone) = (of_alone(|spread| spread.middle), of_alone(|spread| spread.slow));
    let latencies: Vec<_> = turns.iter().map(|(kind, turn)| (kind.clone(), turn.latencies)).collect();
    let note = |middle| format!("{way}; {middle}; {alone}: 50th {middle_alone}, 99th {slow_alone}");
    vec![
        latency_row(name, RATE, &latencies, note).memory(memory),
        processor_row(name, Samples::of(turns, |turn| turn.processor)),
    ]
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
