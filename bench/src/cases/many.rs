//! A large workspace: what it costs to start, to keep and to change.

use super::Setting;
use super::start::SETTLE;
use crate::flows;
use crate::report::{Better, Row, Samples};
use crate::runtime::{Runtime, Start};

const TABS: usize = 100;
const NODES_PER_TAB: usize = 100;
/// Starts take long; three show enough.
const STARTS: usize = 3;
/// Deploys after each start: the disk takes longer at times.
const DEPLOYS: usize = 5;

pub(crate) async fn run(name: &str, setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let mut flow = flows::many(TABS, NODES_PER_TAB);
    let (mut starts, mut deploys) = (Samples::default(), Samples::default());
    let (mut first, mut idle) = (Samples::default(), Samples::default());
    for _ in 0..STARTS.min(setting.rounds) {
        for kind in setting.kinds() {
            let runtime =
                Runtime::start(&kind, &Start { flow: &flow, ready: "/hello", broker_port: None }).await?;
            starts.push(&kind, runtime.start_ms);
            first.push(&kind, runtime.process.memory_megabytes()?);
            // What comes with a start is over then.
            tokio::time::sleep(SETTLE).await;
            idle.push(&kind, runtime.process.memory_megabytes()?);
            for _ in 0..DEPLOYS {
                change_one_node(&mut flow);
                deploys.push(&kind, runtime.deploy(&flow).await?);
            }
        }
    }
    Ok(vec![
        Row::new(&format!("{name} start"), "ms to the first answer", Better::Lower, starts)
            .memory(first)
            .note("memory: at the first answer".to_owned()),
        Row::new(&format!("{name} idle memory"), "MB resident", Better::Lower, idle)
            .note("two seconds after the first answer".to_owned()),
        Row::new(&format!("{name} deploy"), "ms, one node changed", Better::Lower, deploys),
    ])
}

/// Sets another text in the last change node of the first tab.
fn change_one_node(flow: &mut serde_json::Value) {
    let to = &mut flow[NODES_PER_TAB + 1]["rules"][0]["to"];
    let text = to.as_str().unwrap_or_default();
    *to = format!("{text}+").into();
}
