//! UDP, as the two nodes share it: ports that several nodes may use, and the machine's interfaces.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use bytes::Bytes;
use engine::Message;
use engine::node::{NodeHandle, TaskOut};
use model::text::{Catalogue, Text};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// Texts that the nodes share.
pub(crate) const TEXTS: Catalogue = &[
    ("udp-in.label", "udp"),
    ("udp-out.label", "udp"),
    ("udp.port", "the port must be a number from 1 to 65535"),
    ("udp.group", "{group} is not a multicast address; write one such as 225.0.18.83 or ff02::1:3"),
    ("udp.interface", "there is no interface {name} with an address of this kind; the system chooses one"),
    ("udp.cannot-open", "cannot use port {port}: {reason}; choose another port or stop what uses it"),
    ("udp.shares", "port {port} is used by another node already; both use it"),
    ("udp.on-interface", "{name}: {address}"),
    ("udp.no-address", "there is no address; write one into the node, or send one in msg.ip"),
    ("udp.no-port", "there is no port; write one into the node, or send one in msg.port"),
    ("udp.address", "{host} has no address of this kind: {reason}"),
    ("udp.not-sent", "the packet could not be sent to {host}:{port}: {reason}"),
];

/// Packets that wait for one node; when there are more, new ones are dropped and counted.
const LINE_LIMIT: usize = 1024;
/// The largest packet that there is.
const PACKET_LIMIT: usize = 65_535;
/// How many networks a multicast packet may cross; as in Node-RED.
const HOPS: u32 = 128;

/// A packet that came in.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) bytes: Bytes,
    pub(crate) from: SocketAddr,
}

/// How a port is opened.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// 0 for any that is free.
    pub(crate) port: u16,
    pub(crate) is_v6: bool,
    pub(crate) interface: Option<IpAddr>,
    /// Whether packets to all of a network may be sent.
    pub(crate) broadcasts: bool,
    /// The group to join.
    pub(crate) group: Option<IpAddr>,
}

/// A port in use. It is closed when the last of its users lets go of it.
pub(crate) struct Port {
    pub(crate) socket: Arc<UdpSocket>,
    inboxes: Arc<Mutex<Vec<Inbox>>>,
    reading: AbortHandle,
}

/// Where packets go for one node: right into its flow, where that has room, else into a line.
struct Inbox {
    line: mpsc::Sender<Packet>,
    /// How many packets are in the line or in the node's hands: nothing may overtake them.
    ahead: Arc<AtomicUsize>,
    out: TaskOut,
    message_of: Box<dyn Fn(&Packet) -> Message + Send>,
}

impl Inbox {
    fn push(&self, packet: Packet) {
        let mut packet = packet;
        if self.line.is_closed() {
            return;
        }
        if self.ahead.load(Ordering::Acquire) == 0 {
            let started = self
                .out
                .try_start(0, packet, |packet, delivery| Some((self.message_of)(&packet).under(delivery)));
            match started {
                Ok(()) => return,
                Err(refused) => packet = refused,
            }
        }
        self.ahead.fetch_add(1, Ordering::AcqRel);
        if let Err(refused) = self.line.try_send(packet) {
            self.ahead.fetch_sub(1, Ordering::AcqRel);
            if let mpsc::error::TrySendError::Full(_) = refused {
                self.out.count_dropped();
            }
        }
    }
}

/// The packets that the flow had no room for when they came.
pub(crate) struct Line {
    packets: mpsc::Receiver<Packet>,
    ahead: Arc<AtomicUsize>,
}

impl Line {
    /// The next one, which is to be let go with [`Line::passed_on`]. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        self.packets.recv().await
    }

    /// The one taken last is in the flow: others may follow it.
    pub(crate) fn passed_on(&self) {
        self.ahead.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Ports in use, by engine (known by its context stores), number and kind.
type Key = (usize, u16, bool);
static OPEN: LazyLock<Mutex<HashMap<Key, Weak<Port>>>> = LazyLock::new(Mutex::default);

/// Opens a port, or shares one that another node of the engine has; whether it is shared.
///
/// # Errors
/// Why it cannot be opened, in words.
pub(crate) fn open(wanted: &Wanted, node: &NodeHandle) -> Result<(Arc<Port>, bool), String> {
    let key = (Arc::as_ptr(&node.contexts) as usize, wanted.port, wanted.is_v6);
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|_, port| port.strong_count() > 0);
    let shared = open.get(&key).and_then(Weak::upgrade).filter(|_| wanted.port != 0);
    let (port, is_shared) = match shared {
        Some(port) => (port, true),
        None => (Arc::new(Port::open(wanted).map_err(|error| error.to_string())?), false),
    };
    port.prepare(wanted).map_err(|error| error.to_string())?;
    if wanted.port != 0 {
        open.insert(key, Arc::downgrade(&port));
    }
    Ok((port, is_shared))
}

