//! The embedded broker, talked to by mosquitto's own clients.

use std::path::Path;

use broker::{Broker, Settings, StartError, User};

use crate::broker::mosquitto::{Client, publish, subscribe};

pub(crate) mod mosquitto;
mod raw;

const VERSIONS: [&str; 2] = ["mqttv311", "mqttv5"];

async fn start(data: &Path) -> Box<dyn Broker> {
    broker::start(Settings { port: 0, ..Settings::local(data) }).await.expect("the broker starts")
}

#[tokio::test]
async fn delivers_each_quality_once_and_as_published() {
    let data = tempfile::tempdir().unwrap();
    let broker = start(data.path()).await;
    let at = broker.local_address();
    for version in VERSIONS {
        for quality in ["0", "1", "2"] {
            let watcher =
                subscribe(at, &["-V", version, "-q", quality, "-t", "car/+/speed", "-t", "end"]).await;
            publish(at, &["-V", version, "-q", quality, "-t", "car/7/speed", "-m", "81"]).await;
            publish(at, &["-V", version, "-q", quality, "-t", "boat/7/speed", "-m", "12"]).await;
            publish(at, &["-V", version, "-q", quality, "-t", "end", "-m", "x"]).await;
            let got = watcher.messages_until("end").await;
            assert_eq!(got, [format!("car/7/speed {quality} 0 81")], "{version} at quality {quality}");
        }
    }
    let stats = broker.stats();
    assert_eq!((stats.messages_received, stats.messages_sent), (18, 12));
    assert_eq!((stats.bytes_received, stats.bytes_sent), (30, 18));
    broker.stop().await;
}

#[tokio::test]
async fn retained_messages_outlive_the_broker_until_they_are_cleared() {
    let data = tempfile::tempdir().unwrap();
    let broker = start(data.path()).await;
    publish(broker.local_address(), &["-q", "1", "-r", "-t", "gate/state", "-m", "open"]).await;
    publish(broker.local_address(), &["-q", "1", "-r", "-t", "gate/state", "-m", "closed"]).await;
    broker.stop().await;

    let broker = start(data.path()).await;
    let at = broker.local_address();
    let watcher = subscribe(at, &["-q", "1", "-t", "gate/#", "-t", "end"]).await;
    publish(at, &["-q", "1", "-t", "end", "-m", "x"]).await;
    assert_eq!(watcher.messages_until("end").await, ["gate/state 1 1 closed"]);
    publish(at, &["-q", "1", "-r", "-n", "-t", "gate/state"]).await;
    broker.stop().await;

    let broker = start(data.path()).await;
    let at = broker.local_address();
    let watcher = subscribe(at, &["-q", "1", "-t", "gate/#", "-t", "end"]).await;
    publish(at, &["-q", "1", "-t", "end", "-m", "x"]).await;
    assert!(watcher.messages_until("end").await.is_empty());
    broker.stop().await;
}

#[tokio::test]
async fn publishes_the_will_of_a_client_that_vanishes_and_not_of_one_that_leaves() {
    let data = tempfile::tempdir().unwrap();
    let broker = start(data.path()).await;
    let at = broker.local_address();
    for version in VERSIONS {
        let mut watcher = subscribe(at, &["-V", version, "-q", "1", "-t", "will/#", "-t", "end"]).await;
        let will = |name| {
            ["-V", version, "-t", "x", "--will-topic", name, "--will-payload", "gone", "--will-qos", "1"]
        };
        mosquitto::run(at, "mosquitto_sub", &[&will("will/leaving")[..], &["-E"]].concat()).await;
        let vanishing = subscribe(at, &will("will/vanishing")).await;
        vanishing.vanish().await;
        assert_eq!(watcher.next_message().await, "will/vanishing 1 0 gone", "{version}");
        watcher.leave().await;
    }
    broker.stop().await;
}

#[tokio::test]
async fn a_persistent_session_and_its_queue_outlive_the_broker() {
    let data = tempfile::tempdir().unwrap();
    for (version, quality) in VERSIONS.into_iter().flat_map(|version| [(version, "1"), (version, "2")]) {
        let name = format!("{version}-{quality}");
        let session = ["-V", version, "-c", "-i", &name, "-q", quality, "-t", "job/+"];
        let broker = start(data.path()).await;
        mosquitto::run(broker.local_address(), "mosquitto_sub", &[&session[..], &["-E"]].concat()).await;
        for job in ["1", "2", "3"] {
            let topic = format!("job/{job}");
            publish(broker.local_address(), &["-V", version, "-q", quality, "-t", &topic, "-m", &name]).await;
        }
        // Not for those who are away.
        publish(broker.local_address(), &["-V", version, "-q", "0", "-t", "other", "-m", "x"]).await;
        broker.stop().await;

        let broker = start(data.path()).await;
        let mut watcher = subscribe(broker.local_address(), &session).await;
        for job in ["1", "2", "3"] {
            assert_eq!(watcher.next_message().await, format!("job/{job} {quality} 0 {name}"));
        }
        watcher.leave().await;
        broker.stop().await;
    }
}

