//! Load over UDP at a fixed rate: no broker stands between, so what is late is late in the runtime.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::net::UdpSocket;

use crate::paced::{self, Form};

/// How long nothing may come back before what is under way counts as lost.
const SILENCE_LIMIT: Duration = Duration::from_secs(2);
/// How long a flow may take until a first message comes through on every way.
const READY_LIMIT: Duration = Duration::from_secs(20);
/// Below those that systems give out by themselves (Linux from 32768 on, others from 49152 on).
const FIXED_PORTS: std::ops::Range<u16> = 20_000..32_000;
/// More than a packet of ours has.
const LARGEST_PACKET: usize = 2048;

/// Where packets go in, each port in turn, and the socket that they must come back to.
pub(crate) struct Ways {
    socket: UdpSocket,
    ports: Vec<u16>,
}

/// See [`Ways::echo`].
pub(crate) struct Echo(Option<tokio::runtime::Runtime>);

impl Drop for Echo {
    fn drop(&mut self) {
        // From within another runtime it cannot be waited for.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

async fn send_back(port: u16, to: SocketAddr) -> std::io::Result<Infallible> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let mut packet = [0; LARGEST_PACKET];
    loop {
        let length = socket.recv(&mut packet).await?;
        socket.send_to(&packet[..length], to).await?;
    }
}

impl Ways {
    /// With `count` ports that nobody listens on now, of those that no system gives out by itself: a runtime that opens other
    /// ports meanwhile would get one of them.
    pub(crate) async fn free(count: usize) -> anyhow::Result<Self> {
        // Not always the same ones: packets of a run before may be on their way.
        let first = FIXED_PORTS.start + std::process::id() as u16 % 1000;
        let is_free = |port: &u16| std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
        let ports: Vec<u16> = (first..FIXED_PORTS.end).filter(is_free).take(count).collect();
        anyhow::ensure!(ports.len() == count, "only {} of {count} ports are free", ports.len());
        Ok(Self { socket: UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?, ports })
    }

    /// Where packets go in.
    pub(crate) fn ports(&self) -> &[u16] {
        &self.ports
    }

    /// Where they must come back to.
    pub(crate) fn back(&self) -> anyhow::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Sends each packet back as it came, on a thread of its own, as long as the answer lives: what this load takes with
    /// nothing between.
    pub(crate) fn echo(&self) -> anyhow::Result<Echo> {
        let back = SocketAddr::from((Ipv4Addr::LOCALHOST, self.back()?));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        for port in &self.ports {
            runtime.spawn(send_back(*port, back));
        }
        Ok(Echo(Some(runtime)))
    }

    /// Waits until a packet comes back on each way.
    pub(crate) async fn ready(&self) -> anyhow::Result<()> {
        let begin = Instant::now();
        let mut back = 0;
        while back < self.ports.len() {
            if begin.elapsed() > READY_LIMIT {
                bail!("{back} of {} packets came back within {} s", self.ports.len(), READY_LIMIT.as_secs());
            }
            back = 0;
            for port in &self.ports {
                self.send(*port, b"ready?").await?;
            }
            while self.receive(Duration::from_millis(200)).await?.is_some() {
                back += 1;
            }
        }
        Ok(())
    }

    /// Latencies in milliseconds at `per_second` packets per second, each taken from the moment at which it was due.
    pub(crate) async fn fixed_rate(&self, per_second: f64, duration: Duration) -> anyhow::Result<Vec<f64>> {
        let count = (per_second * duration.as_secs_f64()) as u64;
        let mut latencies = Vec::with_capacity(count as usize);
        let (schedule, mut messages) = paced::start(per_second, count);
        while (latencies.len() as u64) < count {
            tokio::select! {
                number = messages.next() => {
                    let mut next = Some(number);
                    while let Some(number) = next {
                        self.send(self.ports[number as usize % self.ports.len()], &Form::Filled.payload(number)).await?;
                        next = messages.try_next();
                    }
                }
                received = self.receive(SILENCE_LIMIT) => match received? {
                    Some(number) => latencies.extend(number.map(|number| schedule.latency(number))),
                    None => bail!("{} of {count} packets never came back", count - latencies.len() as u64),
                },
            }
        }
        Ok(latencies)
    }

    async fn send(&self, port: u16, packet: &[u8]) -> anyhow::Result<()> {
        match self.socket.send_to(packet, SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
            // What the system was told of an earlier packet: nobody listens there yet.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Ok(()),
            outcome => outcome.map(|_| ()).map_err(Into::into),
        }
    }

    /// The number of the next packet, none in it for one that has no number; none where none comes in time.
    async fn receive(&self, limit: Duration) -> anyhow::Result<Option<Option<u64>>> {
        let mut packet = [0; LARGEST_PACKET];
        match tokio::time::timeout(limit, self.socket.recv(&mut packet)).await {
            Ok(received) => Ok(Some(Form::Filled.number_of(&packet[..received?]))),
            Err(_) => Ok(None),
        }
    }
}