impl Port {
    fn open(wanted: &Wanted) -> std::io::Result<Self> {
        let domain = if wanted.is_v6 { Domain::IPV6 } else { Domain::IPV4 };
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        let any: IpAddr =
            if wanted.is_v6 { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
        socket.bind(&SocketAddr::new(any, wanted.port).into())?;
        let socket = Arc::new(UdpSocket::from_std(socket.into())?);
        let inboxes = Arc::<Mutex<Vec<Inbox>>>::default();
        let reading = tokio::spawn(read(socket.clone(), inboxes.clone())).abort_handle();
        Ok(Self { socket, inboxes, reading })
    }

    /// Sets what a user wants beyond the port itself.
    fn prepare(&self, wanted: &Wanted) -> std::io::Result<()> {
        let socket = socket2::SockRef::from(&*self.socket);
        if wanted.broadcasts && !wanted.is_v6 {
            socket.set_broadcast(true)?;
        }
        let Some(group) = wanted.group else { return Ok(()) };
        match (group, wanted.interface) {
            (IpAddr::V4(group), interface) => {
                let interface = match interface {
                    Some(IpAddr::V4(interface)) => interface,
                    _ => Ipv4Addr::UNSPECIFIED,
                };
                socket.set_multicast_loop_v4(false)?;
                socket.set_multicast_ttl_v4(HOPS)?;
                if !interface.is_unspecified() {
                    socket.set_multicast_if_v4(&interface)?;
                }
                ignore_joined(socket.join_multicast_v4(&group, &interface))
            }
            (IpAddr::V6(group), interface) => {
                let index = interface.and_then(index_of).unwrap_or(0);
                socket.set_multicast_loop_v6(false)?;
                socket.set_multicast_hops_v6(HOPS)?;
                if index != 0 {
                    socket.set_multicast_if_v6(index)?;
                }
                ignore_joined(socket.join_multicast_v6(&group, index))
            }
        }
    }

    /// Sends what comes in from now on as messages of `out`'s node; what its flow has no room for waits in the line.
    pub(crate) fn listen(
        &self,
        out: TaskOut,
        message_of: impl Fn(&Packet) -> Message + Send + 'static,
    ) -> Line {
        let (line, packets) = mpsc::channel(LINE_LIMIT);
        let ahead = Arc::<AtomicUsize>::default();
        let inbox = Inbox { line, ahead: ahead.clone(), out, message_of: Box::new(message_of) };
        let mut inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        inboxes.retain(|inbox| !inbox.line.is_closed());
        inboxes.push(inbox);
        Line { packets, ahead }
    }
}

/// Several nodes may want the same group of one port.
fn ignore_joined(joined: std::io::Result<()>) -> std::io::Result<()> {
    match joined {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Ok(()),
        joined => joined,
    }
}

async fn read(socket: Arc<UdpSocket>, inboxes: Arc<Mutex<Vec<Inbox>>>) {
    let mut buffer = vec![0; PACKET_LIMIT];
    loop {
        // An error belongs to a packet that was sent before, as when nobody listens there.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            tokio::task::yield_now().await;
            continue;
        };
        let packet = Packet { bytes: Bytes::copy_from_slice(&buffer[..length]), from };
        let inboxes = inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        inboxes.iter().for_each(|inbox| inbox.push(packet.clone()));
    }
}

/// The address of an interface, named by itself or by an address; none for an empty name.
pub(crate) fn interface(name: &str, is_v6: bool) -> Result<Option<IpAddr>, Text> {
    let name = name.trim();
    if name.is_empty() {
        return Ok(None);
    }
    if let Ok(address) = name.parse() {
        return Ok(Some(address));
    }
    let found = if_addrs::get_if_addrs().unwrap_or_default().into_iter();
    let address = found.filter(|one| one.name == name).map(|one| one.ip()).find(|ip| ip.is_ipv6() == is_v6);
    address.map(Some).ok_or_else(|| Text::key("udp.interface").with("name", name))
}

fn index_of(address: IpAddr) -> Option<u32> {
    if_addrs::get_if_addrs().ok()?.into_iter().find(|one| one.ip() == address)?.index
}

/// A multicast group.
pub(crate) fn group(text: &str) -> Result<IpAddr, Text> {
    let group = text.trim().parse::<IpAddr>().ok().filter(IpAddr::is_multicast);
    group.ok_or_else(|| Text::key("udp.group").with("group", text))
}

#[cfg(test)]
mod tests;
