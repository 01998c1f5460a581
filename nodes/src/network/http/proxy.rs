//! Which proxy a URL is reached through, as environment variables say: the rules of curl, and npm's own variables
//! before them.

use reqwest::Url;

/// How the variables are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProxyRules {
    /// The rules of Node-RED before 4.0: `HTTP_PROXY` for everything, and exceptions that are parts of the URL.
    pub is_legacy: bool,
    /// Names in capitals do not count.
    pub lower_case_only: bool,
    /// Names in capitals win over those in small letters.
    pub upper_case_first: bool,
    /// npm's variables (`npm_config_proxy` and others) do not count.
    pub ignores_npm: bool,
}

impl ProxyRules {
    /// The proxy for `url`, as it is written in the variables; none when it is reached directly. `variable` gives
    /// the value of an environment variable.
    pub fn proxy_for(self, url: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        if self.is_legacy {
            return legacy(url, variable);
        }
        let url: Url = url.parse().ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?.to_lowercase();
        let scheme = url.scheme();
        let read = |name: &str| self.read(name, variable);
        let exceptions = read("npm_config_no_proxy").or_else(|| read("no_proxy")).unwrap_or_default();
        if is_excepted(&host, &ports(&url), &exceptions.to_lowercase()) {
            return None;
        }
        let proxy = read(&format!("npm_config_{scheme}_proxy"))
            .or_else(|| read(&format!("{scheme}_proxy")))
            .or_else(|| read("npm_config_proxy"))
            .or_else(|| read("all_proxy"))?;
        Some(if proxy.contains("://") { proxy } else { format!("{scheme}://{proxy}") })
    }

    fn read(self, name: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        if self.ignores_npm && name.starts_with("npm_config_") {
            return None;
        }
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let (small, capital) = (|| given(&name.to_lowercase()), || given(&name.to_uppercase()));
        match self {
            Self { lower_case_only: true, .. } => small(),
            Self { upper_case_first: true, .. } => capital().or_else(small),
            _ => small().or_else(capital),
        }
    }
}

/// The port of a URL; without one, the ports that its scheme stands for.
fn ports(url: &Url) -> Vec<u16> {
    match (url.port().filter(|port| *port != 0), url.scheme()) {
        (Some(port), _) => vec![port],
        (None, "ftp") => vec![21],
        (None, "gopher") => vec![70],
        (None, "http" | "ws") => vec![80],
        (None, "https" | "wss") => vec![443],
        // Node-RED takes its own port for MQTT's.
        (None, "mqtt") => vec![1883, 1880],
        (None, "mqtts") => vec![8883],
        (None, _) => Vec::new(),
    }
}

/// Whether one of the exceptions names the host: itself, a domain around it (`.example.org`, `*.example.org`), or
/// all (`*`); each may have a port.
fn is_excepted(host: &str, ports: &[u16], exceptions: &str) -> bool {
    if exceptions.trim() == "*" {
        return true;
    }
    let entries = exceptions.split(|between: char| between == ',' || between.is_whitespace());
    entries.filter(|entry| !entry.is_empty()).any(|entry| {
        let with_port =
            entry.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse::<u16>().ok()?)));
        let (name, port) = with_port.map_or((entry, None), |(name, port)| (name, Some(port)));
        if port.is_some_and(|port| port != 0 && !ports.contains(&port)) {
            return false;
        }
        match name.strip_prefix('*') {
            Some(end) => host.ends_with(end),
            None if name.starts_with('.') => host.ends_with(name),
            None => host == name,
        }
    })
}

fn legacy(url: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let read = |capital: &str| {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        given(capital).or_else(|| given(&capital.to_lowercase()))
    };
    let exceptions = read("NO_PROXY").unwrap_or_default();
    let is_excepted = !exceptions.is_empty() && exceptions.split(',').any(|part| url.contains(part.trim()));
    read("HTTP_PROXY").filter(|_| !is_excepted)
}

