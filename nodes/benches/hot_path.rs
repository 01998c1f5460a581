//! What a message costs: `cargo bench --package wireloom-nodes`.
//!
//! `hot_path count NAME N` sends N messages through one of the flows below and does nothing else: `cargo xtask
//! count` counts the instructions of that.

mod course;

use std::hint::black_box;

use course::{Course, message};
use divan::Bencher;
use divan::counter::ItemsCount;
use engine::js::path::PropertyPath;
use engine::{Gate, Message, Object, Value};
use serde_json::{Value as Json, json};

/// Messages in one sample of a flow.
const MESSAGES: usize = 1000;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["count", name, messages] => count(name, messages.parse().expect("a number of messages")),
        _ => divan::main(),
    }
}

fn count(name: &str, messages: usize) {
    match name {
        "hop" => hops(),
        "chain" => chain(),
        "fan-out" => fan_out(),
        "fan-out-of-parts" => fan_out_of_parts(),
        _ => panic!("{name} is not counted; hop, chain, fan-out and fan-out-of-parts are"),
    }
    .run(messages);
}

/// A hundred hops and nothing else.
fn hops() -> Course {
    Course::line(&vec![json!({ "type": "junction" }); 100])
}

/// Ten nodes as flows have them.
fn chain() -> Course {
    let kinds = [change(), switch(), range(), template(), json!({ "type": "junction" })];
    Course::line(&[kinds.clone(), kinds].concat())
}

/// Ten branches that each change what they get.
fn fan_out() -> Course {
    Course::fan(&[], &vec![change(); 10])
}

/// The same with what a split sends, which holds changes of its own: ten parts of each message.
fn fan_out_of_parts() -> Course {
    Course::fan(&split_into(10), &vec![change(); 10]).times(10)
}

/// Sends `count` numbers, one by one.
fn split_into(count: usize) -> [Json; 2] {
    let list = json!((0..count).collect::<Vec<_>>()).to_string();
    let rule = json!({ "t": "set", "p": "payload", "pt": "msg", "to": list, "tot": "json" });
    [json!({ "type": "change", "rules": [rule] }), json!({ "type": "split" })]
}

fn change() -> Json {
    let rule = json!({ "t": "set", "p": "unit", "pt": "msg", "to": "celsius", "tot": "str" });
    json!({ "type": "change", "rules": [rule] })
}

fn switch() -> Json {
    let rule = json!({ "t": "gte", "v": "0", "vt": "num" });
    json!({ "type": "switch", "property": "payload", "rules": [rule], "checkall": "true" })
}

fn range() -> Json {
    let (low, high) = ("0", "1000000");
    json!({ "type": "range", "minin": low, "maxin": high, "minout": low, "maxout": "100", "action": "scale" })
}

fn template() -> Json {
    json!({ "type": "template", "field": "text", "fieldType": "msg", "syntax": "mustache", "template": "{{payload}} C" })
}

fn function() -> Json {
    json!({ "type": "function", "func": "msg.y = msg.payload * 2;\nreturn msg;", "outputs": 1 })
}

fn run(bencher: Bencher<'_, '_>, course: &Course, items: usize) {
    bencher.counter(ItemsCount::new(items)).bench_local(|| course.run(MESSAGES));
}

/// Items are messages that go from the source straight to the end: what all flows below have on top.
#[divan::bench]
fn source(bencher: Bencher<'_, '_>) {
    run(bencher, &Course::line(&[]), MESSAGES);
}

/// Items are hops.
#[divan::bench]
fn hop(bencher: Bencher<'_, '_>) {
    run(bencher, &hops(), 100 * MESSAGES);
}

#[divan::bench]
fn chain_of_ten(bencher: Bencher<'_, '_>) {
    run(bencher, &chain(), MESSAGES);
}

#[divan::bench]
fn ten_changes(bencher: Bencher<'_, '_>) {
    run(bencher, &Course::line(&vec![change(); 10]), MESSAGES);
}

#[divan::bench]
fn ten_switches(bencher: Bencher<'_, '_>) {
    run(bencher, &Course::line(&vec![switch(); 10]), MESSAGES);
}

#[divan::bench]
fn ten_templates(bencher: Bencher<'_, '_>) {
    run(bencher, &Course::line(&vec![template(); 10]), MESSAGES);
}

#[divan::bench]
fn fan_out_to_ten(bencher: Bencher<'_, '_>) {
    run(bencher, &fan_out(), MESSAGES);
}

/// Items are parts.
#[divan::bench]
fn parts_to_ten(bencher: Bencher<'_, '_>) {
    run(bencher, &fan_out_of_parts(), 10 * MESSAGES);
}

/// Items are parts.
#[divan::bench]
fn split(bencher: Bencher<'_, '_>) {
    run(bencher, &Course::line(&split_into(100)).times(100), 100 * MESSAGES);
}

/// A function node that reads one property and sets another.
#[divan::bench]
fn javascript(bencher: Bencher<'_, '_>) {
    run(bencher, &Course::line(&[function()]), MESSAGES);
}

#[divan::bench]
fn clone_of_a_message(bencher: Bencher<'_, '_>) {
    let original = delivered();
    bencher.bench_local(|| black_box(&original).clone());
}

#[divan::bench]
fn set_a_property(bencher: Bencher<'_, '_>) {
    let path = PropertyPath::key("payload");
    let mut only = delivered();
    bencher.bench_local(|| path.set(black_box(&mut only).properties_mut(), Value::from(2)).is_ok());
}

/// With another holder: what the message is made of is copied first.
#[divan::bench]
fn set_a_property_of_a_shared_message(bencher: Bencher<'_, '_>) {
    let path = PropertyPath::key("payload");
    let original = delivered();
    bencher.bench_local(|| {
        let mut copy = black_box(&original).clone();
        path.set(copy.properties_mut(), Value::from(2)).is_ok()
    });
}

#[divan::bench]
fn set_a_nested_property(bencher: Bencher<'_, '_>) {
    let path = PropertyPath::parse("payload.sensor.value").expect("a path");
    let mut only = delivered();
    only.set("payload", Object::from_iter([("sensor", Object::from_iter([("value", 1)]))]));
    bencher.bench_local(|| path.set(black_box(&mut only).properties_mut(), Value::from(2)).is_ok());
}

fn delivered() -> Message {
    let mut message = message(1);
    message.set_delivery(Gate::new(1).try_admit());
    message
}
