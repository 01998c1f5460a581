//! Certificates from all their sources, between a tcp in node that listens and tcp out nodes that connect.

use std::collections::HashMap;

use engine::Outcome;
use engine::node::Services;
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKeyChain};
use serde_json::{Value, json};

use crate::testing::{Bench, until};

type Credentials = HashMap<String, HashMap<String, String>>;

fn credentials(node: &str, pairs: &[(&str, &str)]) -> Credentials {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    HashMap::from([(node.to_owned(), pairs.collect())])
}

/// A certificate that signed itself and says that it is an authority, as `openssl req -x509` makes them.
fn self_signed(name: &str) -> rcgen::CertifiedKey<rcgen::KeyPair> {
    let signing_key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let cert = parameters.self_signed(&signing_key).unwrap();
    rcgen::CertifiedKey { cert, signing_key }
}

/// A server with the config node `own`, a client with `trust`.
async fn bench(configs: &[Value], credentials: &Credentials) -> Bench {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut flow = vec![
        json!({ "id": "t", "type": "tab" }),
        json!({ "id": "out", "type": "recorder", "z": "t", "x": 1, "y": 1, "wires": [] }),
        json!({ "id": "in", "type": "tcp in", "z": "t", "x": 1, "y": 1, "server": "server", "port": port,
            "datatype": "utf8", "tls": "own", "wires": [["out"]] }),
        json!({ "id": "to", "type": "tcp request", "z": "t", "x": 1, "y": 1, "server": "127.0.0.1", "port": port,
            "tls": "trust", "out": "immed", "wires": [] }),
    ];
    flow.extend(configs.iter().cloned());
    Bench::start_with(flow.into(), credentials, Services::default()).await
}

/// Sends something, and gives how that ended.
async fn send(bench: &mut Bench) -> Outcome {
    let number = bench.send("to", json!({ "payload": "secret" }));
    until("it ends", async || bench.outcome(number).is_some()).await;
    bench.outcome(number).unwrap()
}

async fn check(configs: &[Value], credentials: &Credentials, expected: Outcome) {
    let mut bench = bench(configs, credentials).await;
    assert_eq!(send(&mut bench).await, expected, "{:?}", bench.errors());
    if expected == Outcome::Delivered {
        until("it came", async || !bench.recorded().is_empty()).await;
        assert_eq!(bench.recorded()[0].payload().as_str(), Some("secret"));
    }
}

#[tokio::test]
async fn a_self_signed_certificate_vouches_for_itself_alone() {
    let (own, other) = (self_signed("127.0.0.1"), self_signed("127.0.0.1"));
    let own_pem = [("certdata", own.cert.pem()), ("keydata", own.signing_key.serialize_pem())];
    let own_pem = own_pem.each_ref().map(|(name, value)| (*name, value.as_str()));
    for (trusted, name, expected) in [
        (&own, "", Outcome::Delivered),
        (&own, "other.example", Outcome::Failed),
        (&other, "", Outcome::Failed),
    ] {
        let mut all = credentials("own", &own_pem);
        all.extend(credentials("trust", &[("cadata", &trusted.cert.pem())]));
        let configs = [
            json!({ "id": "own", "type": "tls-config" }),
            json!({ "id": "trust", "type": "tls-config", "servername": name }),
        ];
        check(&configs, &all, expected).await;
    }
}

#[tokio::test]
async fn a_pkcs12_file_holds_all_there_is() {
    let own = self_signed("127.0.0.1");
    let chain = [Certificate::from_der(own.cert.der()).unwrap()];
    let key = PrivateKeyChain::new(own.signing_key.serialize_der(), *b"1", chain);
    let mut store = KeyStore::new();
    store.add_entry("own", KeyStoreEntry::PrivateKeyChain(key));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.p12");
    std::fs::write(&path, store.writer("open sesame").write().unwrap()).unwrap();
    let configs = [
        json!({ "id": "own", "type": "tls-config", "certType": "pfx", "p12": path.to_string_lossy() }),
        json!({ "id": "trust", "type": "tls-config", "verifyservercert": false }),
    ];
    check(&configs, &credentials("own", &[("passphrase", "open sesame")]), Outcome::Delivered).await;
}

#[tokio::test]
async fn a_passphrase_opens_a_private_key() {
    let own = self_signed("127.0.0.1");
    let plain = own.signing_key.serialize_der();
    let plain = pkcs8::PrivateKeyInfo::try_from(plain.as_slice()).unwrap();
    let sealing = pkcs8::pkcs5::pbes2::Parameters::pbkdf2_sha256_aes256cbc(1000, b"salt", &[7; 16]).unwrap();
    let sealed = plain.encrypt_with_params(sealing, "open sesame").unwrap();
    let sealed = sealed.to_pem("ENCRYPTED PRIVATE KEY", pkcs8::LineEnding::LF).unwrap();
    let configs = [
        json!({ "id": "own", "type": "tls-config", "certType": "files" }),
        json!({ "id": "trust", "type": "tls-config", "verifyservercert": false }),
    ];
    let pairs =
        [("certdata", own.cert.pem()), ("keydata", sealed.to_string()), ("passphrase", "open sesame".into())];
    let pairs = pairs.each_ref().map(|(name, value)| (*name, value.as_str()));
    check(&configs, &credentials("own", &pairs), Outcome::Delivered).await;
}
