//! The benchmarks: what each starts, measures and reports.

mod chain;
mod hello;
mod many;
mod pass;
mod split;
mod start;
mod tabs;

use std::path::PathBuf;

use anyhow::bail;
use serde_json::Value;

use crate::flows::{self, Stage};
use crate::report::{Better, Row, Samples};
use crate::runtime::{Kind, Runtime, Start};
use crate::statistics::Spread;
pub(crate) use tabs::Tab;

/// What is measured, and how long.
pub(crate) struct Setting {
    pub(crate) wireloom: Option<PathBuf>,
    pub(crate) node_red: Option<PathBuf>,
    pub(crate) rounds: usize,
    pub(crate) messages: usize,
    pub(crate) seconds: f64,
}

impl Setting {
    /// The runtimes that there are to measure.
    fn kinds(&self) -> Vec<Kind> {
        let node_red = self.node_red.clone().map(Kind::NodeRed);
        let wireloom = self.wireloom.clone().map(Kind::Wireloom);
        node_red.into_iter().chain(wireloom).collect()
    }

    /// Starts every runtime on the same flow.
    async fn start(&self, flow: &Value, ready: &str) -> anyhow::Result<Vec<Runtime>> {
        let mut runtimes = Vec::new();
        for kind in self.kinds() {
            runtimes.push(Runtime::start(&kind, &Start { flow, ready, broker_port: None }).await?);
        }
        Ok(runtimes)
    }
}

/// One benchmark.
pub(crate) struct Case {
    pub(crate) name: String,
    work: Work,
}

enum Work {
    Chain(Value),
    Hello,
    Mqtt { stages: Vec<Stage>, qos: u8, window: usize },
    Start,
    Many,
    Split,
    Tabs(Tab),
    TabsOverUdp,
    TwoTabs,
}

impl Case {
    /// Starts what is needed, measures, stops it all.
    pub(crate) async fn run(&self, setting: &Setting) -> anyhow::Result<Vec<Row>> {
        match &self.work {
            Work::Chain(flow) => chain::run(&self.name, flow, setting).await,
            Work::Hello => hello::run(&self.name, setting).await,
            Work::Mqtt { stages, qos, window } => pass::run(&self.name, stages, *qos, *window, setting).await,
            Work::Start => start::run(&self.name, setting).await,
            Work::Many => many::run(&self.name, setting).await,
            Work::Split => split::run(&self.name, setting).await,
            Work::Tabs(tab) => tabs::run(&self.name, *tab, setting).await,
            Work::TabsOverUdp => tabs::run_over_udp(&self.name, setting).await,
            Work::TwoTabs => tabs::run_two(&self.name, setting).await,
        }
    }
}

/// The names of all benchmarks, in their order.
pub(crate) fn names() -> Vec<String> {
    all().into_iter().map(|case| case.name).collect()
}

/// Those whose name begins with one of `prefixes`; all of them for none.
pub(crate) fn select(prefixes: &[String]) -> anyhow::Result<Vec<Case>> {
    if let Some(unknown) =
        prefixes.iter().find(|prefix| !names().iter().any(|name| name.starts_with(*prefix)))
    {
        bail!("no benchmark's name begins with {unknown}; there are {}", names().join(", "));
    }
    let wanted =
        |case: &Case| prefixes.is_empty() || prefixes.iter().any(|prefix| case.name.starts_with(prefix));
    Ok(all().into_iter().filter(wanted).collect())
}

fn all() -> Vec<Case> {
    use Stage::{Change, FromBase64, Function, Junction, Range, Switch, Template, ToBase64};
    let case = |name: &str, work| Case { name: name.to_owned(), work };
    let chain = |name: &str, stages: &[Stage]| case(name, Work::Chain(flows::chain(stages)));
    let mqtt = |name: &str, stages: &[Stage], qos, window| {
        case(name, Work::Mqtt { stages: stages.to_vec(), qos, window })
    };
    vec![
        case("start", Work::Start),
        chain("chain0", &[]),
        chain("chain-junction10", &[Junction; 10]),
        chain("chain-change10", &[Change; 10]),
        chain("chain-switch10", &[Switch; 10]),
        chain("chain-range10", &[Range; 10]),
        chain("chain-template10", &[Template; 10]),
        chain(
            "chain-mixed10",
            &[Change, Switch, Template, Range, Switch, Change, Switch, Template, Change, Switch],
        ),
        chain("chain-function1", &[Function]),
        chain("chain-function5", &[Function; 5]),
        case("fanout10", Work::Chain(flows::fanout(10))),
        case("split-million", Work::Split),
        case("http-hello", Work::Hello),
        mqtt("mqtt-direct", &[], 0, 500),
        mqtt("mqtt-base64", &[ToBase64, FromBase64], 0, 500),
        mqtt("mqtt-qos1", &[], 1, 100),
        case("tabs-100", Work::Tabs(Tab::Tracking)),
        case("tabs-100-relay", Work::Tabs(Tab::Relay)),
        case("tabs-100-udp", Work::TabsOverUdp),
        case("two-tabs", Work::TwoTabs),
        case("many-100x100", Work::Many),
    ]
}

/// Measures the runtimes in turns, `rounds` times, each time in the other order: what each of those rounds brought. A round
/// before them warms up.
async fn in_turns<T>(
    runtimes: &[Runtime],
    rounds: usize,
    measure: impl AsyncFn(&Runtime) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<(Kind, T)>> {
    let mut brought = Vec::new();
    for round in 0..=rounds {
        let mut order: Vec<&Runtime> = runtimes.iter().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for runtime in order {
            let measured = measure(runtime).await?;
            if round > 0 {
                brought.push((runtime.kind.clone(), measured));
            }
        }
    }
    Ok(brought)
}

/// Runs `load`, which gives how many messages there were, and its own result. With it the processor time that the runtime took
/// for a message meanwhile, in microseconds; none where there was no message.
async fn with_processor<T>(
    runtime: &Runtime,
    load: impl Future<Output = anyhow::Result<(f64, T)>>,
) -> anyhow::Result<(Option<f64>, T)> {
    let before = runtime.process.processor_micros()?;
    let (messages, result) = load.await?;
    let taken = runtime.process.processor_micros()? - before;
    Ok(((messages > 0.0).then(|| taken / messages), result))
}

/// The processor time of a row.
fn processor_row(name: &str, processor: Samples) -> Row {
    let name = format!("{name}, processor");
    Row::new(&name, "µs of processor time per message", Better::Lower, processor)
}

/// Latencies at a fixed rate, in milliseconds. `note` is told where their middle lies.
fn latency_row(
    name: &str,
    per_second: f64,
    latencies: &[(Kind, Spread)],
    note: impl FnOnce(String) -> String,
) -> Row {
    let slow = Samples::of(latencies, |spread| spread.slow);
    let middle = Samples::of(latencies, |spread| spread.middle).medians();
    Row::new(&format!("{name} at {per_second}/s"), "ms, 99th percentile", Better::Lower, slow)
        .note(note(format!("50th: {middle}")))
}

/// The resident memory of each, now.
fn memory(runtimes: &[Runtime]) -> anyhow::Result<Samples> {
    let mut samples = Samples::default();
    for runtime in runtimes {
        samples.push(&runtime.kind, runtime.process.memory_megabytes()?);
    }
    Ok(samples)
}
