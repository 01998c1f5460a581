//! Cookies: read from a request, written into an answer, as Express and its cookie parser do.

use engine::{Object, Value};
use model::text::Text;

use super::{percent_decode, percent_encode, plain_text};

/// The cookies of a `Cookie` header, the first of a name wins. `j:` before a value marks JSON.
pub fn parse(header: &str) -> Object {
    let mut cookies = Object::new();
    for pair in header.split(';') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || cookies.contains_key(name) {
            continue;
        }
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        let value = percent_decode(value).unwrap_or_else(|| value.to_owned());
        let json = value.strip_prefix("j:").and_then(|json| serde_json::from_str(json).ok());
        cookies.insert(name, json.unwrap_or_else(|| Value::from(value)));
    }
    cookies
}

/// The `Set-Cookie` value for `msg.cookies[name]`: a value, an object `{value, maxAge (ms), expires, path,
/// domain, httpOnly, secure, sameSite}`, or null (also as its `value`) to clear the cookie.
///
/// # Errors
/// When the name or an attribute cannot stand in a header.
pub fn set_cookie(name: &str, cookie: &Value) -> Result<String, Text> {
    let refused = |part: &str| Text::key("http-response.cookie").with("name", name).with("part", part);
    if name.is_empty() || !name.bytes().all(is_token_byte) {
        return Err(refused("name"));
    }
    let empty = Object::new();
    let options = cookie.as_object().unwrap_or(&empty);
    let value =
        if cookie.as_object().is_some() { cookie.get("value").unwrap_or(&Value::Undefined) } else { cookie };
    let is_cleared = matches!(value, Value::Null);
    let text = match value {
        _ if is_cleared => String::new(),
        Value::Object(_) | Value::Array(_) => format!("j:{}", plain_text(value)),
        other => plain_text(other),
    };
    let mut header = format!("{name}={}", percent_encode(&text));
    let mut attribute = |name: &str, value: &str| {
        // What would end the attribute, or the header, must not get in.
        if value.contains(|character: char| character == ';' || character.is_control()) {
            return Err(refused(name));
        }
        header.push_str("; ");
        header.push_str(name);
        if !value.is_empty() {
            header.push('=');
            header.push_str(value);
        }
        Ok(())
    };
    if is_cleared {
        attribute("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")?;
    } else {
        if let Some(milliseconds) = options.get("maxAge").and_then(number) {
            attribute("Max-Age", &format!("{}", (milliseconds / 1000.0).floor()))?;
        }
        if let Some(expires) = options.get("expires").filter(|expires| !expires.is_nullish()) {
            let at = match expires {
                Value::Date(at) | Value::Number(at) => Some(*at),
                other => http_date(&plain_text(other)),
            };
            let at = at.filter(|at| (0.0..END_OF_DATES).contains(at)).ok_or_else(|| refused("expires"))?;
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(at as u64);
            attribute("Expires", &httpdate::fmt_http_date(time))?;
        }
    }
    if let Some(domain) = options.get("domain").filter(|domain| !domain.is_nullish()) {
        attribute("Domain", &plain_text(domain))?;
    }
    attribute("Path", options.get("path").and_then(Value::as_str).unwrap_or("/"))?;
    for (option, title) in [("httpOnly", "HttpOnly"), ("secure", "Secure"), ("partitioned", "Partitioned")] {
        if options.get(option) == Some(&Value::Bool(true)) {
            attribute(title, "")?;
        }
    }
    match options.get("sameSite") {
        Some(Value::Bool(true)) => attribute("SameSite", "Strict")?,
        Some(Value::String(site)) if ["strict", "lax", "none"].contains(&site.to_lowercase().as_str()) => {
            attribute("SameSite", site)?;
        }
        Some(Value::String(_)) => return Err(refused("sameSite")),
        _ => {}
    }
    Ok(header)
}

/// The first moment that an HTTP date cannot name, in milliseconds: the year 10000.
const END_OF_DATES: f64 = 253_402_300_800_000.0;

fn http_date(text: &str) -> Option<f64> {
    let time = httpdate::parse_http_date(text).ok()?;
    Some(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis() as f64)
}

/// What may stand in a cookie's name: a token of RFC 9110, section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cookies() {
        let cookies = parse(r#"a=1; b="x%20y"; a=2; c=j:{"k":[1]}; broken; d=%zz"#);
        assert_eq!(
            serde_json::to_string(&cookies).unwrap(),
            r#"{"a":"1","b":"x y","c":{"k":[1]},"d":"%zz"}"#
        );
    }

    #[test]
    fn writes_cookies() {
        for (json, expected) in [
            (r#""a b""#, "n=a%20b; Path=/"),
            ("null", "n=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/"),
            (r#"{"value":null,"path":"/x"}"#, "n=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/x"),
            (
                r#"{"value":"v","maxAge":900000,"domain":"x.org","httpOnly":true,"secure":true,"sameSite":"lax"}"#,
                "n=v; Max-Age=900; Domain=x.org; Path=/; HttpOnly; Secure; SameSite=lax",
            ),
            (r#"{"value":"v","expires":0}"#, "n=v; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/"),
            (
                r#"{"value":"v","expires":253402300799999}"#,
                "n=v; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Path=/",
            ),
            (r#"{"value":{"a":1}}"#, "n=j%3A%7B%22a%22%3A1%7D; Path=/"),
        ] {
            let cookie: Value = serde_json::from_str(json).unwrap();
            assert_eq!(set_cookie("n", &cookie).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn dates_that_cannot_be_written_are_refused() {
        for expires in ["253402300800000", "1e300", "-1", "\"soon\""] {
            let cookie: Value =
                serde_json::from_str(&format!(r#"{{"value":"v","expires":{expires}}}"#)).unwrap();
            assert!(set_cookie("n", &cookie).is_err(), "{expires}");
        }
    }

    #[test]
    fn lets_nothing_into_the_header_that_does_not_belong_there() {
        let domain: Value = serde_json::from_str(r#"{"value":"v","domain":"x; Secure"}"#).unwrap();
        assert!(set_cookie("n", &domain).is_err());
        let path: Value = serde_json::from_str(r#"{"value":"v","path":"/\r\nX: y"}"#).unwrap();
        assert!(set_cookie("n", &path).is_err());
        assert!(set_cookie("a b", &"v".into()).is_err());
        assert_eq!(set_cookie("n", &"a;b\r\n".into()).unwrap(), "n=a%3Bb%0D%0A; Path=/");
    }
}
