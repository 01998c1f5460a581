//! `tls-config`: certificates and checks for nodes that talk TLS.

use std::sync::{Arc, LazyLock};

use engine::node::{BuildContext, BuildError, Built, ConfigNode};
use engine::registry::NodeType;
use model::descriptor::{Credential, Label, NodeDescriptor, Outputs, Role};
use model::text::{Catalogue, Text};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier};

use super::mqtt::lenient;

mod material;
#[cfg(test)]
mod tests;
mod trust;

use material::Material;

/// The node type.
pub const NODE: NodeType = NodeType { name: "tls-config", describe, build, texts: TEXTS };

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    /// # Certificates
    /// Where they come from.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-widget" = "choice", "enum" = ["files", "pfx", "env"],
        "x-enum-titles" = ["PEM files, or PEM text", "A PKCS #12 file", "Environment variables"], "default" = "files"))]
    cert_type: String,
    /// # CA certificate file
    /// Path of a PEM file with the certificates that the server's must lead to; empty for the system's own.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-show-if" = {"certType": ["files", null]}))]
    ca: String,
    /// # Certificate file
    /// Path of a PEM file with our own certificate, if the server asks for one.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-show-if" = {"certType": ["files", null]}))]
    cert: String,
    /// # Private key file
    /// Path of a PEM file with the key of our certificate.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-show-if" = {"certType": ["files", null]}))]
    key: String,
    /// # PKCS #12 file
    /// Path of a file (`.p12`, `.pfx`) with our certificate, its key, and the certificates above it.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-show-if" = {"certType": ["pfx"]}))]
    p12: String,
    /// # CA certificate
    /// The environment variable that holds it, as PEM text.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-show-if" = {"certType": ["env"]}))]
    ca_env: String,
    /// # Certificate
    /// The environment variable that holds it, as PEM text.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-show-if" = {"certType": ["env"]}))]
    cert_env: String,
    /// # Private key
    /// The environment variable that holds it, as PEM text.
    #[serde(deserialize_with = "crate::config::text")]
    #[schemars(extend("x-show-if" = {"certType": ["env"]}))]
    key_env: String,
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

impl Default for Config {
    fn default() -> Self {
        Self {
            cert_type: "files".into(),
            ca: String::new(),
            cert: String::new(),
            key: String::new(),
            p12: String::new(),
            ca_env: String::new(),
            cert_env: String::new(),
            key_env: String::new(),
            verifyservercert: None,
            servername: String::new(),
            alpnprotocol: String::new(),
        }
    }
}

const TEXTS: Catalogue = &[
    ("tls-config.label", "TLS"),
    ("tls-config.unreadable", "cannot read {path}: {reason}"),
    ("tls-config.empty", "{path} holds no {what} in PEM form"),
    ("tls-config.no-variable", "the environment variable {name} is not set"),
    ("tls-config.one-of-two", "a certificate and its private key are needed together"),
    ("tls-config.mismatch", "the private key is not the one of the certificate"),
    ("tls-config.locked", "the private key is encrypted, and the passphrase does not open it: {reason}"),
    (
        "tls-config.old-encryption",
        "the private key is encrypted in an old way that is not safe; write it anew with `openssl pkcs8 -topk8`",
    ),
    ("tls-config.p12", "{path} is not a PKCS #12 file that the passphrase opens: {reason}"),
    ("tls-config.p12-empty", "{path} holds no private key with a certificate"),
    ("tls-config.kind", "{kind} is not a source of certificates; choose files, pfx or env"),
    ("tls-config.unusable", "the certificates cannot be used: {reason}"),
    (
        "tls-config.no-system-roots",
        "the system has no certificates to trust ({reason}); choose a CA file in a tls-config node",
    ),
];

const HELP: &str = "\
Certificates and checks for connections with TLS. Without a CA certificate the system's own are trusted. \
Certificates can be given as PEM files, as PEM text, in environment variables, or all in one PKCS #12 file.

A self-signed certificate of a server can be given as the CA certificate itself: then that very certificate is trusted.

A private key may be encrypted with a passphrase (PKCS #8).";

fn describe() -> NodeDescriptor {
    let pem = |name, title| Credential {
        lines: true,
        show_if: serde_json::json!({ "certType": ["files", null] }),
        ..Credential::secret(name, title)
    };
    NodeDescriptor {
        type_name: NODE.name.into(),
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
            pem("cadata", "CA certificate (PEM text)"),
            pem("certdata", "Certificate (PEM text)"),
            pem("keydata", "Private key (PEM text)"),
            Credential {
                lines: true,
                show_if: serde_json::json!({ "certType": ["pfx"] }),
                ..Credential::secret("p12data", "PKCS #12 file (Base64 text)")
            },
            Credential::secret("passphrase", "Passphrase of the private key"),
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
        client.dangerous().set_certificate_verifier(trust::anybody());
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

/// For those who do not ask who the server is.
///
/// # Errors
/// TLS cannot be had at all.
pub(crate) fn anybody() -> Result<ClientConfig, Text> {
    let builder = builder()?.dangerous().with_custom_certificate_verifier(trust::anybody());
    Ok(builder.with_no_client_auth())
}

fn build(context: &BuildContext<'_>) -> Result<Built, BuildError> {
    let config: Config = context.config()?;
    let material = Material::gather(&config, context)?;
    let verifier = if config.verifyservercert.unwrap_or(true) {
        trust::roots(material.authorities)
    } else {
        Ok(trust::anybody())
    };
    let verifier = verifier.map_err(|text| BuildError::at("ca", text))?;
    let builder = builder()
        .map_err(|text| BuildError::at("", text))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let (mut client, server) = match material.own {
        None => (builder.with_no_client_auth(), None),
        Some((certificates, key)) => {
            let unusable = |text| BuildError::at("cert", text);
            let own = certified(certificates, key).map_err(unusable)?;
            let own = Arc::new(SingleCertAndKey::from(own));
            let server = server_builder().map_err(unusable)?.with_cert_resolver(own.clone());
            (builder.with_client_cert_resolver(own), Some(Arc::new(server)))
        }
    };
    if !config.alpnprotocol.is_empty() {
        client.alpn_protocols = vec![config.alpnprotocol.trim().into()];
    }
    let server_name = Some(config.servername.trim().to_owned()).filter(|name| !name.is_empty());
    Built::config(TlsConfig { client: Arc::new(client), server_name, server })
}

/// A certificate with its key; that they belong together is checked where that can be seen.
fn certified(
    certificates: Vec<tokio_rustls::rustls::pki_types::CertificateDer<'static>>,
    key: tokio_rustls::rustls::pki_types::PrivateKeyDer<'static>,
) -> Result<CertifiedKey, Text> {
    use tokio_rustls::rustls::{Error, InconsistentKeys};
    let key = ring::sign::any_supported_type(&key).map_err(unusable)?;
    let own = CertifiedKey::new(certificates, key);
    match own.keys_match() {
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => Err(Text::key("tls-config.mismatch")),
        // Certificates of the first version cannot be looked into; whoever gets one decides.
        _ => Ok(own),
    }
}

fn unusable(reason: tokio_rustls::rustls::Error) -> Text {
    Text::key("tls-config.unusable").with("reason", reason)
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Text> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    builder.with_safe_default_protocol_versions().map_err(unusable)
}

type ServerBuilder = ConfigBuilder<ServerConfig, tokio_rustls::rustls::server::WantsServerCert>;

fn server_builder() -> Result<ServerBuilder, Text> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(builder.with_safe_default_protocol_versions().map_err(unusable)?.with_no_client_auth())
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
