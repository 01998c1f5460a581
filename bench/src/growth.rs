//! How figures grow: with nodes in a chain, tabs, the size of payloads, messages that wait. What grows faster than
//! what it is asked for shows as a figure per message that does not stay the same.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::cases::Setting;
use crate::flows;
use crate::http::{Connection, Request};
use crate::report::figure;
use crate::runtime::{Kind, Runtime, Start};
use crate::statistics::median;

mod chart;

use chart::Curve;

/// Hops of a round through a chain, however long that is.
const HOPS: usize = 1_000_000;
/// Bytes of a round of payloads, however large each is.
const BYTES: usize = 64 << 20;
const ROUND_LIMIT: Duration = Duration::from_secs(120);

/// A table, and the figure in it that shows whether something grows too fast.
type Growth = (String, Curve);

/// A table of its own for each, and an SVG with a curve for each.
pub(crate) async fn run(setting: &Setting) -> anyhow::Result<(String, String)> {
    let kind =
        setting.wireloom.clone().map(Kind::Wireloom).context("growth is measured of Wireloom alone")?;
    let all = [
        chains(&kind, setting).await?,
        tabs(&kind, setting).await?,
        payloads(&kind, setting).await?,
        waiting(&kind, setting).await?,
    ];
    let (tables, curves): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    Ok((tables.concat(), chart::svg(&curves)))
}

async fn chains(kind: &Kind, setting: &Setting) -> anyhow::Result<Growth> {
    let mut points = Vec::new();
    let mut rows = vec![
        ["change nodes in a chain", "messages/s", "ns per hop", "start ms", "MB idle", "MB after"]
            .map(str::to_owned),
    ];
    for nodes in [1, 10, 100, 1_000, 10_000] {
        let flow = flows::long_chain(nodes);
        let runtime = start(kind, &flow, "/bench?n=2").await?;
        let idle = runtime.process.memory_megabytes()?;
        let messages = (HOPS / (nodes + 2)).max(20);
        let seconds = rounds(setting, async || get(&runtime, &format!("/bench?n={messages}")).await).await?;
        let nanoseconds = seconds * 1e9 / (messages * (nodes + 2)) as f64;
        points.push((nodes as f64, nanoseconds));
        rows.push([
            nodes.to_string(),
            figure(Some(messages as f64 / seconds)),
            figure(Some(nanoseconds)),
            figure(Some(runtime.start_ms)),
            figure(Some(idle)),
            figure(Some(runtime.process.memory_megabytes()?)),
        ]);
    }
    let curve = Curve { figure: "ns per hop", by: "change nodes in a chain", points };
    Ok((table(&rows), curve))
}

async fn tabs(kind: &Kind, setting: &Setting) -> anyhow::Result<Growth> {
    let mut points = Vec::new();
    let mut rows = vec![
        [
            "tabs of ten nodes",
            "messages/s in one",
            "deploy ms, one node changed",
            "start ms",
            "MB idle",
            "MB after",
        ]
        .map(str::to_owned),
    ];
    for tabs in [1, 10, 100, 1_000] {
        let mut flow = flows::tabs_and_chain(tabs);
        let runtime = start(kind, &flow, "/bench?n=2").await?;
        let idle = runtime.process.memory_megabytes()?;
        let messages = HOPS / 12;
        let seconds = rounds(setting, async || get(&runtime, &format!("/bench?n={messages}")).await).await?;
        let mut deploys = Vec::new();
        for round in 0..=setting.rounds {
            let target = json!(format!("round {round}"));
            let node =
                flow.as_array_mut().and_then(|nodes| nodes.iter_mut().find(|node| node["id"] == "n0_9"));
            node.context("no node to change")?["rules"][0]["to"] = target;
            let taken = runtime.deploy(&flow).await?;
            if round > 0 {
                deploys.push(taken);
            }
        }
        points.extend(median(&deploys).map(|milliseconds| (tabs as f64, milliseconds)));
        rows.push([
            tabs.to_string(),
            figure(Some(messages as f64 / seconds)),
            figure(median(&deploys)),
            figure(Some(runtime.start_ms)),
            figure(Some(idle)),
            figure(Some(runtime.process.memory_megabytes()?)),
        ]);
    }
    let curve = Curve { figure: "ms for a deploy of one changed node", by: "tabs of ten nodes", points };
    Ok((table(&rows), curve))
}

