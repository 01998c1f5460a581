//! SIGKILL at every step of every write of a deploy.

use std::path::Path;

use serde_json::{Value, json};
use wireloom_tests::server::{Process, Server, client, exported_credentials, run};

fn flows(label: &str) -> Value {
    json!([{ "id": "t", "type": "tab", "label": label }, { "id": "n", "type": "comment", "z": "t", "x": 1, "y": 1, "wires": [] }])
}

/// The flows with a password that tells which flows it belongs to.
fn with_password(label: &str) -> Value {
    let mut flows = flows(label);
    flows[1]["credentials"] = json!({ "password": format!("secret of {label}") });
    flows
}

#[tokio::test]
async fn killed_at_any_write_of_a_deploy_the_old_or_the_new_flows_are_there() {
    let mut steps = Vec::new();
    let (mut found_old, mut found_new) = (0, 0);
    loop {
        let data = tempfile::tempdir().unwrap();
        // One revision is kept, so that one goes in each deploy.
        let arguments = ["--revisions-kept", "1"];
        let server = Server::start(data.path(), &arguments).await;
        server.deploy(with_password("old")).await;
        server.kill().await;

        let Some(step) = deploy_killed_at(data.path(), &arguments, steps.len() + 1).await else { break };
        let server = Server::start(data.path(), &arguments).await;
        let now = server.json("/flows").await;
        let label = now[0]["label"].as_str().unwrap();
        assert_eq!(now, flows(label), "killed at {step}");
        match label {
            "old" => found_old += 1,
            "new" => found_new += 1,
            other => panic!("killed at {step}: found the flows {other}"),
        }
        server.kill().await;
        let kept = exported_credentials(data.path()).await;
        assert_eq!(kept, json!({ "n": { "password": format!("secret of {label}") } }), "killed at {step}");

        // It goes on as if nothing had been.
        let server = Server::start(data.path(), &arguments).await;
        server.deploy(with_password("after")).await;
        assert_eq!(server.json("/flows").await, flows("after"));
        server.stop().await;
        steps.push(step);
    }
    // Credentials, flows, revision, the revision that goes, credentials again: each file before, half written (where it is
    // written in parts: the flows), not on disk, written, renamed, in place.
    assert!(steps.len() >= 22, "{steps:?}");
    assert!(found_old > 0 && found_new > 0, "old {found_old}, new {found_new}");
}

/// Deploys new flows and kills the server at the `step`-th step of its writes; gives that step's name, or
/// none if the deploy had fewer steps.
async fn deploy_killed_at(data: &Path, arguments: &[&str], step: usize) -> Option<String> {
    let mut command = run(data, arguments);
    command.env("WIRELOOM_HOLD_AT_WRITE", step.to_string());
    let mut process = Process::spawn(command);
    let url = process.line_after("listening on ").await;
    // What the deploy before it left to do may be made good at the start, and be held at.
    if let (1, held) = process.line_after_one_of(["flows started: ", "held at "]).await {
        process.kill().await;
        return Some(held);
    }
    // What a deploy leaves to do is done when the revisions are listed.
    let deploy = async {
        let deploy = client().post(format!("{url}/flows")).json(&with_password("new"));
        assert_eq!(deploy.send().await.unwrap().status(), 204);
        assert_eq!(client().get(format!("{url}/revisions")).send().await.unwrap().status(), 200);
    };
    let name = tokio::select! {
        () = deploy => None,
        name = process.line_after("held at ") => Some(name),
    };
    process.kill().await;
    name
}
