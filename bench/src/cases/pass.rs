//! MQTT in, MQTT out: how many messages a second pass, and how long they take at a fixed rate.

use std::time::Duration;

use super::{Setting, in_turns};
use crate::flows::{self, Stage};
use crate::mqtt::load::{self, Way};
use crate::report::{Better, Row, Samples, figure};
use crate::runtime::{self, Kind, Process, Runtime, Start, free_port};
use crate::statistics::{median, percentile};

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
    let way = |broker| Way { broker, to: load::IN, from: load::OUT, qos };
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
    let (_alone, address) = runtime::mosquitto().await?;
    let alone = broker_alone(address, qos, window, setting).await?;
    rows.push(
        Row::new(name, "messages/s", Better::Higher, measured.rates)
            .memory(measured.memory)
            .note(format!("mosquitto; {alone}{}", measured.lost)),
    );
    rows.push(Row::new(&format!("{name}, processor"), "µs per message", Better::Lower, measured.processor));

    let (mut slow, mut middle) = (Samples::default(), Samples::default());
    for runtime in &runtimes {
        let Some(broker) = runtime.broker else { continue };
        let mut latencies = load::fixed_rate(way(broker), FIXED_RATE_PER_SECOND, duration).await?;
        slow.extend(&runtime.kind, percentile(&mut latencies, 99.0));
        middle.extend(&runtime.kind, percentile(&mut latencies, 50.0));
    }
    rows.push(
        Row::new(&format!("{name} at {FIXED_RATE_PER_SECOND}/s"), "ms, 99th percentile", Better::Lower, slow)
            .note(format!("mosquitto; 50th: {}", middle.medians())),
    );
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
            None => String::new(),
        };
        rows.push(
            Row::new(&format!("{name}, embedded broker"), "messages/s", Better::Higher, measured.rates)
                .memory(measured.memory)
                .note(format!("{alone}{}", measured.lost)),
        );
    }
    Ok(rows)
}

struct Measured {
    rates: Samples,
    /// Of the runtime alone, in microseconds for each message.
    processor: Samples,
    memory: Samples,
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
    let lost = std::cell::Cell::new(0);
    let processor = std::cell::RefCell::new(Samples::default());
    let rates = in_turns(runtimes, setting.rounds, async |runtime| {
        let Some(broker) = runtime.broker else { anyhow::bail!("{} has no broker", runtime.kind) };
        let before = runtime.process.processor_seconds()?;
        let throughput = load::closed_loop(way(broker), window, duration).await?;
        let spent = runtime.process.processor_seconds()? - before;
        processor.borrow_mut().push(&runtime.kind, spent * 1e6 / throughput.received.max(1) as f64);
        lost.set(lost.get() + throughput.lost);
        Ok(throughput.per_second)
    })
    .await?;
    let lost = if lost.get() > 0 { format!("; lost {}", lost.get()) } else { String::new() };
    Ok(Measured { rates, processor: processor.into_inner(), memory: super::memory(runtimes)?, lost })
}

/// What the broker carries: from publisher to subscriber with nothing between, and with a bare relay between, for
/// which it carries every message twice, as for a flow.
async fn broker_alone(
    broker: std::net::SocketAddr,
    qos: u8,
    window: usize,
    setting: &Setting,
) -> anyhow::Result<String> {
    let duration = Duration::from_secs_f64(setting.seconds);
    let mut medians = Vec::new();
    let mut relay = None;
    for (to, from) in [("bench/alone", "bench/alone"), (load::IN, load::OUT)] {
        if to == load::IN {
            relay = Some(runtime::relay(broker, qos)?);
        }
        let mut rates = Vec::new();
        for _ in 0..setting.rounds {
            let way = Way { broker, to, from, qos };
            rates.push(load::closed_loop(way, window, duration).await?.per_second);
        }
        medians.push(figure(median(&rates)));
    }
    drop(relay);
    Ok(format!("the broker alone: {}; with a bare relay: {}", medians[0], medians[1]))
}

async fn broker_alone_embedded(
    kind: &Kind,
    qos: u8,
    window: usize,
    setting: &Setting,
) -> anyhow::Result<String> {
    let port = free_port()?;
    let flow = flows::http_hello();
    let runtime =
        Runtime::start(kind, &Start { flow: &flow, ready: "/flows", broker_port: Some(port) }).await?;
    match runtime.broker {
        Some(broker) => broker_alone(broker, qos, window, setting).await,
        None => Ok(String::new()),
    }
}
