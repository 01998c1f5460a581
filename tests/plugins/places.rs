//! Those that work on positions.

use serde_json::json;

use super::Rig;

#[tokio::test]
async fn positions_become_geohashes_and_back() {
    let rig = Rig::of("geohash", json!({ "type": "geohash", "precision": "7" })).await;
    let place = json!({ "latitude": 57.64911, "longitude": 10.40744 });
    assert_eq!(rig.payload(place).await, "u4pruyd");
    let back = rig.payload(json!("u4pruyd")).await;
    assert!((back["latitude"].as_f64().unwrap() - 57.64911).abs() < 0.001, "{back}");
    let answer = rig.ask(json!({ "payload": "ail" })).await;
    assert_eq!(answer["error"]["message"], "ail is no geohash", "{answer}");
    rig.stop().await;
}

#[tokio::test]
async fn settings_that_do_not_fit_are_told_at_the_node() {
    let rig = Rig::of("geohash", json!({ "type": "geohash", "precision": 13 })).await;
    let answer = rig.ask(json!({ "payload": [1, 2] })).await;
    assert!(answer["error"]["message"].is_string(), "{answer}");
    rig.stop().await;
}
