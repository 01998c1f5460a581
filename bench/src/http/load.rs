//! Load over HTTP: as fast as answers come, or at a fixed rate.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::sync::Mutex;
use tokio::task::LocalSet;

use super::{Connection, Request};
use crate::paced;

/// What connections in a closed loop brought.
pub(crate) struct Throughput {
    pub(crate) per_second: f64,
    pub(crate) answered: u64,
}

/// Requests per second over `connections` connections, each of which sends its next request when it has its answer.
pub(crate) async fn closed_loop(
    address: SocketAddr,
    path: &str,
    connections: usize,
    duration: Duration,
) -> anyhow::Result<Throughput> {
    let answered = Rc::new(Cell::new(0_u64));
    let begin = Instant::now();
    let end = begin + duration;
    each_connection(address, connections, path, |mut connection, request| {
        let answered = Rc::clone(&answered);
        async move {
            while Instant::now() < end {
                expect_ok(&mut connection, &request).await?;
                answered.set(answered.get() + 1);
            }
            Ok(())
        }
    })
    .await?;
    let per_second = answered.get() as f64 / begin.elapsed().as_secs_f64();
    Ok(Throughput { per_second, answered: answered.get() })
}

/// Latencies in milliseconds at `per_second` requests per second. Each is taken from the moment at which its request
/// was due, not from when it went out: a server that stalls is charged for the requests that had to wait.
pub(crate) async fn fixed_rate(
    address: SocketAddr,
    path: &str,
    connections: usize,
    per_second: f64,
    duration: Duration,
) -> anyhow::Result<Vec<f64>> {
    let latencies = Rc::new(RefCell::new(Vec::new()));
    let count = (per_second * duration.as_secs_f64()) as u64;
    let (schedule, due) = paced::start(per_second, count);
    let (due, left) = (Rc::new(Mutex::new(due)), Rc::new(Cell::new(count)));
    each_connection(address, connections, path, |mut connection, request| {
        let (latencies, due, left) = (Rc::clone(&latencies), Rc::clone(&due), Rc::clone(&left));
        async move {
            while let Some(fewer) = left.get().checked_sub(1) {
                left.set(fewer);
                let number = due.lock().await.next().await;
                expect_ok(&mut connection, &request).await?;
                latencies.borrow_mut().push(schedule.latency(number));
            }
            Ok(())
        }
    })
    .await?;
    Ok(latencies.take())
}

async fn each_connection<F>(
    address: SocketAddr,
    connections: usize,
    path: &str,
    work: impl Fn(Connection, Rc<Request>) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>> + 'static,
{
    let request = Rc::new(Request::get(path));
    let local = LocalSet::new();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        tasks.push(local.spawn_local(work(Connection::open(address).await?, Rc::clone(&request))));
    }
    local
        .run_until(async {
            for task in tasks {
                task.await??;
            }
            Ok(())
        })
        .await
}

async fn expect_ok(connection: &mut Connection, request: &Request) -> anyhow::Result<()> {
    let response = connection.send(request).await?;
    if response.status != 200 {
        bail!("answered {}: {}", response.status, String::from_utf8_lossy(&response.body));
    }
    Ok(())
}
