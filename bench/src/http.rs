//! A keep-alive HTTP/1.1 client that does as little as it can, so that what is measured is the server.

pub(crate) mod load;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request as it goes over the wire.
pub(crate) struct Request(Vec<u8>);

impl Request {
    /// `headers` are whole lines, each with its line end.
    pub(crate) fn new(method: &str, path: &str, headers: &str, body: &[u8]) -> Self {
        let mut bytes = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        Self(bytes)
    }

    pub(crate) fn get(path: &str) -> Self {
        Self(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").into_bytes())
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// As it came; with its chunk sizes if it was sent in chunks.
    pub(crate) body: Vec<u8>,
}

/// One connection, kept open from request to request.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// As [`Connection::send`]; fails when the answer takes longer than `limit`.
    pub(crate) async fn send_within(
        &mut self,
        request: &Request,
        limit: Duration,
    ) -> anyhow::Result<Response> {
        let answered = tokio::time::timeout(limit, self.send(request)).await;
        answered.with_context(|| format!("no answer within {} s", limit.as_secs()))?
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&mut self, request: &Request) -> anyhow::Result<Response> {
        self.stream.write_all(&request.0).await?;
        loop {
            if let Some((response, length)) = parse(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(response);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the connection was closed before the whole answer had come");
            }
        }
    }
}

/// The first whole response in `bytes` and its length, if it is all there.
fn parse(bytes: &[u8]) -> anyhow::Result<Option<(Response, usize)>> {
    let Some(head_end) = find(bytes, b"\r\n\r\n").map(|at| at + 4) else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..head_end]).context("the response's head is not text")?;
    let status: u16 =
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status in the response")?;
    let rest = &bytes[head_end..];
    let length = if let Some(length) = header(head, "content-length") {
        let length: usize = length.parse().context("Content-Length")?;
        if rest.len() < length {
            return Ok(None);
        }
        length
    } else if header(head, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        match chunks_end(rest)? {
            Some(length) => length,
            None => return Ok(None),
        }
    } else if matches!(status, 204 | 304) {
        0
    } else {
        bail!("a response of status {status} without a length");
    };
    Ok(Some((Response { status, body: rest[..length].to_vec() }, head_end + length)))
}

/// The value of a header; `name` in lower case.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Where the last chunk ends, if it is there.
fn chunks_end(bytes: &[u8]) -> anyhow::Result<Option<usize>> {
    let mut at = 0;
    loop {
        let Some(line_length) = find(&bytes[at..], b"\r\n") else { return Ok(None) };
        let size = std::str::from_utf8(&bytes[at..at + line_length])
            .ok()
            .and_then(|size| usize::from_str_radix(size.trim(), 16).ok())
            .context("a chunk's size")?;
        at += line_length + 2 + size + 2;
        if at > bytes.len() {
            return Ok(None);
        }
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_responses_however_they_are_cut() {
        let plain = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndoneHTTP/1.1".as_slice();
        let chunked =
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\n\r\n".as_slice();
        let empty = b"HTTP/1.1 204 No Content\r\n\r\n".as_slice();
        for (bytes, status, length) in
            [(plain, 200, plain.len() - 8), (chunked, 201, chunked.len()), (empty, 204, empty.len())]
        {
            for cut in 0..length {
                assert!(parse(&bytes[..cut]).expect("readable").is_none(), "{status} at {cut}");
            }
            let (response, used) = parse(bytes).expect("readable").expect("whole");
            assert_eq!((response.status, used), (status, length));
        }
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(parse(b"nonsense\r\n\r\n").is_err());
    }
}