async fn payloads(kind: &Kind, setting: &Setting) -> anyhow::Result<Growth> {
    let mut points = Vec::new();
    let mut rows = vec![
        ["bytes there and back over HTTP", "messages/s", "ns per byte", "", "MB idle", "MB after"]
            .map(str::to_owned),
    ];
    for bytes in [100, 1_000, 10_000, 100_000, 1_000_000] {
        let runtime = start(kind, &flows::echo(), "/hello").await?;
        let idle = runtime.process.memory_megabytes()?;
        let request =
            Request::new("POST", "/echo", "Content-Type: text/plain\r\n", "x".repeat(bytes).as_bytes());
        let messages = (BYTES / bytes).clamp(20, 20_000);
        let seconds = rounds(setting, async || {
            let mut connection = Connection::open(runtime.address).await?;
            let begin = Instant::now();
            for _ in 0..messages {
                let response = connection.send(&request).await?;
                if response.status != 200 || response.body.len() < bytes {
                    bail!("answered {} with {} bytes", response.status, response.body.len());
                }
            }
            Ok(begin.elapsed().as_secs_f64())
        })
        .await?;
        let nanoseconds = seconds * 1e9 / (messages * bytes) as f64;
        points.push((bytes as f64, nanoseconds));
        rows.push([
            bytes.to_string(),
            figure(Some(messages as f64 / seconds)),
            figure(Some(nanoseconds)),
            String::new(),
            figure(Some(idle)),
            figure(Some(runtime.process.memory_megabytes()?)),
        ]);
    }
    let curve = Curve { figure: "ns per byte there and back over HTTP", by: "bytes of a message", points };
    Ok((table(&rows), curve))
}

async fn waiting(kind: &Kind, setting: &Setting) -> anyhow::Result<Growth> {
    let mut points = Vec::new();
    let mut rows = vec![
        ["messages that wait in a join", "messages/s", "ns per message", "", "MB idle", "MB after"]
            .map(str::to_owned),
    ];
    for messages in [10, 100, 1_000, 10_000, 100_000] {
        let runtime = start(kind, &flows::split_and_join(), "/bench?n=2").await?;
        let idle = runtime.process.memory_megabytes()?;
        let times = (200_000 / messages).clamp(2, 2_000);
        let seconds = rounds(setting, async || {
            let mut seconds = 0.0;
            for _ in 0..times {
                seconds += get(&runtime, &format!("/bench?n={messages}")).await?;
            }
            Ok(seconds)
        })
        .await?;
        let nanoseconds = seconds * 1e9 / (messages * times) as f64;
        points.push((messages as f64, nanoseconds));
        rows.push([
            messages.to_string(),
            figure(Some((messages * times) as f64 / seconds)),
            figure(Some(nanoseconds)),
            String::new(),
            figure(Some(idle)),
            figure(Some(runtime.process.memory_megabytes()?)),
        ]);
    }
    let curve =
        Curve { figure: "ns per message through split and join", by: "messages that wait in a join", points };
    Ok((table(&rows), curve))
}

async fn start(kind: &Kind, flow: &Value, ready: &str) -> anyhow::Result<Runtime> {
    Runtime::start(kind, &Start { flow, ready, broker_port: None }).await
}

/// The median of some rounds, after one to warm up.
async fn rounds(setting: &Setting, round: impl AsyncFn() -> anyhow::Result<f64>) -> anyhow::Result<f64> {
    let mut seconds = Vec::new();
    for at in 0..=setting.rounds {
        let taken = round().await?;
        if at > 0 {
            seconds.push(taken);
        }
    }
    median(&seconds).context("no rounds")
}

/// Seconds until the answer.
async fn get(runtime: &Runtime, path: &str) -> anyhow::Result<f64> {
    let mut connection = Connection::open(runtime.address).await?;
    let request = Request::get(path);
    let begin = Instant::now();
    let response = connection.send_within(&request, ROUND_LIMIT).await?;
    if response.status != 200 {
        bail!("{path} was answered with {}", response.status);
    }
    Ok(begin.elapsed().as_secs_f64())
}

/// A Markdown table; the first row is its head.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let line = |cells: &[String; N]| format!("| {} |\n", cells.join(" | "));
    let mut text = String::from("\n");
    for (at, row) in rows.iter().enumerate() {
        text.push_str(&line(row));
        if at == 0 {
            text.push_str(&format!("|{}\n", "---:|".repeat(N)));
        }
    }
    text
}
