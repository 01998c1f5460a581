//! Load over MQTT: a window of messages in flight, or a fixed rate.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::{Client, Packet};
use crate::paced::{self, Form};

/// How long nothing may come back before what is in flight counts as lost.
const SILENCE_LIMIT: Duration = Duration::from_secs(2);
/// How long a flow may take until a first message comes through.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// Messages that ask whether the flow is there have this number and those below, one for each topic: no load has so many.
const QUESTION: u64 = 999_999_999_999;

/// Where flows and the relay listen.
pub(crate) const IN: &str = "bench/in";
/// Where they publish.
pub(crate) const OUT: &str = "bench/out";

/// Where load goes in and where it must come out.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) broker: SocketAddr,
    /// Messages go to each in turn.
    pub(crate) to: Vec<String>,
    /// What a filter covers that all of them come out at.
    pub(crate) from: String,
    pub(crate) qos: u8,
    pub(crate) form: Form,
}

impl Way {
    /// From one topic to another.
    pub(crate) fn new(broker: SocketAddr, to: &str, from: &str, qos: u8) -> Self {
        Self { broker, to: vec![to.to_owned()], from: from.to_owned(), qos, form: Form::Filled }
    }

    /// The number of a message that came back.
    fn number_in(&self, packet: &Packet<'_>) -> Option<u64> {
        if let Packet::Publish { payload, .. } = packet { self.form.number_of(payload) } else { None }
    }

    fn to(&self, number: u64) -> &str {
        let at = number % self.to.len().max(1) as u64;
        self.to.get(at as usize).map_or("", String::as_str)
    }
}

/// What a window of messages in flight brought.
pub(crate) struct Throughput {
    pub(crate) per_second: f64,
    pub(crate) received: u64,
    pub(crate) lost: u64,
}

/// Messages per second with `window` messages in flight: one goes in for each that came out.
pub(crate) async fn closed_loop(way: &Way, window: usize, duration: Duration) -> anyhow::Result<Throughput> {
    let mut client = ready(way).await?;
    let payload = way.form.payload(0);
    let (mut in_flight, mut received, mut lost) = (0_usize, 0_u64, 0_u64);
    let begin = Instant::now();
    while begin.elapsed() < duration {
        while in_flight < window {
            client.publish(way.to(0), way.qos, &payload);
            in_flight += 1;
        }
        client.flush().await?;
        let before = received;
        let receive = client.receive(|packet| received += u64::from(way.number_in(packet) == Some(0)));
        if let Ok(result) = tokio::time::timeout(SILENCE_LIMIT, receive).await {
            result?;
            in_flight = in_flight.saturating_sub((received - before) as usize);
        } else {
            lost += in_flight as u64;
            in_flight = 0;
        }
    }
    let per_second = received as f64 / begin.elapsed().as_secs_f64();
    Ok(Throughput { per_second, received, lost })
}

/// Latencies in milliseconds at `per_second` messages per second, each taken from the moment at which its message was due. What
/// never came back counts as if it came when nobody waited for it any more.
pub(crate) async fn fixed_rate(way: &Way, per_second: f64, duration: Duration) -> anyhow::Result<Vec<f64>> {
    let mut client = ready(way).await?;
    let count = (per_second * duration.as_secs_f64()) as u64;
    let mut latencies = Vec::with_capacity(count as usize);
    let mut is_missing = vec![true; count as usize];
    let (schedule, mut messages) = paced::start(per_second, count);
    let give_up = schedule.due_at(count) + SILENCE_LIMIT;
    while (latencies.len() as u64) < count {
        client.flush().await?;
        tokio::select! {
            number = messages.next() => {
                let mut next = Some(number);
                while let Some(number) = next {
                    client.publish(way.to(number), way.qos, &way.form.payload(number));
                    next = messages.try_next();
                }
            }
            received = client.receive(|packet| {
                if let Some(number) = way.number_in(packet)
                    && let Some(is_missing) = is_missing.get_mut(number as usize)
                    && std::mem::take(is_missing)
                {
                    latencies.push(schedule.latency(number));
                }
            }) => received?,
            () = tokio::time::sleep_until(give_up.into()) => break,
        }
    }
    let missing = (0..count).zip(is_missing).filter_map(|(number, is_missing)| is_missing.then_some(number));
    let late: Vec<f64> = missing.map(|number| schedule.latency(number)).collect();
    if !late.is_empty() {
        eprintln!("  {} of {count} messages never came back", late.len());
    }
    latencies.extend(late);
    Ok(latencies)
}

/// A client to whom a message has come back for each topic: the flow is connected and subscribed. Messages before that one are gone.
async fn ready(way: &Way) -> anyhow::Result<Client> {
    let mut client = Client::subscribe(way.broker, &way.from, way.qos).await?;
    let begin = Instant::now();
    // What comes late of a load before has a number, too.
    let is_question = |number: &u64| (QUESTION - way.to.len() as u64 + 1..=QUESTION).contains(number);
    let mut back = HashSet::new();
    while back.len() < way.to.len() {
        if begin.elapsed() > READY_LIMIT {
            bail!(
                "nothing published to {} came out at {} within {} s",
                way.to(0),
                way.from,
                READY_LIMIT.as_secs()
            );
        }
        back.clear();
        for (at, topic) in (0..).zip(&way.to) {
            client.publish(topic, way.qos, &way.form.payload(QUESTION - at));
        }
        client.flush().await?;
        // A broker that closes the connection is an error; silence only means that the flow is not there yet.
        let pause = Instant::now() + Duration::from_millis(100);
        while back.len() < way.to.len() {
            let receive = client.receive(|packet| back.extend(way.number_in(packet).filter(is_question)));
            match tokio::time::timeout_at(pause.into(), receive).await {
                Ok(received) => received.context("waiting for the flow")?,
                Err(_) => break,
            }
        }
    }
    // Answers to earlier questions must not count as load.
    while tokio::time::timeout(Duration::from_millis(200), client.receive(|_| ()))
        .await
        .is_ok_and(|received| received.is_ok())
    {}
    client.flush().await?;
    Ok(client)
}
