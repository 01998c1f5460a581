//! The connection's life: deploys, wrong settings, log-in, TLS.

use super::*;

#[tokio::test]
async fn a_deploy_of_one_node_keeps_the_connection_and_what_comes_meanwhile() {
    for broker in AnyBroker::all().await {
        let nodes = |data_type: &str| {
            json!([
                tab(""),
                broker_node(
                    broker.at(),
                    "4",
                    json!({ "birthTopic": "birth", "birthQos": "1", "birthPayload": "x" })
                ),
                in_node("deploy", json!({ "datatype": data_type })),
                end_node()
            ])
        };
        let mut births = subscribe(broker.at(), &["-q", "1", "-t", "birth"]).await;
        // The ends hold what they get: there is nothing to wait for.
        let options = Options { drain_timeout: Duration::from_millis(50), ..Options::default() };
        let (flow, _) = Flow::start_with(nodes("utf8"), options, HashMap::new()).await;
        births.next_message().await;
        while flow.waiting("end") == 0 {
            publish(broker.at(), &["-q", "1", "-t", "deploy", "-m", "ready"]).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        while flow.waiting("end") > 0 {
            flow.next("end").await;
        }
        let at = broker.at();
        let publishing = tokio::spawn(async move {
            for number in 0..20 {
                publish(at, &["-q", "1", "-t", "deploy", "-m", &number.to_string()]).await;
            }
        });
        for round in 0..4 {
            let report =
                flow.deploy(nodes(if round % 2 == 0 { "auto" } else { "utf8" }), DeployKind::Nodes).await;
            assert_eq!((report.started, report.problems.len()), (1, 0));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        publishing.await.unwrap();
        for number in 0..20 {
            assert_eq!(
                flow.next("end").await.payload(),
                &Value::from(number.to_string()),
                "{}",
                broker.name()
            );
        }
        publish(broker.at(), &["-q", "1", "-t", "birth", "-m", "marker"]).await;
        assert_eq!(births.next_message().await, "birth 1 0 marker", "there was one connection all along");
        births.leave().await;
        flow.stop().await;
    }
}

#[tokio::test]
async fn a_kept_session_gets_what_comes_while_the_flows_stop_and_are_stopped() {
    let broker = AnyBroker::mosquitto("").await;
    let nodes = json!([
        tab(""),
        broker_node(
            broker.at(),
            "5",
            json!({ "clientid": "kept", "cleansession": false, "sessionExpiry": "600" })
        ),
        in_node("kept", json!({})),
        end_node()
    ]);
    // What is under way is not done in time: the stop takes this long.
    let options = Options { drain_timeout: Duration::from_secs(5), ..Options::default() };
    let (flow, _) = Flow::start_with(nodes.clone(), options.clone(), HashMap::new()).await;
    flow.until_status("in", "mqtt.connected").await;
    while flow.waiting("end") == 0 {
        publish(broker.at(), &["-q", "1", "-t", "kept", "-m", "ready"]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let unfinished = flow.next("end").await;
    flow.stop().await;
    drop(unfinished);
    publish(broker.at(), &["-q", "1", "-t", "kept", "-m", "meanwhile"]).await;

    let (flow, _) = Flow::start_with(nodes, options, HashMap::new()).await;
    while flow.next("end").await.payload() != &Value::from("meanwhile") {}
    flow.stop().await;
}

#[tokio::test]
async fn says_what_is_wrong_and_the_rest_runs() {
    let nodes = json!([tab(""),
        { "id": "b", "type": "mqtt-broker", "broker": "http://x", "port": "1883" },
        { "id": "b2", "type": "mqtt-broker", "broker": "127.0.0.1", "port": "1", "birthTopic": "a/#", "willTopic": "w", "willQos": "7" },
        { "id": "b3", "type": "mqtt-broker", "broker": "127.0.0.1", "port": "1" },
        in_node("a#", json!({ "broker": "b3" })),
        out_node(json!({ "broker": "b3", "topic": "a/+" })),
        { "id": "fine", "type": "mqtt out", "z": "t", "broker": "b3", "topic": "a", "wires": [] }]);
    let (flow, report) = Flow::start_with(nodes, Options::default(), HashMap::new()).await;
    let mut problems: Vec<_> = report
        .problems
        .iter()
        .map(|problem| format!("{} {} {}", problem.node, problem.path, problem.text.key))
        .collect();
    problems.sort();
    assert_eq!(
        problems,
        [
            "b broker mqtt-broker.scheme",
            "b2 birthTopic mqtt.invalid-topic",
            "b2 willQos mqtt.invalid-quality",
            "in topic mqtt.invalid-filter",
            "out topic mqtt.invalid-topic",
        ]
    );
    let failure = flow.until_logged("mqtt.log.failed").await;
    assert!(failure.contains("mqtt://127.0.0.1:1"), "{failure}");
    flow.until_status("fine", "mqtt.disconnected").await;
    flow.send("fine", message("", "x", 9));
    flow.until_logged("mqtt.invalid-quality").await;
    flow.stop().await;
}

#[tokio::test]
async fn messages_end_the_connection_and_open_it_again() {
    for broker in AnyBroker::all().await {
        let nodes = json!([tab(""), broker_node(broker.at(), "5", json!({})), out_node(json!({}))]);
        let flow = Flow::start(nodes).await;
        flow.until_status("out", "mqtt.connected").await;
        let order = |action: &str| {
            let mut message = Message::new();
            message.set("action", action);
            message
        };
        flow.send("out", order("disconnect"));
        flow.until_status("out", "mqtt.disconnected").await;
        flow.send("out", order("connect"));
        flow.until_status("out", "mqtt.connected").await;
        flow.stop().await;
    }
}

#[tokio::test]
async fn gives_user_and_password() {
    let data = tempfile::tempdir().unwrap();
    let users = vec![broker::User { name: "ann".into(), password: "secret".into() }];
    let settings = broker::Settings { port: 0, users, ..broker::Settings::local(data.path()) };
    let broker = broker::start(settings).await.unwrap();
    for (version, _) in VERSIONS {
        for (password, expected) in [("secret", "mqtt.log.connected"), ("guess", "mqtt.log.failed")] {
            let nodes = json!([
                tab(""),
                broker_node(broker.local_address(), version, json!({})),
                out_node(json!({}))
            ]);
            let login = HashMap::from([
                ("user".to_owned(), "ann".to_owned()),
                ("password".to_owned(), password.to_owned()),
            ]);
            let credentials = HashMap::from([("b".to_owned(), login)]);
            let (flow, _) = Flow::start_with(nodes, Options::default(), credentials).await;
            let line = flow.until_logged("mqtt.log.").await;
            assert!(line.contains(expected), "{line}");
            flow.stop().await;
        }
    }
    broker.stop().await;
}

#[tokio::test]
async fn talks_tls_to_those_whom_it_may_trust() {
    let data = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("openssl")
        .current_dir(data.path())
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .output()
        .expect("openssl starts; it is a package of its own");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let certificate = data.path().join("cert.pem");
    let pem = std::fs::read_to_string(&certificate).unwrap();
    let broker = AnyBroker::mosquitto_in(data, |folder| {
        let folder = folder.display();
        format!("certfile {folder}/cert.pem\nkeyfile {folder}/key.pem")
    })
    .await;
    for (tls, secret, expected) in [
        (json!({ "ca": certificate }), None, "mqtt.log.connected"),
        (json!({}), Some(pem), "mqtt.log.connected"),
        (json!({ "verifyservercert": false }), None, "mqtt.log.connected"),
        (json!({ "ca": certificate, "servername": "elsewhere" }), None, "mqtt.log.failed"),
    ] {
        let tls = merged(json!({ "id": "tls", "type": "tls-config" }), tls);
        let nodes = json!([
            tab(""),
            tls,
            broker_node(broker.at(), "5", json!({ "usetls": true, "tls": "tls" })),
            out_node(json!({}))
        ]);
        let credentials = secret.map(|pem| ("tls".to_owned(), HashMap::from([("cadata".to_owned(), pem)])));
        let (flow, report) =
            Flow::start_with(nodes, Options::default(), credentials.into_iter().collect()).await;
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        let line = flow.until_logged("mqtt.log.").await;
        assert!(line.contains(expected), "{line}");
        flow.stop().await;
    }
}

#[tokio::test]
async fn travels_inside_web_sockets() {
    let broker = AnyBroker::mosquitto("").await;
    let at = web_socket::before(broker.at()).await;
    for (version, _) in super::VERSIONS {
        let url = format!("ws://{at}/mqtt");
        let nodes = json!([
            tab(""),
            broker_node(broker.at(), version, json!({ "broker": url })),
            in_node("socket/#", json!({})),
            out_node(json!({})),
            end_node()
        ]);
        let flow = Flow::start(nodes).await;
        flow.until_status("in", "mqtt.connected").await;
        // Longer than a frame that a socket takes at once; sent until the subscription stands.
        let long = "x".repeat(300_000);
        while flow.waiting("end") == 0 {
            flow.send("out", message("socket/1", long.as_str(), 0));
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(flow.next("end").await.payload().as_str(), Some(long.as_str()));
        flow.stop().await;
    }
}
