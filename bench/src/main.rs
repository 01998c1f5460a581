//! Runs Wireloom and Node-RED side by side on the same flows and prints one table.
//!
//! Both run at the same time and are measured in turns, so that whatever else the machine does falls on both.
//! Take the ratios; the figures themselves are those of the machine.

mod cases;
mod chart;
mod flows;
mod growth;
mod http;
mod mqtt;
mod musts;
mod paced;
mod reference;
mod report;
mod runtime;
mod statistics;
mod udp;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;

use crate::cases::Setting;
use crate::report::Report;

/// Compares Wireloom with Node-RED.
#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Args {
    /// The release binary of Wireloom; without it only the others are measured
    #[arg(long)]
    wireloom: Option<PathBuf>,
    /// A folder in which npm has installed node-red and node; without it only the others are measured
    #[arg(long)]
    node_red: Option<PathBuf>,
    /// Only the benchmarks whose name begins with one of these, such as chain,http-hello
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// How often each is measured; the median is shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Messages per round of a chain
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Seconds per round of HTTP and MQTT load
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// The folder that takes the results as JSON
    #[arg(long, default_value = "target/bench")]
    results: PathBuf,
    /// Measures how the figures of Wireloom grow with nodes, tabs, payloads and waiting messages instead
    #[arg(long)]
    growth: bool,
    /// Also draws the ratios to Node-RED, or how figures grow, as SVG into this file
    #[arg(long)]
    chart: Option<PathBuf>,
    /// Prints the names of the benchmarks and stops
    #[arg(long)]
    list: bool,
    /// Serves the bare axum handler on this port: the reference that http-hello starts for itself
    #[arg(long, hide = true)]
    serve_reference: Option<u16>,
    /// Relays messages over the broker on this port: the reference that the flows over MQTT start for themselves
    #[arg(long, hide = true)]
    serve_relay: Option<u16>,
    /// The relay's quality of service
    #[arg(long, hide = true, default_value_t = 0)]
    relay_qos: u8,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    if let Some(port) = args.serve_reference {
        return reference::serve(port);
    }
    if let Some(port) = args.serve_relay {
        return mqtt::relay::serve(port, args.relay_qos);
    }
    if args.list {
        for name in cases::names() {
            println!("{name}");
        }
        return Ok(());
    }
    if args.wireloom.is_none() && args.node_red.is_none() {
        bail!("nothing to measure: name a binary with --wireloom or a folder with --node-red");
    }
    let setting = Setting {
        wireloom: args.wireloom,
        node_red: args.node_red,
        rounds: args.rounds.max(1),
        messages: args.messages.max(10),
        seconds: args.seconds.max(0.2),
    };
    // One thread makes the load: what is measured should have the other cores.
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if args.growth {
        let (tables, chart) = tokio.block_on(growth::run(&setting))?;
        if let Some(path) = &args.chart {
            std::fs::write(path, chart).with_context(|| format!("drawing {}", path.display()))?;
        }
        println!("{tables}");
        return Ok(());
    }
    let mut report = Report::new(&setting);
    for case in cases::select(&args.only)? {
        eprintln!("{} ...", case.name);
        match tokio.block_on(case.run(&setting)) {
            Ok(rows) => report.add(rows),
            Err(error) => report.fail(&case.name, &error),
        }
        // Written after each: a run that is broken off keeps what it has.
        report
            .write(&args.results)
            .with_context(|| format!("writing the results to {}", args.results.display()))?;
    }
    if let Some(path) = &args.chart
        && let Some(svg) = report.chart()
    {
        std::fs::write(path, svg).with_context(|| format!("drawing {}", path.display()))?;
    }
    println!("{}", report.table());
    if report.failed() {
        bail!("some benchmarks failed: see the table");
    }
    Ok(())
}
