//! The hostile set over and over: what stays of it in memory, and what a flow beside it loses.
//!
//! The second half measures: `cargo test --release -p wireloom-plugins --test host siege -- --ignored --nocapture`

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::delivery::Gate;
use engine::node::Progress;
use engine::testing::recorder;
use engine::{DeployKind, Message};
use serde_json::{Value as Json, json};
use tokio::sync::oneshot;
use tokio::time::{MissedTickBehavior, interval};
use wireloom_plugins::{Host, Limits, Options};

use crate::guest::{Guest, PASS};
use crate::hostile::{HARM, SET};
use crate::memory::{Memory, memory};
use crate::rig::Rig;

/// Takes all memory that there is, and writes to each page of it.
const GLUTTON: &str = "(local $at i32)
    (loop $more
      (local.set $at (memory.grow (i32.const 16)))
      (if (i32.ne (local.get $at) (i32.const -1)) (then
        (memory.fill (i32.shl (local.get $at) (i32.const 16)) (i32.const 170) (i32.const 1048576))
        (br $more))))
    unreachable";

/// Each way to do harm as a plugin of its own, called `harm0` and so on.
fn attackers() -> Vec<Guest> {
    let bodies = SET.iter().map(|(body, _)| *body).chain([GLUTTON]);
    let name = |at: usize| &*Box::leak(format!("harm{at}").into_boxed_str());
    bodies.enumerate().map(|(at, body)| Guest { name: name(at), on_message: body, ..HARM }).collect()
}

/// A rig in which a tab of its own holds one node of each attacker, named as its type is, and another tab `other`, which hands
/// all that it gets to `take`.
async fn rig(host: &Host, attackers: &[Guest], take: impl Fn(Message) + Send + Sync + 'static) -> Rig {
    let load = |guest: &Guest| host.load(&guest.component()).unwrap();
    let rig = Rig::of(&attackers.iter().map(load).collect::<Vec<_>>());
    rig.registry.add(recorder("take", move |_, message| {
        take(message);
        Progress::Done
    }));
    let tab = |id: &str| json!({ "id": id, "type": "tab", "label": "" });
    let node = |id: &str, tab: &str, of: &str| json!({ "id": id, "z": tab, "type": of, "x": 1, "y": 1, "wires": [] });
    let mut flow: Vec<Json> = vec![tab("o"), node("other", "o", "take")];
    for Guest { name, .. } in attackers {
        let of = format!("of {name}");
        flow.extend([tab(&of), node(name, &of, name)]);
    }
    let report = rig.deploy(flow.into(), DeployKind::Full).await;
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    rig
}

/// Sends one message and waits for its end.
async fn attack(rig: &Rig, gate: &Arc<Gate>, id: &str) {
    let (tell, told) = oneshot::channel();
    let delivery = gate.try_admit().unwrap();
    delivery.on_end(move |_| {
        let _ = tell.send(());
    });
    rig.engine.receive(id, Message::with_payload(1).under(delivery)).unwrap();
    told.await.unwrap();
}

