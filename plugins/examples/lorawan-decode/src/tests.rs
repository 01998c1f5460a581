use super::*;

/// The session of the frame below.
const NETWORK_KEY: &str = "44024241ed4ce9a68c6a8bc055233fd3";
const APPLICATION_KEY: &str = "ec925802ae430ca77fd3dd73cb2cc588";
/// The frame with which the readme of the npm package lora-packet begins: uplink, port 1, payload `test`.
const FRAME: &str = "40f17dbe4900020001954378762b11ff0d";

fn node(settings: &Json, keys: bool) -> Harness<Decode> {
    let mut setup = Harness::setup();
    if keys {
        setup = setup.credential("nwkSKey", NETWORK_KEY).credential("appSKey", APPLICATION_KEY);
    }
    setup.start(settings).unwrap()
}

fn answer(node: &mut Harness<Decode>, payload: Json) -> Result<Json, Failure> {
    Ok(node.send(json!({ "payload": payload }))?.remove(0).1)
}

fn code(result: Result<Json, Failure>) -> String {
    result.unwrap_err().code.unwrap()
}

#[test]
fn a_frame_is_checked_and_decrypted() {
    let mut node = node(&json!({ "encoding": "hex", "format": "bytes" }), true);
    let message = answer(&mut node, json!(FRAME)).unwrap();
    assert_eq!(message["payload"], Value::Bytes(b"test".to_vec()).to_json());
    assert_eq!(
        message["lorawan"],
        json!({ "type": "unconfirmed data up", "mic": "2b11ff0d", "devAddr": "49be7df1", "fCnt": 2, "fPort": 1,
            "adr": false, "ack": false, "adrAckReq": false, "fOpts": { "type": "Buffer", "data": [] },
            "checked": true, "decrypted": true })
    );
    let changed = FRAME.replace("0001954378", "0001954379");
    assert_eq!(code(answer(&mut node, json!(changed))), "BAD_MIC");
}

#[test]
fn without_keys_the_header_can_be_read_all_the_same() {
    let mut bytes = node(&json!({ "encoding": "hex", "format": "bytes" }), false);
    let message = answer(&mut bytes, json!(FRAME)).unwrap();
    assert_eq!(message["payload"]["data"], json!([0x95, 0x43, 0x78, 0x76]));
    assert_eq!((&message["lorawan"]["decrypted"], message["lorawan"].get("checked")), (&json!(false), None));
    let mut readings = node(&json!({ "encoding": "hex" }), false);
    assert_eq!(code(answer(&mut readings, json!(FRAME))), "NO_KEY");
}

#[test]
fn a_join_request() {
    let mut node = node(&json!({ "encoding": "hex" }), false);
    let message = answer(&mut node, json!("00 0807060504030201 1817161514131211 2b1a 01020304")).unwrap();
    assert_eq!(
        message["lorawan"],
        json!({ "type": "join request", "mic": "01020304", "joinEui": "0102030405060708",
            "devEui": "1112131415161718", "devNonce": 0x1a2b })
    );
    assert_eq!(message["payload"], Json::Null);
}

#[test]
fn frames_that_are_none() {
    let mut node = node(&json!({ "encoding": "hex" }), true);
    for frame in
        ["", "40", "41f17dbe4900020001954378762b11ff0d", "400102030405", "4001020304 0f 0000 00010203", "0x"]
    {
        assert_eq!(code(answer(&mut node, json!(frame))), "BAD_INPUT", "{frame}");
    }
    assert_eq!(code(answer(&mut node, json!(5))), "BAD_INPUT");
}

#[test]
fn readings() {
    let mut node = node(&json!({ "input": "payload", "encoding": "hex" }), false);
    let mut read = |text: &str| answer(&mut node, json!(text)).map(|message| message["payload"].clone());
    // The examples of the format's description.
    assert_eq!(read("03670110056700FF"), Ok(json!({ "temperature_3": 27.2, "temperature_5": 25.5 })));
    assert_eq!(
        read("0167FFD7 067104D2FB2E0000"),
        Ok(json!({ "temperature_1": -4.1,
        "acceleration_6": { "x": 1.234, "y": -1.234, "z": 0 } }))
    );
    assert_eq!(
        read("018806765FF2960A0003E8"),
        Ok(json!({ "gps_1": { "latitude": 42.3519, "longitude": -87.9094, "altitude": 10 } }))
    );
    assert_eq!(
        read("02685F 0387FF8000 048E01"),
        Ok(json!({ "humidity_2": 47.5, "switch_4": 1,
        "colour_3": { "red": 255, "green": 128, "blue": 0 } }))
    );
    assert_eq!(read(""), Ok(json!({})));
    let text = |result: Result<Json, Failure>| result.unwrap_err().text;
    assert_eq!(text(read("0167FF")), "the temperature at byte 1 is cut off");
    assert_eq!(text(read("01670000 01FF")), "byte 5 is 255, which is no type of Cayenne LPP");
    assert_eq!(text(read("0167000001")), "a byte is left over behind the last reading");
}

#[test]
fn base64_and_buffers() {
    let mut node = node(&json!({ "input": "payload" }), false);
    assert_eq!(answer(&mut node, json!("A2cBEA==")).unwrap()["payload"], json!({ "temperature_3": 27.2 }));
    let buffer = Value::Bytes(vec![3, 0x67, 1, 0x10]).to_json();
    assert_eq!(answer(&mut node, buffer).unwrap()["payload"], json!({ "temperature_3": 27.2 }));
    assert_eq!(code(answer(&mut node, json!("%"))), "BAD_INPUT");
}

#[test]
fn a_key_that_is_none_is_a_problem_of_the_settings() {
    let problems = Harness::<Decode>::setup().credential("appSKey", "12").start(&json!({})).err().unwrap();
    assert_eq!(problems.iter().collect::<Vec<_>>(), [("appSKey", "a session key is 32 hexadecimal digits")]);
}
