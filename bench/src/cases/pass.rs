//! MQTT in, MQTT out: how many messages a second pass, and how long they take at a fixed rate.

use std::time::Duration;

use super::{Setting, in_turns, latency_row, processor_row, with_processor};
use crate::flows::{self, Stage};
use crate::mqtt::load::{self, Way};
use crate::report::{Better, Row, Samples, figure};
use crate::runtime::{self, Kind, Process, Runtime, Start, free_port};
use crate::statistics::{Spread, median};

/// A rate that every runtime keeps up with.
const FIXED_RATE_PER_SECOND: f64 = 1000.0;

pub(crate) async fn run(
    name: &str,
    stages: &[Stage],
    qos: u8,
    window: usize,
    setting: &Setting,
) -> anyhow::Result<Vec<Row>> {
    let duration = Duration::from_secs_f64(setting.seconds);
    let way = |broker| Way::new(broker, load::IN, load::OUT, qos);
    let mut rows = Vec::new();

    // A broker for each, or both flows would get every message.
    let mut brokers: Vec<Process> = Vec::new();
    let mut runtimes = Vec::new();
    for kind in setting.kinds() {
        let (broker, address) = runtime::mosquitto().await?;
        brokers.push(broker);
        let flow = flows::mqtt(stages, qos, address.port());
        let mut runtime =
            Runtime::start(&kind, &Start { flow: &flow, ready: "/flows", broker_port: None }).await?;
        runtime.broker = Some(address);
        runtimes.push(runtime);
    }
    let measured = measure(&runtimes, way, window, setting).await?;
    let with_mosquitto = measured.rates.clone();
    let (_alone, address) = runtime::mosquitto().await?;
    let alone = broker_alone(address, qos, window, setting).await?;
    rows.push(
        Row::new(name, "messages/s", Better::Higher, measured.rates)
            .memory(measured.memory)
            .reference(&alone.relayed)
            .note(format!("mosquitto; {alone}{}", measured.lost)),
    );
    rows.push(processor_row(name, measured.processor));

    let mut latencies = Vec::new();
    for runtime in &runtimes {
        let Some(broker) = runtime.broker else { continue };
        let of_one = load::fixed_rate(&way(broker), FIXED_RATE_PER_SECOND, duration).await?;
        latencies.push((runtime.kind.clone(), Spread::of(of_one)));
    }
    rows.push(latency_row(name, FIXED_RATE_PER_SECOND, &latencies, |middle| format!("mosquitto; {middle}")));
    drop(runtimes);

    if let Some(binary) = &setting.wireloom {
        let port = free_port()?;
        let flow = flows::mqtt(stages, qos, port);
        let kind = Kind::Wireloom(binary.clone());
        let runtime =
            Runtime::start(&kind, &Start { flow: &flow, ready: "/flows", broker_port: Some(port) }).await?;
        let embedded = runtime.broker;
        let measured = measure(&[runtime], way, window, setting).await?;
        let alone = match embedded {
            Some(_) => broker_alone_embedded(&kind, qos, window, setting).await?,
            None => Alone::default(),
        };
        rows.push(
            Row::new(
                &format!("{name}, embedded broker"),
                "messages/s",
                Better::Higher,
                measured.rates.beside_node_red_of(&with_mosquitto),
            )
            .memory(measured.memory)
            .reference(&alone.relayed)
            .note(format!("Node-RED with mosquitto; {alone}{}", measured.lost)),
        );
    }
    Ok(rows)
}

struct Measured {
    rates: Samples,
    memory: Samples,
    processor: Samples,
    /// Empty, or a remark on lost messages.
    lost: String,
}

async fn measure(
    runtimes: &[Runtime],
    way: impl Fn(std::net::SocketAddr) -> Way,
    window: usize,
    setting: &Setting,
) -> anyhow::Result<Measured> {
    let duration = Duration::from_secs_f64(setting.seconds);
    let rounds = in_turns(runtimes, setting.rounds, async |runtime| {
        let Some(broker) = runtime.broker else { anyhow::bail!("{} has no broker", runtime.kind) };
        let load = async {
            let brought = load::closed_loop(&way(broker), window, duration).await?;
            Ok((brought.received as f64, brought))
        };
        with_processor(runtime, load).await
    })
    .await?;
    let lost: u64 = rounds.iter().map(|(_, (_, brought))| brought.lost).sum();
    Ok(Measured {
        rates: Samples::of(&rounds, |(_, brought)| Some(brought.per_second)),
        memory: super::memory(runtimes)?,
        processor: Samples::of(&rounds, |(processor, _)| *processor),
        lost: if lost > 0 { format!("; lost {lost}") } else { String::new() },
    })
}

/// What a broker carries with no flow between, in messages per second.
#[derive(Default)]
struct Alone {
    /// From publisher to subscriber.
    direct: Vec<f64>,
    /// With a bare relay between, for which it carries every message twice, as for a flow.
    relayed: Vec<f64>,
}

impl std::fmt::Display for Alone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (direct, relayed) = (figure(median(&self.direct)), figure(median(&self.relayed)));
        write!(f, "the broker alone: {direct}; with a bare relay: {relayed}")
    }
}

async fn broker_alone(
    broker: std::net::SocketAddr,
    qos: u8,
    window: usize,
    setting: &Setting,
) -> anyhow::Result<Alone> {
    let direct = rates(&Way::new(broker, "bench/alone", "bench/alone", qos), window, setting).await?;
    let _relay = runtime::relay(broker, qos)?;
    let relayed = rates(&Way::new(broker, load::IN, load::OUT, qos), window, setting).await?;
    Ok(Alone { direct, relayed })
}

async fn rates(way: &Way, window: usize, setting: &Setting) -> anyhow::Result<Vec<f64>> {
    let mut rates = Vec::new();
    for _ in 0..setting.rounds {
        let brought = load::closed_loop(way, window, Duration::from_secs_f64(setting.seconds)).await?;
        rates.push(brought.per_second);
    }
    Ok(rates)
}

async fn broker_alone_embedded(
    kind: &Kind,
    qos: u8,
    window: usize,
    setting: &Setting,
) -> anyhow::Result<Alone> {
    let port = free_port()?;
    let flow = flows::http_hello();
    let runtime =
        Runtime::start(kind, &Start { flow: &flow, ready: "/flows", broker_port: Some(port) }).await?;
    match runtime.broker {
        Some(broker) => broker_alone(broker, qos, window, setting).await,
        None => Ok(Alone::default()),
    }
}
