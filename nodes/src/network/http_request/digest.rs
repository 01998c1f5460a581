//! Digest authentication (RFC 7616, and RFC 2617 before it): proves that we know the password without sending it.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, Method};
use md5::Digest as _;
use reqwest::Url;

/// Who we are.
#[derive(Clone)]
pub(super) struct Digest {
    user: String,
    password: String,
    /// The answers so far, and the question that they were for.
    answers: u8,
    question: String,
}

/// Never shows the password.
impl std::fmt::Debug for Digest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Digest").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Digest {
    pub(super) fn new(user: &str, password: &str) -> Self {
        Self { user: user.to_owned(), password: password.to_owned(), answers: 0, question: String::new() }
    }

    /// The header that answers the server's question; `None` when it asks for no digest, or did not take the
    /// answer.
    ///
    /// # Errors
    /// Why its question cannot be answered.
    pub(super) fn answer(
        &mut self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
    ) -> Option<Result<HeaderValue, String>> {
        let offered = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
        let mut questions = offered.filter_map(|value| {
            let (scheme, question) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("digest").then_some(question)
        });
        if let Some(question) = questions.next() {
            self.question = question.to_owned();
        }
        let question = self.question.clone();
        if question.is_empty() {
            return None;
        }
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let may_be_cut = question.to_ascii_uppercase().contains("SHA-512-256");
        if self.answers > u8::from(may_be_cut) {
            return None;
        }
        self.answers += 1;
        let client_nonce = format!("{:016x}", fastrand::u64(..));
        let header = self.header(method.as_str(), &path, &question, &client_nonce);
        Some(header.and_then(|header| HeaderValue::try_from(header).map_err(|error| error.to_string())))
    }

    fn header(&self, method: &str, path: &str, question: &str, client_nonce: &str) -> Result<String, String> {
        let parameters = parameters(question);
        let get =
            |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let realm = get("realm").ok_or("it names no realm")?;
        let nonce = get("nonce").ok_or("it sends no nonce")?;
        let algorithm = get("algorithm").unwrap_or("MD5").to_ascii_uppercase();
        let hash = match algorithm.trim_end_matches("-SESS") {
            "MD5" => |text: &str| hex(&md5::Md5::digest(text)),
            "SHA-256" => |text: &str| hex(&<sha2::Sha256 as sha2::Digest>::digest(text)),
            // Some servers take it for the first half of SHA-512.
            "SHA-512-256" if self.answers > 1 => {
                |text: &str| hex(&<sha2::Sha512 as sha2::Digest>::digest(text)[..32])
            }
            "SHA-512-256" => |text: &str| hex(&<sha2::Sha512_256 as sha2::Digest>::digest(text)),
            other => return Err(format!("the algorithm {other} is not known here")),
        };
        let has_quality = match get("qop") {
            None => false,
            Some(offered) if offered.split(',').any(|one| one.trim() == "auth") => true,
            Some(offered) => return Err(format!("the quality of protection {offered} is not known here")),
        };
        let mut who = hash(&format!("{}:{realm}:{}", self.user, self.password));
        if algorithm.ends_with("-SESS") {
            who = hash(&format!("{who}:{nonce}:{client_nonce}"));
        }
        let what = hash(&format!("{method}:{path}"));
        let response = match has_quality {
            true => hash(&format!("{who}:{nonce}:00000001:{client_nonce}:auth:{what}")),
            false => hash(&format!("{who}:{nonce}:{what}")),
        };
        let user = self.user.replace('\\', "\\\\").replace('"', "\\\"");
        let mut header = format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{path}\", response=\"{response}\""
        );
        if let Some(named) = get("algorithm") {
            header.push_str(&format!(", algorithm={named}"));
        }
        if has_quality {
            header.push_str(&format!(", qop=auth, nc=00000001, cnonce=\"{client_nonce}\""));
        } else if algorithm.ends_with("-SESS") {
            header.push_str(&format!(", cnonce=\"{client_nonce}\""));
        }
        if let Some(opaque) = get("opaque") {
            header.push_str(&format!(", opaque=\"{opaque}\""));
        }
        Ok(header)
    }
}

/// `name=value, name="va, lue"` by lower-case name.
fn parameters(question: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), question);
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').map_or((after, ""), |(value, after)| (value.trim_end(), after)),
        };
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        found.push((name, value.to_owned()));
        rest = after;
    }
    found
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_the_standards_examples() {
        // RFC 2617, section 3.5.
        let question = "realm=\"testrealm@host.com\", qop=\"auth,auth-int\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        let digest = Digest::new("Mufasa", "Circle Of Life");
        let header = digest.header("GET", "/dir/index.html", question, "0a4f113b").unwrap();
        assert!(header.contains("response=\"6629fae49393a05397450978507c4ef1\""), "{header}");
        assert!(header.contains("opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""), "{header}");
        // RFC 7616, section 3.9.1.
        let question = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        let digest = Digest::new("Mufasa", "Circle of Life");
        let client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let header = digest.header("GET", "/dir/index.html", question, client_nonce).unwrap();
        let response = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert!(header.contains(response), "{header}");
    }

    #[test]
    fn says_what_it_cannot_answer() {
        let mut digest = Digest::new("u", "p");
        for (question, reason) in [
            ("nonce=\"n\"", "no realm"),
            ("realm=\"r\"", "no nonce"),
            ("realm=\"r\", nonce=\"n\", algorithm=FOO", "the algorithm FOO"),
            ("realm=\"r\", nonce=\"n\", qop=auth-int", "auth-int"),
        ] {
            let error = digest.header("GET", "/", question, "c").unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        assert!(digest.answer(&Method::GET, &"http://h/".parse().unwrap(), &HeaderMap::new()).is_none());
    }
}