/// What is no plugin, or none that should run.
fn misfits() -> Vec<Vec<u8>> {
    let whole = PASS.component();
    let mut damaged = whole.clone();
    damaged.iter_mut().skip(64).step_by(97).for_each(|byte| *byte ^= 0x55);
    vec![
        whole[..whole.len() / 2].to_vec(),
        damaged,
        Guest { contract: "2.0.0", ..PASS }.component(),
        Guest { describe: "(loop $more (br $more)) (i32.const 0)", ..PASS }.component(),
        Guest { describe: "unreachable", ..PASS }.component(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_of_an_attack_stays() {
    let limits = Limits {
        host_calls: 10_000,
        output_messages: 1000,
        start_time: Duration::from_millis(20),
        ..Limits::default()
    };
    let host = Host::new(Options { limits, ..Options::default() }).unwrap();
    let attackers = attackers();
    let rig = rig(&host, &attackers, |_| {}).await;
    let gate = Gate::new(1);
    let misfits = misfits();
    let siege = async |rounds: usize| {
        for _ in 0..rounds {
            for attacker in &attackers {
                attack(&rig, &gate, attacker.name).await;
            }
            for bytes in &misfits {
                assert!(host.load(bytes).is_err());
            }
            assert!(rig.heard.errors().len() >= attackers.len(), "every attack is an error");
        }
        memory()
    };
    // What is made once, and what the allocator keeps at hand, is there after some of them.
    let before = siege(4).await;
    let after = siege(12).await;
    // Of the hundreds of instances since then, a single one that wrote to its memory has 64 MiB, and each that was only made
    // has some GiB of addresses.
    let grown = Memory {
        resident: after.resident.saturating_sub(before.resident),
        addresses: after.addresses.saturating_sub(before.addresses),
    };
    assert!(grown.resident < 48 << 20, "{} MiB more", grown.resident >> 20);
    assert!(grown.addresses < 24 << 30, "{} GiB of addresses more", grown.addresses >> 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn who_was_stopped_before_takes_no_thread_from_the_flows() {
    let limits = Limits { call_time: Duration::from_secs(1), ..Limits::default() };
    let host = Host::new(Options { limits, ..Options::default() }).unwrap();
    let endless = Guest { on_message: "(loop $for_ever (br $for_ever)) (global.get $ok)", ..PASS };
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let rig = rig(&host, &[endless], move |_| {
        let _ = tell.send(());
    })
    .await;
    let gate = Gate::new(1);
    attack(&rig, &gate, PASS.name).await;
    let again = attack(&rig, &gate, PASS.name);
    tokio::pin!(again);
    // So long that the call is under way, and holds the only thread that there is for flows.
    tokio::select! {
        biased;
        () = &mut again => panic!("the call ended early"),
        () = tokio::time::sleep(Duration::from_millis(100)) => {}
    }
    rig.engine.receive("other", Message::with_payload(1)).unwrap();
    tokio::select! {
        biased;
        _ = told.recv() => {}
        () = again => panic!("the other flow waited for the end of the call"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attackers_at_once_take_the_memory_of_a_few() {
    const ATTACKERS: usize = 8;
    let host = Host::new(Options::default()).unwrap();
    let name = |at: usize| &*Box::leak(format!("glutton{at}").into_boxed_str());
    let glutton = |at| Guest { name: name(at), on_message: GLUTTON, ..HARM };
    let attackers: Vec<Guest> = (0..ATTACKERS).map(glutton).collect();
    let rig = rig(&host, &attackers, |_| {}).await;
    let gate = Gate::new(ATTACKERS);
    for attacker in &attackers {
        attack(&rig, &gate, attacker.name).await;
    }
    let before = memory().resident;
    let most = Arc::new(AtomicUsize::new(before));
    let (sampled, is_over) = (most.clone(), Arc::<AtomicBool>::default());
    let over = is_over.clone();
    let sampler = std::thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            sampled.fetch_max(memory().resident, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    for _ in 0..4 {
        futures_util::future::join_all(attackers.iter().map(|attacker| attack(&rig, &gate, attacker.name)))
            .await;
    }
    is_over.store(true, Ordering::Relaxed);
    sampler.join().unwrap();
    assert_eq!(rig.heard.errors().len(), ATTACKERS * 5);
    let turns = (std::thread::available_parallelism().unwrap().get() / 2).max(1);
    let grown = most.load(Ordering::Relaxed).saturating_sub(before) >> 20;
    // One at a time for each turn; one that was stopped may not have given back its memory when the next begins.
    assert!(grown < 64 * (turns + 2), "{grown} MiB more");
}

/// Messages that the other flow is sent each millisecond.
const PACE: usize = 10;
/// What a rate is taken over.
const WINDOW: Duration = Duration::from_millis(100);

/// How the other flow fared.
#[derive(Default)]
struct Fared {
    got: AtomicUsize,
    late: Mutex<Vec<Duration>>,
}

/// Sends the other flow its messages, each with the time at which it was due, until the task is dropped.
async fn pace(rig: &Rig, begin: Instant) {
    let mut ticks = interval(Duration::from_millis(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        let due = ticks.tick().await.into_std().saturating_duration_since(begin);
        for _ in 0..PACE {
            rig.engine.receive("other", Message::with_payload(due.as_secs_f64())).unwrap();
        }
    }
}

/// Watches the other flow for this long; prints what became of its rate, its delays and the memory.
async fn watch(rig: &Rig, fared: &Fared, attacks: &AtomicUsize, time: Duration, name: &str) {
    let mut ticks = interval(WINDOW);
    ticks.tick().await;
    fared.late.lock().unwrap().clear();
    let attacks_before = attacks.load(Ordering::Relaxed);
    let (begin, first) = (Instant::now(), fared.got.load(Ordering::Relaxed));
    let (mut at, mut got, mut lowest, mut most) = (begin, first, f64::INFINITY, 0);
    while begin.elapsed() < time {
        ticks.tick().await;
        let (now, so_far) = (Instant::now(), fared.got.load(Ordering::Relaxed));
        let due = (now - at).as_secs_f64() * 1000.0 * PACE as f64;
        lowest = f64::min(lowest, (so_far - got) as f64 / due);
        most = most.max(memory().resident);
        rig.heard.forget();
        (at, got) = (now, so_far);
    }
    let rate = (got - first) as f64 / (begin.elapsed().as_secs_f64() * 1000.0 * PACE as f64);
    let mut late = std::mem::take(&mut *fared.late.lock().unwrap());
    late.sort_unstable();
    let share = |share: f64| late[((late.len() - 1) as f64 * share) as usize];
    println!(
        "{name:10} {:5} attacks; other flow: {:5.1} % of its rate, {:5.1} % in the worst 100 ms, late by {:.1?} (median), {:.1?} (99 %), {:.1?} (most); {} MiB at most",
        attacks.load(Ordering::Relaxed) - attacks_before,
        rate * 100.0,
        lowest * 100.0,
        share(0.5),
        share(0.99),
        share(1.0),
        most >> 20,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "measures"]
async fn another_flow_during_a_siege() {
    let host = Host::new(Options::default()).unwrap();
    let attackers = attackers();
    let begin = Instant::now();
    let fared = Arc::<Fared>::default();
    let note = fared.clone();
    let take = move |message: Message| {
        let due = Duration::from_secs_f64(message.payload().as_f64().unwrap_or_default());
        note.late.lock().unwrap().push(begin.elapsed().saturating_sub(due));
        note.got.fetch_add(1, Ordering::Relaxed);
    };
    let rig = Arc::new(rig(&host, &attackers, take).await);
    let paced = rig.clone();
    tokio::spawn(async move { pace(&paced, begin).await });
    let attacks = Arc::<AtomicUsize>::default();
    let attacking = |name: &'static str| {
        let (rig, attacks) = (rig.clone(), attacks.clone());
        tokio::spawn(async move {
            let gate = Gate::new(1);
            loop {
                attack(&rig, &gate, name).await;
                attacks.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    watch(&rig, &fared, &attacks, Duration::from_secs(3), "in peace").await;
    for attacker in &attackers {
        let attack = attacking(attacker.name);
        watch(&rig, &fared, &attacks, Duration::from_secs(2), attacker.name).await;
        attack.abort();
        rig.heard.errors();
    }
    let all: Vec<_> = attackers.iter().map(|attacker| attacking(attacker.name)).collect();
    watch(&rig, &fared, &attacks, Duration::from_secs(5), "all at once").await;
    all.into_iter().for_each(|attack| attack.abort());
    rig.heard.errors();
    tokio::time::sleep(Duration::from_millis(500)).await;
    watch(&rig, &fared, &attacks, Duration::from_secs(3), "in peace").await;
}
