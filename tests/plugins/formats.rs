//! Those that read and write bytes.

use serde_json::json;

use super::{Rig, buffer};

#[tokio::test]
async fn cbor_there_and_back() {
    let rig = Rig::of("cbor", json!({ "type": "cbor" })).await;
    let value = json!({ "name": "sensor", "values": [1, -2, 1.5, null, true], "raw": buffer(&[0, 255]) });
    let bytes = rig.payload(value.clone()).await;
    assert_eq!(bytes["type"], "Buffer", "{bytes}");
    assert_eq!(rig.payload(bytes).await, value);
    assert_eq!(rig.payload(buffer(&[0xa1, 0x61, 0x61, 0x01])).await, json!({ "a": 1 }));
    let answer = rig.ask(json!({ "payload": buffer(&[0x82, 1]) })).await;
    assert_eq!(answer["error"]["message"], "the buffer is no CBOR: it ends too soon", "{answer}");
    rig.stop().await;
}

#[tokio::test]
async fn a_large_buffer_goes_through_whole() {
    let rig = Rig::of("cbor", json!({ "type": "cbor" })).await;
    let bytes: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
    let mut encoded = vec![0x5a, 0, 3, 0x0d, 0x40];
    encoded.extend_from_slice(&bytes);
    assert_eq!(rig.payload(buffer(&encoded)).await, buffer(&bytes));
    rig.stop().await;
}

#[tokio::test]
async fn lorawan_payloads_and_headers() {
    let node = json!({ "type": "lorawan decode", "encoding": "hex", "format": "bytes" });
    let rig = Rig::of("lorawan-decode", node).await;
    let answer = rig.ask(json!({ "payload": "40f17dbe4900020001954378762b11ff0d" })).await;
    let header = &answer["message"]["lorawan"];
    assert_eq!(
        (&header["devAddr"], &header["fCnt"], &header["fPort"]),
        (&json!("49be7df1"), &json!(2), &json!(1)),
        "{answer}"
    );
    assert_eq!(answer["message"]["payload"], buffer(&[0x95, 0x43, 0x78, 0x76]));
    let answer = rig.ask(json!({ "payload": buffer(&[0x40]) })).await;
    assert_eq!(answer["error"]["code"], "BAD_INPUT", "{answer}");

    rig.server.deploy(super::flow(json!({ "type": "lorawan decode", "input": "payload" }))).await;
    let readings = rig.payload(buffer(&[3, 0x67, 1, 0x10, 5, 0x67, 0, 0xff])).await;
    assert_eq!(readings, json!({ "temperature_3": 27.2, "temperature_5": 25.5 }));
    rig.stop().await;
}

#[tokio::test]
async fn a_frame_is_decrypted_with_the_keys_of_its_node() {
    let node = json!({ "type": "lorawan decode", "encoding": "hex", "format": "bytes", "credentials": {
        "nwkSKey": "44024241ed4ce9a68c6a8bc055233fd3", "appSKey": "ec925802ae430ca77fd3dd73cb2cc588",
    } });
    let rig = Rig::of("lorawan-decode", node).await;
    let answer = rig.ask(json!({ "payload": "40f17dbe4900020001954378762b11ff0d" })).await;
    assert_eq!(answer["message"]["payload"], buffer(b"test"), "{answer}");
    let answer = rig.ask(json!({ "payload": "40f17dbe4900020001954378762b11ff0e" })).await;
    assert_eq!(answer["error"]["code"], "BAD_MIC", "{answer}");
    rig.stop().await;
}
