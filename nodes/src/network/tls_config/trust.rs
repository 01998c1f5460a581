//! Whom a client trusts.

use std::net::IpAddr;
use std::sync::Arc;

use model::text::Text;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls13_signature_with_raw_key};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer, GeneralName, Validity, X509Certificate};

/// Trusts those whom these authorities vouch for, and the certificates themselves; the system's where there are
/// none.
pub(super) fn roots(
    authorities: Option<Vec<CertificateDer<'static>>>,
) -> Result<Arc<dyn ServerCertVerifier>, Text> {
    let provider = Arc::new(ring::default_provider());
    let (store, pinned) = match authorities {
        None => (super::system_roots()?, Vec::new()),
        Some(certificates) => {
            let mut store = RootCertStore::empty();
            // One that vouches for nobody, such as a certificate of the first version, can still be met itself.
            store.add_parsable_certificates(certificates.iter().cloned());
            (store, certificates)
        }
    };
    let by_authority = match store.is_empty() {
        true => None,
        false => Some(
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
                .build()
                .map_err(|error| Text::key("tls-config.unusable").with("reason", error))?,
        ),
    };
    Ok(Arc::new(Roots { by_authority, pinned, provider }))
}

/// Encrypts, but does not ask with whom: for those who turned the check off.
pub(super) fn anybody() -> Arc<dyn ServerCertVerifier> {
    Arc::new(Anybody(ring::default_provider()))
}

#[derive(Debug)]
struct Roots {
    by_authority: Option<Arc<WebPkiServerVerifier>>,
    /// Certificates that are trusted as they are, whatever they may be used for: that is how self-signed ones are
    /// given. Dates and name must fit.
    pinned: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Roots {
    fn is_pinned(&self, certificate: &CertificateDer<'_>) -> bool {
        self.pinned.iter().any(|pinned| pinned.as_ref() == certificate.as_ref())
    }
}

impl ServerCertVerifier for Roots {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.is_pinned(end_entity) {
            return check_pinned(end_entity, server_name, now);
        }
        match &self.by_authority {
            Some(verifier) => {
                verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let checked =
            tokio_rustls::rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms);
        match (checked, key_of_old(certificate)) {
            // The library reads certificates of the third version alone; the key is what matters.
            (Err(Error::InvalidCertificate(_)), Some(key)) if self.is_pinned(certificate) => {
                verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
            }
            (checked, _) => checked,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn check_pinned(
    certificate: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let refused = |reason| Err(Error::InvalidCertificate(reason));
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else {
        return refused(CertificateError::BadEncoding);
    };
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let Validity { not_before, not_after } = parsed.validity();
    if now < not_before.timestamp() {
        refused(CertificateError::NotValidYet)
    } else if now > not_after.timestamp() {
        refused(CertificateError::Expired)
    } else if !has_name(&parsed, server_name) {
        refused(CertificateError::NotValidForName)
    } else {
        Ok(ServerCertVerified::assertion())
    }
}

/// Whether a certificate is for this name: by its alternative names or, where it has none, its common name.
fn has_name(certificate: &X509Certificate<'_>, name: &ServerName<'_>) -> bool {
    let text = name.to_str();
    let is_it = |known: &str| {
        known.eq_ignore_ascii_case(&text)
            || known.strip_prefix("*.").is_some_and(|domain| {
                text.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain))
            })
    };
    if let Ok(Some(names)) = certificate.subject_alternative_name() {
        return names.value.general_names.iter().any(|known| match (known, name) {
            (GeneralName::DNSName(known), ServerName::DnsName(_)) => is_it(known),
            (GeneralName::IPAddress(known), ServerName::IpAddress(_)) => {
                let octets = match text.parse() {
                    Ok(IpAddr::V4(address)) => address.octets().to_vec(),
                    Ok(IpAddr::V6(address)) => address.octets().to_vec(),
                    Err(_) => return false,
                };
                *known == octets
            }
            _ => false,
        });
    }
    certificate.subject().iter_common_name().any(|common| common.as_str().is_ok_and(is_it))
}

/// The public key of a certificate that is older than the third version.
fn key_of_old(certificate: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let is_old = parsed.version().0 < 2;
    is_old.then(|| SubjectPublicKeyInfoDer::from(parsed.public_key().raw.to_vec()))
}

#[derive(Debug)]
struct Anybody(CryptoProvider);

// Who does not ask for a certificate learns nothing from a signature that is made with its key, either.
impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
