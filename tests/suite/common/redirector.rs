//! A web server on loopback that plays a redirector, and remembers what it was
//! asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub host: String,
    pub path: String,
    /// All header lines, in lower case.
    pub headers: Vec<String>,
}

/// How it answers.
pub enum Reply {
    /// A status line's rest and header lines, then a body.
    Http(&'static str, Vec<String>, String),
    /// That, but not before so long.
    Late(Duration, Box<Reply>),
    /// A page that begins so and does not end.
    Endless(String),
    /// Bytes that are no HTTP.
    Bytes(&'static [u8]),
}

impl Reply {
    /// A redirection with this status.
    pub fn to(status: &'static str, to: &str) -> Reply {
        Reply::Http(status, vec![format!("Location: {to}")], String::new())
    }
    /// A page that sends its reader on.
    pub fn refresh(to: &str) -> Reply {
        let to = to.replace('&', "&amp;");
        let page = format!(
            "<html><head><meta http-equiv=\"refresh\" content=\"0;url={to}\"></head><body></body></html>"
        );
        Reply::page(page)
    }
    /// A page.
    pub fn page(page: impl Into<String>) -> Reply {
        Reply::Http("200 OK", vec!["Content-Type: text/html; charset=utf-8".into()], page.into())
    }
}

/// It runs until the process ends.
pub struct Redirector {
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Redirector {
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Redirector {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("it has one");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (answer, kept) = (Arc::new(answer), Arc::clone(&log));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                // What the other side does with it is its matter.
                std::thread::spawn(move || serve(stream, &*answer, &kept).ok());
            }
        });
        Redirector { address, log }
    }

    /// What it was asked since the last time it was read.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.log.lock().expect("no one panicked"))
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &dyn Fn(&Asked) -> Reply,
    log: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut asked = read(&mut lines)?;
    if asked.method == "CONNECT" {
        // A proxy as well: it leads to itself.
        log.lock().expect("no one panicked").push(asked);
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
        asked = read(&mut lines)?;
    }
    let reply = answer(&asked);
    let head = asked.method == "HEAD";
    log.lock().expect("no one panicked").push(asked);
    write(&mut stream, reply, head)
}

fn read(lines: &mut impl BufRead) -> std::io::Result<Asked> {
    let mut text = Vec::new();
    loop {
        let mut line = Vec::new();
        let n = lines.read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if n == 0 || line.is_empty() {
            break;
        }
        text.push(line);
    }
    let first = text.first().cloned().unwrap_or_default();
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers: Vec<String> = text.iter().skip(1).map(|line| line.to_lowercase()).collect();
    let host = headers.iter().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_owned();
    Ok(Asked { method, host, path, headers })
}

fn write(stream: &mut TcpStream, reply: Reply, head: bool) -> std::io::Result<()> {
    match reply {
        Reply::Late(time, reply) => {
            std::thread::sleep(time);
            write(stream, *reply, head)
        }
        Reply::Bytes(bytes) => stream.write_all(bytes),
        Reply::Endless(start) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")?;
            stream.write_all(start.as_bytes())?;
            if head {
                return Ok(());
            }
            // Until the other side has had enough.
            loop {
                stream.write_all(&[b' '; 4096])?;
            }
        }
        Reply::Http(status, headers, body) => {
            let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
            for header in headers {
                text += &format!("{header}\r\n");
            }
            text += &format!("Content-Length: {}\r\n\r\n", body.len());
            if !head {
                text += &body;
            }
            stream.write_all(text.as_bytes())
        }
    }
}
