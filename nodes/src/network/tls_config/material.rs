//! Certificates and keys from where a tls-config node has them.

use base64::Engine as _;
use engine::js;
use engine::node::{BuildContext, BuildError};
use model::text::Text;
use p12_keystore::KeyStore;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::Config;

/// What a tls-config node has.
pub(super) struct Material {
    /// Whom to trust; none for those whom the system trusts.
    pub(super) authorities: Option<Vec<CertificateDer<'static>>>,
    /// Our certificate with those above it, and its key.
    pub(super) own: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl Material {
    pub(super) fn gather(config: &Config, context: &BuildContext<'_>) -> Result<Self, BuildError> {
        match config.cert_type.as_str() {
            "" | "files" => Self::of_files(config, context),
            "env" => Self::of_variables(config, context),
            "pfx" => Self::of_p12(config, context),
            kind => Err(BuildError::at("certType", Text::key("tls-config.kind").with("kind", kind))),
        }
    }

    fn of_files(config: &Config, context: &BuildContext<'_>) -> Result<Self, BuildError> {
        // Files win over texts, as in Node-RED.
        let has_paths = [&config.ca, &config.cert, &config.key].iter().any(|path| !path.trim().is_empty());
        let part = |property: &'static str, path: &str| {
            let (name, bytes) = match path.trim() {
                "" if has_paths => return Ok(None),
                "" => {
                    let text = context.credential(&format!("{property}data"));
                    (format!("{property}data"), text.as_bytes().to_vec())
                }
                path => (path.to_owned(), read(path).map_err(|text| BuildError::at(property, text))?),
            };
            Ok((!bytes.is_empty()).then_some(Part { property, name, bytes }))
        };
        let parts = [part("ca", &config.ca)?, part("cert", &config.cert)?, part("key", &config.key)?];
        Self::of_parts(parts, context)
    }

    fn of_variables(config: &Config, context: &BuildContext<'_>) -> Result<Self, BuildError> {
        let part = |property: &'static str, name: &str| {
            if name.trim().is_empty() {
                return Ok(None);
            }
            let value = context.env.get(name.trim()).ok_or_else(|| {
                BuildError::at(property, Text::key("tls-config.no-variable").with("name", name))
            })?;
            Ok(Some(Part { property, name: name.to_owned(), bytes: js::to_text(&value).as_bytes().to_vec() }))
        };
        let parts = [
            part("caEnv", &config.ca_env)?,
            part("certEnv", &config.cert_env)?,
            part("keyEnv", &config.key_env)?,
        ];
        Self::of_parts(parts, context)
    }

    fn of_parts([ca, cert, key]: [Option<Part>; 3], context: &BuildContext<'_>) -> Result<Self, BuildError> {
        let own = match (cert, key) {
            (None, None) => None,
            (Some(cert), Some(key)) => {
                Some((cert.certificates()?, key.private_key(context.credential("passphrase"))?))
            }
            (None, Some(_)) => return Err(BuildError::at("cert", Text::key("tls-config.one-of-two"))),
            (Some(_), None) => return Err(BuildError::at("key", Text::key("tls-config.one-of-two"))),
        };
        Ok(Self { authorities: ca.map(|ca| ca.certificates()).transpose()?, own })
    }

    fn of_p12(config: &Config, context: &BuildContext<'_>) -> Result<Self, BuildError> {
        let (path, bytes) = match config.p12.trim() {
            "" => {
                let text: String = context.credential("p12data").split_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(text);
                ("p12data", bytes.map_err(|error| closed("p12data", error))?)
            }
            path => (path, read(path).map_err(|text| BuildError::at("p12", text))?),
        };
        if bytes.is_empty() {
            return Ok(Self { authorities: None, own: None });
        }
        let store = KeyStore::from_pkcs12(&bytes, context.credential("passphrase"))
            .map_err(|error| closed(path, error))?;
        let Some((_, chain)) = store.private_key_chain() else {
            return Err(BuildError::at("p12", Text::key("tls-config.p12-empty").with("path", path)));
        };
        let certificates: Vec<_> = chain
            .chain()
            .iter()
            .map(|certificate| CertificateDer::from(certificate.as_der().to_vec()))
            .collect();
        let key = PrivatePkcs8KeyDer::from(chain.key().to_vec());
        // As in Node.js: what stands above our own certificate is trusted.
        let authorities = (certificates.len() > 1).then(|| certificates[1..].to_vec());
        Ok(Self { authorities, own: Some((certificates, key.into())) })
    }
}

fn closed(path: &str, reason: impl std::fmt::Display) -> BuildError {
    BuildError::at("p12", Text::key("tls-config.p12").with("path", path).with("reason", reason))
}

/// PEM text of one property.
struct Part {
    property: &'static str,
    /// A path or the name of a variable, for problems.
    name: String,
    bytes: Vec<u8>,
}

impl Part {
    fn lacks(&self, what: &str) -> BuildError {
        let text = Text::key("tls-config.empty").with("path", &self.name).with("what", what);
        BuildError::at(self.property, text)
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, BuildError> {
        let certificates: Vec<_> =
            CertificateDer::pem_slice_iter(&self.bytes).filter_map(Result::ok).collect();
        if certificates.is_empty() { Err(self.lacks("certificate")) } else { Ok(certificates) }
    }

    fn private_key(&self, passphrase: &str) -> Result<PrivateKeyDer<'static>, BuildError> {
        let text = String::from_utf8_lossy(&self.bytes);
        if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") {
            let locked = |reason: String| {
                BuildError::at(self.property, Text::key("tls-config.locked").with("reason", reason))
            };
            let (_, sealed) = pkcs8::Document::from_pem(&text).map_err(|error| locked(error.to_string()))?;
            let sealed = pkcs8::EncryptedPrivateKeyInfo::try_from(sealed.as_bytes())
                .map_err(|error| locked(error.to_string()))?;
            let opened = sealed.decrypt(passphrase).map_err(|error| locked(error.to_string()))?;
            return Ok(PrivatePkcs8KeyDer::from(opened.as_bytes().to_vec()).into());
        }
        if text.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(BuildError::at(self.property, Text::key("tls-config.old-encryption")));
        }
        PrivateKeyDer::from_pem_slice(&self.bytes).map_err(|_| self.lacks("private key"))
    }
}

fn read(path: &str) -> Result<Vec<u8>, Text> {
    std::fs::read(path)
        .map_err(|error| Text::key("tls-config.unreadable").with("path", path).with("reason", error))
}
