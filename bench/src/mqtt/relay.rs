//! The bare relay beside which the flows over MQTT are shown: it publishes what it receives, and does nothing else.
//! A broker carries every message twice for it, as for a flow.

use std::net::{Ipv4Addr, SocketAddr};

use super::Client;
use super::load::{IN, OUT};

/// Passes messages on until the process is stopped.
pub(crate) fn serve(port: u16, qos: u8) -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio.block_on(async move {
        let mut client = Client::subscribe(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), IN, qos).await?;
        loop {
            client.pass_on(OUT, qos).await?;
            client.flush().await?;
        }
    })
}
