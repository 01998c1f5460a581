//! A JSONata expression that is tried: what the server makes of it, and the functions that there are.

use model::json::{Json, Object};

use super::context_data;

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A value.
    Value(Json),
    /// No value.
    Nothing,
    /// What is wrong, in words.
    Failed(String),
}

impl Outcome {
    /// Reads what `POST /jsonata` answers.
    pub fn read(answer: &Json) -> Self {
        let said = answer.get("error").map(|error| error.get("message").and_then(Json::as_str));
        if let Some(message) = said {
            return Self::Failed(message.unwrap_or_default().to_owned());
        }
        match answer.get("format").and_then(Json::as_str) {
            None | Some("undefined") => Self::Nothing,
            Some("null") => Self::Value(Json::Null),
            Some(_) => Self::Value(context_data::value(answer)),
        }
    }
}

/// The body of `POST /jsonata`. None where the message is no JSON object: then nothing is asked.
pub fn body(expression: &str, message: &str, node: &str) -> Option<Json> {
    let message = Json::parse(message).ok().filter(|message| message.as_object().is_some())?;
    let mut body = Object::new();
    body.insert("expression", expression);
    body.insert("msg", message);
    body.insert("node", node);
    Some(Json::Object(body))
}

/// A function of JSONata.
pub struct Function {
    /// Its name, without the `$`.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// The key of what it does.
    pub does: &'static str,
}

macro_rules! functions {
    ($($name:ident($($takes:tt)*)),* $(,)?) => {
        &[$(Function {
            name: stringify!($name),
            takes: stringify!($($takes)*),
            does: concat!("jsonata.", stringify!($name)),
        }),*]
    };
}

/// All of them, in the order of JSONata's own list, with what Node-RED adds at the end.
pub const FUNCTIONS: &[Function] = functions![
    string(value),
    length(text),
    substring(text, start, length),
    substringBefore(text, end),
    substringAfter(text, start),
    uppercase(text),
    lowercase(text),
    trim(text),
    pad(text, width, character),
    contains(text, pattern),
    split(text, separator, limit),
    join(texts, separator),
    match(text, pattern, limit),
    replace(text, pattern, replacement, limit),
    eval(expression, input),
    base64encode(text),
    base64decode(text),
    encodeUrlComponent(text),
    encodeUrl(text),
    decodeUrlComponent(text),
    decodeUrl(text),
    number(value),
    abs(number),
    floor(number),
    ceil(number),
    round(number, places),
    power(base, exponent),
    sqrt(number),
    random(),
    formatNumber(number, picture),
    formatBase(number, base),
    formatInteger(number, picture),
    parseInteger(text, picture),
    sum(numbers),
    max(numbers),
    min(numbers),
    average(numbers),
    boolean(value),
    not(value),
    exists(value),
    count(array),
    append(array, array2),
    sort(array, function),
    reverse(array),
    shuffle(array),
    distinct(array),
    zip(array, array2),
    keys(object),
    lookup(object, key),
    spread(object),
    merge(objects),
    sift(object, function),
    each(object, function),
    error(message),
    assert(condition, message),
    type(value),
    now(picture, zone),
    millis(),
    fromMillis(number, picture, zone),
    toMillis(text, picture),
    map(array, function),
    filter(array, function),
    single(array, function),
    reduce(array, function, start),
    flowContext(name, store),
    globalContext(name, store),
    env(name),
    moment(date),
    clone(value),
];

impl Function {
    /// How it is called: `$sum(numbers)`.
    pub fn call(&self) -> String {
        format!("${}({})", self.name, self.takes)
    }

    /// Whether its name or what it does holds a word, in any case.
    pub fn is_found(&self, filter: &str, does: &str) -> bool {
        let filter = filter.trim().trim_start_matches('$').to_lowercase();
        self.name.to_lowercase().contains(&filter) || does.to_lowercase().contains(&filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_values_nothing_or_what_is_wrong() {
        let read = |text: &str| Outcome::read(&Json::parse(text).unwrap());
        assert_eq!(read(r#"{"msg":"3","format":"number"}"#), Outcome::Value(3.into()));
        assert_eq!(read(r#"{"msg":"3","format":"string[1]"}"#), Outcome::Value("3".into()));
        assert_eq!(read(r#"{"msg":"(undefined)","format":"null"}"#), Outcome::Value(Json::Null));
        assert_eq!(read(r#"{"msg":"(undefined)","format":"undefined"}"#), Outcome::Nothing);
        assert_eq!(read(r#"{"error":{"message":"no end"}}"#), Outcome::Failed("no end".into()));
    }

    #[test]
    fn only_objects_are_messages() {
        assert_eq!(body("a", "[1]", "n"), None);
        assert_eq!(body("a", "{", "n"), None);
        let asked = body("a", r#"{"payload":1.0}"#, "n").unwrap();
        assert_eq!(asked.to_string(), r#"{"expression":"a","msg":{"payload":1.0},"node":"n"}"#);
    }

    #[test]
    fn every_function_says_what_it_does() {
        for function in FUNCTIONS {
            assert!(crate::texts::has(function.does), "{}", function.does);
        }
        let split = FUNCTIONS.iter().find(|one| one.name == "split").unwrap();
        assert_eq!(split.call(), "$split(text, separator, limit)");
        assert!(
            split.is_found("$SPL", "")
                && split.is_found("takes", "Takes it apart")
                && !split.is_found("x", "")
        );
    }
}
