use super::*;
use crate::diff::Diff;

fn json(text: &str) -> Json {
    Json::parse(text).expect(text)
}

const FLOWS: &str = r#"[
  {"id":"t","type":"tab","label":"One","env":[]},{"id":"u","type":"tab","label":"Two"},
  {"id":"s","type":"subflow","name":"Sub"},{"id":"s1","type":"debug","z":"s","x":1,"y":1},
  {"id":"n","type":"inject","z":"t","x":1.0,"y":1,"wires":[[]],"credentials":{"user":"me"}},
  {"id":"tc","type":"mqtt-broker","z":"t"},{"id":"m","type":"debug","z":"u","x":1,"y":1},{"id":"c","type":"mqtt-broker"}]"#;

#[test]
fn a_body_of_either_version_keeps_every_literal() {
    let list = r#"[{"id":"a","type":"x","n":1.0,"big":12345678901234567890123,"e":1e3}]"#;
    let v1 = FlowsRequest::parse(list).expect("version 1");
    assert_eq!((v1.document.to_json().to_string().as_str(), v1.rev, v1.credentials), (list, None, None));
    let v2 = FlowsRequest::parse(&format!(r#"{{"flows":{list},"rev":"r","credentials":{{"a":{{"p":1}}}}}}"#))
        .expect("version 2");
    assert_eq!((v2.document.clone(), v2.rev.as_deref()), (v1.document, Some("r")));
    assert_eq!(
        v2.credentials.and_then(|all| all.get("a").map(ToString::to_string)).as_deref(),
        Some(r#"{"p":1}"#)
    );
    let answer = serde_json::to_string(&FlowsResponse::from(&v2.document)).expect("writes");
    assert_eq!(answer, format!(r#"{{"flows":{list},"rev":"{}"}}"#, v2.document.rev()));
    let read: FlowsResponse = serde_json::from_str(&answer).expect("reads");
    assert_eq!(read, FlowsResponse::from(&v2.document));
    let error = FlowsRequest::parse("{\"flows\":1}").expect_err("no list").to_string();
    assert_eq!(
        error,
        "line 1, column 1: a flow document is a list of nodes, or an object with such a list as `flows`; this is an object without a list of `flows`"
    );
}

#[test]
fn headers_are_read_or_refused() {
    for (header, expected) in [
        ("", DeploymentType::Full),
        ("full", DeploymentType::Full),
        (" nodes", DeploymentType::Nodes),
        ("flows", DeploymentType::Flows),
        ("reload", DeploymentType::Reload),
    ] {
        assert_eq!(header.parse(), Ok(expected));
    }
    let error = "some".parse::<DeploymentType>().expect_err("unknown");
    assert_eq!(
        ApiError::new("invalid_request", error).message,
        "some is no deployment type: use full, flows, nodes or reload"
    );
    assert_eq!(
        ("v1".parse(), "v2".parse(), "".parse()),
        (Ok(ApiVersion::V1), Ok(ApiVersion::V2), Ok(ApiVersion::V1))
    );
    assert!("v3".parse::<ApiVersion>().is_err());
}

#[test]
fn single_flows_come_and_go_without_touching_the_rest() {
    let document = Document::parse(FLOWS).expect("a document");
    let flow = get_flow(&document, "t").expect("a flow");
    assert_eq!(
        flow.to_string(),
        r#"{"id":"t","label":"One","env":[],"nodes":[{"id":"n","type":"inject","z":"t","x":1.0,"y":1,"wires":[[]]}],"configs":[{"id":"tc","type":"mqtt-broker","z":"t"}]}"#
    );
    let global = get_flow(&document, GLOBAL).expect("always there");
    assert_eq!(
        global.to_string(),
        r#"{"id":"global","configs":[{"id":"c","type":"mqtt-broker"}],"subflows":[{"id":"s","type":"subflow","name":"Sub","nodes":[{"id":"s1","type":"debug","z":"s","x":1,"y":1}]}]}"#
    );
    assert!(get_flow(&document, "n").is_none() && get_flow(&document, "gone").is_none());

    let removed = remove_flow(&document, "t").expect("is there");
    assert_eq!(removed.nodes().iter().map(|node| node.id()).collect::<Vec<_>>(), ["u", "s", "s1", "m", "c"]);
    let added = add_flow(&removed, &flow, "t").expect("is free again");
    let changes = crate::diff::changed(&document, &added);
    assert_eq!((changes.added.len(), changes.removed.len(), changes.rewired.len()), (0, 0, 0));
    assert_eq!(
        changes.changed.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        ["n"],
        "its credentials are not sent"
    );

    // What was read can be written back and changes nothing but places and credentials.
    for (id, flow) in [("t", &flow), (GLOBAL, &global)] {
        let updated = update_flow(&document, id, flow).expect("its own");
        assert_eq!(get_flow(&updated, id).as_ref(), Some(flow));
        assert_eq!(updated.len(), document.len());
    }
    let renamed = update_flow(
        &document,
        "u",
        &json(r#"{"label":"New","nodes":[{"id":"k","type":"debug","x":1,"y":1}]}"#),
    )
    .expect("fits");
    assert_eq!(renamed.position("u"), Some(1));
    assert_eq!((renamed.get("m").is_none(), renamed.get("k").and_then(|node| node.z())), (true, Some("u")));
    assert!(!Diff::between(&document, &renamed).is_empty());
}

#[test]
fn a_flow_that_does_not_fit_says_why() {
    let document = Document::parse(FLOWS).expect("a document");
    for (flow, expected) in [
        (
            "[]",
            "a flow is an object with a list of `nodes`, and lists of `configs` and `subflows` where it has them; this is a list",
        ),
        (
            "{}",
            "a flow is an object with a list of `nodes`, and lists of `configs` and `subflows` where it has them; this is one without a list of `nodes`",
        ),
        (
            r#"{"nodes":[],"configs":1}"#,
            "a flow is an object with a list of `nodes`, and lists of `configs` and `subflows` where it has them; this is one whose `configs` is a number",
        ),
        (
            r#"{"nodes":[{"id":"k","type":"debug"},{"id":"l"}]}"#,
            "`nodes[1]` is no object with a text `id` and a text `type`",
        ),
        (r#"{"nodes":[{"id":"m","type":"debug"}]}"#, "the id m stands twice: give one of the two another"),
        (
            r#"{"nodes":[{"id":"k","type":"debug"},{"id":"k","type":"debug"}]}"#,
            "the id k stands twice: give one of the two another",
        ),
    ] {
        for result in [add_flow(&document, &json(flow), "new"), update_flow(&document, "t", &json(flow))] {
            assert_eq!(result.expect_err(flow).render_with(crate::CATALOGUES), expected);
        }
    }
    let nothing = json(r#"{"nodes":[]}"#);
    for (result, expected) in [
        (add_flow(&document, &nothing, "t"), "the id t is that of another entry: give the flow another"),
        (update_flow(&document, "n", &nothing), "there is no flow with the id n"),
        (remove_flow(&document, "gone"), "there is no flow with the id gone"),
        (remove_flow(&document, GLOBAL), "the global flow cannot be deleted"),
    ] {
        assert_eq!(result.expect_err(expected).render_with(crate::CATALOGUES), expected);
    }
}

#[test]
fn payloads_have_node_reds_forms() {
    let frame = CommsFrame { topic: status_topic("n"), data: json(r#"{"fill":"red","text":"a"}"#) };
    assert_eq!(
        serde_json::to_string(&[frame]).expect("writes"),
        r#"[{"topic":"status/n","data":{"fill":"red","text":"a"}}]"#
    );
    let status: NodeStatus = serde_json::from_str("{}").expect("a cleared status");
    assert_eq!(status, NodeStatus::default());
    let inject: InjectRequest = serde_json::from_str(
        r#"{"__user_inject_props__":[{"p":"payload","v":1.0,"vt":"num"},{"p":"topic"}]}"#,
    )
    .expect("reads");
    let properties = inject.properties.expect("two");
    assert_eq!((properties[0].v.to_string().as_str(), properties[1].vt.as_str()), ("1.0", ""));
    assert_eq!(serde_json::from_str::<InjectRequest>("{}").expect("reads"), InjectRequest::default());
    let message = DebugMessage {
        id: "n".into(),
        z: "t".into(),
        msg: "1".into(),
        format: "number".into(),
        property: Some("payload".into()),
        ..DebugMessage::default()
    };
    assert_eq!(
        serde_json::to_string(&message).expect("writes"),
        r#"{"id":"n","z":"t","property":"payload","msg":"1","format":"number"}"#
    );
    let subscribe: CommsRequest = serde_json::from_str(r#"{"subscribe":"status/#"}"#).expect("reads");
    assert_eq!((subscribe.subscribe.as_deref(), subscribe.auth), (Some("status/#"), None));
    let error = serde_json::to_value(ApiError::version_mismatch()).expect("writes");
    assert_eq!(
        (error["code"].as_str(), error["text"]["key"].as_str()),
        (Some("version_mismatch"), Some("api.version-mismatch"))
    );
    let catalogue = NodeCatalogue::new(Vec::new(), [&TEXTS, &TEXTS]);
    assert_eq!(catalogue.texts.len(), TEXTS.len());
}
