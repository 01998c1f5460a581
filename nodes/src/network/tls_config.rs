//! `tls-config`: certificates and checks for nodes that talk TLS.

use std::sync::{Arc, LazyLock};

use engine::node::{BuildContext, BuildError, Built, ConfigNode};
use engine::registry::NodeType;
use model::descriptor::{Credential, Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig, SignatureScheme,
};

use super::mqtt::lenient;

/// The node type.
pub const NODE: NodeType = NodeType { describe, build, texts: TEXTS };

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Config {
    /// # CA certificate file
    /// Path of a PEM file with the certificates that the server's must lead to; empty for the system's own.
    #[serde(deserialize_with = "crate::config::text")]
    ca: String,
    /// # Certificate file
    /// Path of a PEM file with our own certificate, if the server asks for one.
    #[serde(deserialize_with = "crate::config::text")]
    cert: String,
    /// # Private key file
    /// Path of a PEM file with the key of our certificate, not encrypted.
    #[serde(deserialize_with = "crate::config::text")]
    key: String,
    /// # Verify server certificate
    /// Without it anybody on the way can read and change what is sent.
    #[serde(deserialize_with = "lenient::truth")]
    #[schemars(with = "bool", extend("default" = true))]
    verifyservercert: Option<bool>,
    /// # Server name
    /// The name that the server's certificate must have, if it is not the host's.
    #[serde(deserialize_with = "crate::config::text")]
    servername: String,
    /// # ALPN protocol
    /// Asked for in the handshake, such as `x-amzn-mqtt-ca`.
    #[serde(deserialize_with = "crate::config::text")]
    alpnprotocol: String,
}

const TEXTS: Catalogue = &[
    ("tls-config.label", "TLS"),
    ("tls-config.unreadable", "cannot read {path}: {reason}"),
    ("tls-config.empty", "{path} holds no {what} in PEM form"),
    ("tls-config.one-of-two", "a certificate and its private key are needed together"),
    ("tls-config.unusable", "the certificates cannot be used: {reason}"),
    (
        "tls-config.no-system-roots",
        "the system has no certificates to trust ({reason}); choose a CA file in a tls-config node",
    ),
];

const HELP: &str = "\
Certificates and checks for connections with TLS. Without a CA certificate the system's own are trusted. \
Certificates can be given as PEM files or as PEM text.

A private key that is encrypted with a passphrase is not supported: decrypt it first, such as with \
`openssl pkey -in key.pem -out plain.pem`.";

fn describe() -> NodeDescriptor {
    let secret = |name, title| Credential { lines: true, ..Credential::secret(name, title) };
    NodeDescriptor {
        type_name: "tls-config".into(),
        role: Role::Config,
        category: "config".into(),
        colour: "#dddddd".into(),
        icon: "lock".into(),
        inputs: 0,
        outputs: Outputs::Fixed(0),
        label: Label { properties: vec!["name".into()], fallback: Text::key("tls-config.label") },
        button: false,
        schema: schemars::schema_for!(Config).into(),
        credentials: vec![
            secret("cadata", "CA certificate (PEM text)"),
            secret("certdata", "Certificate (PEM text)"),
            secret("keydata", "Private key (PEM text)"),
        ],
        help: HELP.into(),
    }
}

/// What a client needs to talk TLS.
#[derive(Clone)]
pub(crate) struct TlsConfig {
    pub(crate) client: Arc<ClientConfig>,
    /// The name that the server's certificate must have, if it is not the host's.
    pub(crate) server_name: Option<String>,
    /// For those who listen; there when a certificate and its key are.
    pub(crate) server: Option<Arc<ServerConfig>>,
}

impl ConfigNode for TlsConfig {}

impl TlsConfig {
    /// The same without asking who the server is.
    pub(crate) fn trusting_anybody(&self) -> ClientConfig {
        let mut client = (*self.client).clone();
        client
            .dangerous()
            .set_certificate_verifier(Arc::new(TrustsAnybody(Arc::new(ring::default_provider()))));
        client
    }
}