#[tokio::test]
async fn a_message_that_was_not_acknowledged_comes_again_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let broker = start(data.path()).await;
    let mut client = raw::Client::connect(broker.local_address(), "worker").await;
    client.subscribe_at_least_once("job").await;
    publish(broker.local_address(), &["-q", "1", "-t", "job", "-m", "weld"]).await;
    let first = client.next_publish().await;
    assert_eq!((first.payload.as_slice(), first.duplicate), (&b"weld"[..], false));
    broker.stop().await;

    let broker = start(data.path()).await;
    let mut client = raw::Client::connect(broker.local_address(), "worker").await;
    let again = client.next_publish().await;
    assert_eq!((again.payload.as_slice(), again.duplicate), (&b"weld"[..], true));
    client.acknowledge(again.packet_identifier).await;
    drop(client);
    broker.stop().await;

    let broker = start(data.path()).await;
    let mut client = raw::Client::connect(broker.local_address(), "worker").await;
    publish(broker.local_address(), &["-q", "1", "-t", "job", "-m", "paint"]).await;
    assert_eq!(client.next_publish().await.payload, b"paint");
    broker.stop().await;
}

#[tokio::test]
async fn tells_subscribers_what_was_published_and_not_who_did() {
    let data = tempfile::tempdir().unwrap();
    let users = vec![User { name: "ann".into(), password: "secret".into() }];
    let broker = broker::start(Settings { port: 0, users, ..Settings::local(data.path()) }).await.unwrap();
    let at = broker.local_address();
    let ann = ["-u", "ann", "-P", "secret", "-V", "mqttv5"];
    let format = ["-F", "%t|%p|%P|%C", "-t", "news"];
    let mut watcher = subscribe(at, &[&ann[..], &format].concat()).await;
    let message = ["-i", "the-publisher", "-t", "news", "-m", "rain"];
    let properties =
        ["-D", "publish", "user-property", "a", "2", "-D", "publish", "content-type", "text/plain"];
    publish(at, &[&ann[..], &message, &properties].concat()).await;
    publish(at, &[&ann[..], &message].concat()).await;
    assert_eq!(watcher.next_message().await, "news|rain|a:2|text/plain");
    assert_eq!(watcher.next_message().await, "news|rain||");
    watcher.leave().await;
    broker.stop().await;
}

#[tokio::test]
async fn lets_in_its_users_alone() {
    let data = tempfile::tempdir().unwrap();
    let users = vec![User { name: "ann".into(), password: "secret".into() }];
    let broker = broker::start(Settings { port: 0, users, ..Settings::local(data.path()) }).await.unwrap();
    let at = broker.local_address();
    for version in VERSIONS {
        for refused in
            [&["-u", "ann", "-P", "guess"][..], &["-u", "bob", "-P", "secret"], &["-u", "ann"], &[]]
        {
            let message = [refused, &["-V", version, "-q", "1", "-t", "x", "-m", "x"]].concat();
            assert!(!Client::run(at, "mosquitto_pub", &message).await.success(), "{version} {refused:?}");
        }
        publish(at, &["-V", version, "-u", "ann", "-P", "secret", "-q", "1", "-t", "x", "-m", "x"]).await;
    }
    assert_eq!(broker.stats().messages_received, 2);
    broker.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_the_flag() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = start(one.path()).await;
    let port = first.local_address().port();
    let error = broker::start(Settings { port, ..Settings::local(other.path()) }).await.err().expect("taken");
    assert!(matches!(error, StartError::PortTaken { .. }), "{error}");
    assert!(error.to_string().contains("--mqtt-port"), "{error}");
    first.stop().await;
    let second = broker::start(Settings { port, ..Settings::local(other.path()) }).await.expect("free again");
    second.stop().await;
}

#[tokio::test]
async fn a_folder_serves_one_broker_at_a_time() {
    let data = tempfile::tempdir().unwrap();
    let first = start(data.path()).await;
    let error =
        broker::start(Settings { port: 0, ..Settings::local(data.path()) }).await.err().expect("in use");
    assert!(matches!(error, StartError::Data { .. }), "{error}");
    first.stop().await;
    start(data.path()).await.stop().await;
}
