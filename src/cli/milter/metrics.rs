//! Figures for a monitor: `GET /metrics` (Prometheus' text) and `/healthz`.

use super::door::Door;
use crate::cli::exit::Failure;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long a monitor may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers on a thread of its own, one monitor at a time.
pub fn start(place: &str, door: Arc<Door>, rules: String) -> Result<(), Failure> {
    let listener =
        TcpListener::bind(place).map_err(|e| Failure::at(format!("metrics {place}"), e))?;
    let begun = Instant::now();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A monitor that goes away asks again.
            let _ = answer(connection, &door, &rules, begun);
        }
    });
    Ok(())
}

fn answer(mut connection: TcpStream, door: &Door, rules: &str, begun: Instant) -> io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut asked = [0; 1024];
    let n = connection.read(&mut asked)?;
    let line = String::from_utf8_lossy(&asked[..n]).into_owned();
    let mut words = line.split(' ');
    let (status, page) = match (words.next(), words.next()) {
        (Some("GET"), Some("/metrics")) => ("200 OK", door.figures.page(rules, begun.elapsed())),
        (Some("GET"), Some("/healthz")) => ("200 OK", "ok\n".to_owned()),
        _ => ("404 Not Found", "there are /metrics and /healthz\n".to_owned()),
    };
    let length = page.len();
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{page}"
    )?;
    connection.flush()
}