/// The system's certificates, and all checks.
///
/// # Errors
/// The system has none.
pub(crate) fn system() -> Result<Arc<TlsConfig>, Text> {
    static SYSTEM: LazyLock<Result<Arc<TlsConfig>, Text>> = LazyLock::new(|| {
        let client = builder()?.with_root_certificates(system_roots()?).with_no_client_auth();
        Ok(Arc::new(TlsConfig { client: Arc::new(client), server_name: None, server: None }))
    });
    SYSTEM.clone()
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let read = |property: &str, path: &str| {
        let text = context.credential(&format!("{property}data"));
        if text.is_empty() { read(path) } else { Ok(text.as_bytes().to_vec()) }
            .map_err(|text| BuildError::at(property, text))
    };
    let [ca, cert, key] = [read("ca", &config.ca)?, read("cert", &config.cert)?, read("key", &config.key)?];
    let unusable = |reason: String| Text::key("tls-config.unusable").with("reason", reason);
    let builder = builder().map_err(|text| BuildError::at("", text))?;
    let builder = if config.verifyservercert.unwrap_or(true) {
        let roots = if ca.is_empty() { system_roots() } else { roots_of(&ca, &config.ca) };
        builder.with_root_certificates(roots.map_err(|text| BuildError::at("ca", text))?)
    } else {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(TrustsAnybody(Arc::new(ring::default_provider()))))
    };
    let mut server = None;
    let mut client = match (cert.is_empty(), key.is_empty()) {
        (true, true) => builder.with_no_client_auth(),
        (false, false) => {
            let certificates =
                certificates(&cert, &config.cert).map_err(|text| BuildError::at("cert", text))?;
            let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| {
                let text =
                    Text::key("tls-config.empty").with("path", &config.key).with("what", "private key");
                BuildError::at("key", text)
            })?;
            let listens = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map(|builder| builder.with_no_client_auth())
                .and_then(|builder| builder.with_single_cert(certificates.clone(), key.clone_key()))
                .map_err(|error| BuildError::at("cert", unusable(error.to_string())))?;
            server = Some(Arc::new(listens));
            builder
                .with_client_auth_cert(certificates, key)
                .map_err(|error| BuildError::at("cert", unusable(error.to_string())))?
        }
        _ => return Err(BuildError::at("key", Text::key("tls-config.one-of-two"))),
    };
    if !config.alpnprotocol.is_empty() {
        client.alpn_protocols = vec![config.alpnprotocol.into_bytes()];
    }
    let server_name = (!config.servername.is_empty()).then_some(config.servername);
    Built::config(TlsConfig { client: Arc::new(client), server_name, server })
}

type Builder = tokio_rustls::rustls::ConfigBuilder<ClientConfig, tokio_rustls::rustls::WantsVerifier>;

fn builder() -> Result<Builder, Text> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    builder
        .with_safe_default_protocol_versions()
        .map_err(|error| Text::key("tls-config.unusable").with("reason", error))
}

/// A file's bytes; none for no path.
fn read(path: &str) -> Result<Vec<u8>, Text> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    std::fs::read(path)
        .map_err(|error| Text::key("tls-config.unreadable").with("path", path).with("reason", error))
}

fn certificates(pem: &[u8], path: &str) -> Result<Vec<CertificateDer<'static>>, Text> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect();
    if certificates.is_empty() {
        return Err(Text::key("tls-config.empty").with("path", path).with("what", "certificate"));
    }
    Ok(certificates)
}

fn roots_of(pem: &[u8], path: &str) -> Result<RootCertStore, Text> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem, path)? {
        roots.add(certificate).map_err(|error| Text::key("tls-config.unusable").with("reason", error))?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, Text> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // A few that cannot be read do not matter while there are others.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let reason = found.errors.first().map_or_else(|| "none found".to_owned(), ToString::to_string);
        return Err(Text::key("tls-config.no-system-roots").with("reason", reason));
    }
    Ok(roots)
}

/// Encrypts, but does not ask with whom: for those who turned the check off.
#[derive(Debug)]
struct TrustsAnybody(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustsAnybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, tokio_rustls::rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, tokio_rustls::rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, tokio_rustls::rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