/// A URL as it may stand in a log: without user and password. In what is no URL, a password may hold anything.
pub(crate) fn without_login(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = match Url::parse(url) {
        Ok(_) => rest.split_at(end),
        Err(_) => (rest, ""),
    };
    match authority.rsplit_once('@') {
        None => url.to_owned(),
        Some((_, host)) if scheme.is_empty() => format!("{host}{path}"),
        Some((_, host)) => format!("{scheme}://{host}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy for `url` where the environment is `NAME=value` pairs with `;` between.
    fn proxy(rules: ProxyRules, environment: &str, url: &str) -> String {
        let variable = |name: &str| {
            let mut pairs = environment.split(';').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
        };
        rules.proxy_for(url, &variable).unwrap_or_default()
    }

    #[test]
    fn the_scheme_chooses_the_variable() {
        for (environment, url, expected) in [
            ("", "http://a.example", ""),
            ("http_proxy=http://p", "http://a.example", "http://p"),
            ("http_proxy=http://p", "https://a.example", ""),
            ("HTTPS_PROXY=http://big;https_proxy=http://small", "https://a.example", "http://small"),
            ("all_proxy=p:3128", "https://a.example", "https://p:3128"),
            ("all_proxy=http://p", "nonsense", ""),
            ("npm_config_proxy=http://npm", "http://a.example", "http://npm"),
            ("npm_config_proxy=http://npm;http_proxy=http://p", "http://a.example", "http://p"),
            ("npm_config_http_proxy=http://npm;http_proxy=http://p", "http://a.example", "http://npm"),
            ("mqtt_proxy=tcp://p", "mqtt://a.example", "tcp://p"),
        ] {
            assert_eq!(proxy(ProxyRules::default(), environment, url), expected, "{environment} {url}");
        }
    }

    #[test]
    fn exceptions_are_hosts_domains_and_ports() {
        for (exceptions, url, is_direct) in [
            ("a.example", "http://a.example:8080/x", true),
            ("A.EXAMPLE", "http://a.Example", true),
            ("example", "http://a.example", false),
            (".example", "http://a.example", true),
            (".example", "http://example", false),
            ("*.example", "http://a.b.example", true),
            ("*ample", "http://example", true),
            ("*", "http://a.example", true),
            ("b, a.example:80", "http://a.example", true),
            ("a.example:80", "http://a.example:8080", false),
            ("[::1]", "http://[::1]:1/", true),
            ("10.0.0.0/8", "http://10.0.0.1", false),
            (" , ", "http://a.example", false),
        ] {
            let environment = format!("http_proxy=http://p;no_proxy={exceptions}");
            let proxy = proxy(ProxyRules::default(), &environment, url);
            assert_eq!(proxy.is_empty(), is_direct, "{exceptions} {url}");
        }
    }

    #[test]
    fn other_rules_may_be_chosen() {
        let both = "HTTP_PROXY=http://big;http_proxy=http://small";
        let small = ProxyRules { lower_case_only: true, ..ProxyRules::default() };
        let big = ProxyRules { upper_case_first: true, ..ProxyRules::default() };
        let no_npm = ProxyRules { ignores_npm: true, ..ProxyRules::default() };
        let legacy = ProxyRules { is_legacy: true, ..ProxyRules::default() };
        let url = "http://a.example";
        assert_eq!(proxy(small, "HTTP_PROXY=http://big", url), "");
        assert_eq!(proxy(big, both, url), "http://big");
        assert_eq!(proxy(no_npm, "npm_config_proxy=http://npm", url), "");
        assert_eq!(proxy(legacy, both, "https://a.example"), "http://big");
        assert_eq!(proxy(legacy, "HTTP_PROXY=http://p;NO_PROXY=example", url), "");
    }

    #[test]
    fn a_login_is_not_for_logs() {
        for (url, shown) in [
            ("http://user:secret@p:3128", "http://p:3128"),
            ("http://p:3128/a@b", "http://p:3128/a@b"),
            ("user:secret@p:3128", "p:3128"),
            ("http://user:sec/ret@p:3128", "http://p:3128"),
        ] {
            assert_eq!(without_login(url), shown);
        }
    }
}
