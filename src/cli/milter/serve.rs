//! Sockets and threads: one thread for each connection of a mail server, so
//! many at a time and no more. Ends when it is told to, after the messages that
//! are on their way.

use super::door::Door;
use super::session::{Next, Session};
use super::wire;
use crate::cli::exit::{Failure, caught};
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Where mail servers connect.
pub enum Listener {
    Tcp(TcpListener),
    /// The path goes with us, if we made it.
    Unix(UnixListener, Option<PathBuf>),
}

/// How often a quiet connection looks whether it is to end.
const GLANCE: Duration = Duration::from_millis(500);

/// How long a mail server may take to read an answer.
const ANSWER: Duration = Duration::from_secs(60);

impl Listener {
    /// `inet:HOST:PORT`, `inet:PORT@HOST` (as Postfix and Sendmail write it),
    /// `unix:PATH`, or `fd:N`: a socket that is there already (systemd).
    pub fn open(spec: &str, mode: Option<u32>, group: Option<&str>) -> Result<Listener, Failure> {
        let wrong = |what: &dyn std::fmt::Display| Failure::at(format!("listen {spec}"), what);
        if let Some(path) = spec.strip_prefix("unix:").or_else(|| spec.strip_prefix("local:")) {
            let path = Path::new(path);
            let listener = unix(path, mode, group).map_err(|e| wrong(&e))?;
            return Ok(Listener::Unix(listener, Some(path.to_owned())));
        }
        if let Some(place) = spec.strip_prefix("inet:").or_else(|| spec.strip_prefix("inet6:")) {
            let place = match place.split_once('@') {
                Some((port, host)) if host.contains(':') => format!("[{host}]:{port}"),
                Some((port, host)) => format!("{host}:{port}"),
                None if place.contains(':') => place.to_owned(),
                None => format!("127.0.0.1:{place}"),
            };
            return TcpListener::bind(&place).map(Listener::Tcp).map_err(|e| wrong(&e));
        }
        if let Some(number) = spec.strip_prefix("fd:") {
            return fd(number).map_err(|e| wrong(&e));
        }
        Err(wrong(&"give inet:HOST:PORT, inet:PORT@HOST, unix:PATH or fd:N"))
    }

    fn accept(&self) -> io::Result<Box<dyn Connection>> {
        Ok(match self {
            Listener::Tcp(listener) => {
                let stream = listener.accept()?.0;
                // Answers are small and waited for.
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Listener::Unix(listener, _) => Box::new(listener.accept()?.0),
        })
    }
}

/// A socket with a file. One that nobody listens to any more is replaced.
fn unix(path: &Path, mode: Option<u32>, group: Option<&str>) -> io::Result<UnixListener> {
    let old = fs::symlink_metadata(path).ok();
    match old.map(|old| old.file_type().is_socket()) {
        Some(true) => match UnixStream::connect(path) {
            Ok(_) => {
                let what = "another program listens there";
                return Err(io::Error::new(io::ErrorKind::AddrInUse, what));
            }
            Err(_) => fs::remove_file(path)?,
        },
        Some(false) => {
            let what = "there is a file that is no socket";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
        }
        None => {}
    }
    let listener = UnixListener::bind(path)?;
    if let Some(group) = group {
        chown(path, None, Some(number_of(group)?))?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode.unwrap_or(0o660)))?;
    Ok(listener)
}

/// A group's number, by number or name.
fn number_of(group: &str) -> io::Result<u32> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    let groups = fs::read_to_string("/etc/group")?;
    let mut lines = groups.lines().map(|line| line.split(':'));
    let found = lines.find_map(|mut cells| {
        (cells.next() == Some(group)).then(|| cells.nth(1)?.parse().ok()).flatten()
    });
    found.ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, format!("there is no group {group}"))
    })
}

/// A socket that was opened before we were started, counted from 3.
fn fd(number: &str) -> io::Result<Listener> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
    let number: usize =
        number.parse().map_err(|_| wrong("the number of a descriptor, from 3 on"))?;
    let at = number.checked_sub(3).ok_or_else(|| wrong("descriptors begin with 3"))?;
    let mut all = listenfd::ListenFd::from_env();
    if let Ok(Some(listener)) = all.take_unix_listener(at) {
        return Ok(Listener::Unix(listener, None));
    }
    match all.take_tcp_listener(at) {
        Ok(Some(listener)) => Ok(Listener::Tcp(listener)),
        _ => Err(wrong("no listening socket was handed over under this number (LISTEN_FDS)")),
    }
}

/// A connection of either kind.
trait Connection: Read + Write + Send {
    fn prepare(&self) -> io::Result<()>;
}

impl Connection for TcpStream {
    fn prepare(&self) -> io::Result<()> {
        self.set_read_timeout(Some(GLANCE))?;
        self.set_write_timeout(Some(ANSWER))
    }
}

impl Connection for UnixStream {
    fn prepare(&self) -> io::Result<()> {
        self.set_read_timeout(Some(GLANCE))?;
        self.set_write_timeout(Some(ANSWER))
    }
}

/// How many connections there are.
#[derive(Default)]
struct Places {
    taken: Mutex<u32>,
    left: Condvar,
}

impl Places {
    fn take(&self, most: u32) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken >= most {
            taken = self.left.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += 1;
    }

    fn leave(&self) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.left.notify_all();
    }

    /// Waits until all have left, or so long.
    fn empty(&self, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 {
            let Some(rest) = end.checked_duration_since(Instant::now()) else { return false };
            let waited = self.left.wait_timeout(taken, rest);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// A server at work.
pub struct Server {
    door: Arc<Door>,
    places: Arc<Places>,
    ends: Arc<AtomicBool>,
    made: Vec<PathBuf>,
}

impl Server {
    /// Begins to serve on all of them.
    pub fn start(door: Arc<Door>, listeners: Vec<Listener>, most: u32, idle: Duration) -> Server {
        let (places, ends) = (Arc::new(Places::default()), Arc::new(AtomicBool::new(false)));
        let mut made = Vec::new();
        for listener in listeners {
            if let Listener::Unix(_, Some(path)) = &listener {
                made.push(path.clone());
            }
            let (door, places, ends) = (Arc::clone(&door), Arc::clone(&places), Arc::clone(&ends));
            thread::spawn(move || accept(&door, &listener, &places, &ends, most, idle));
        }
        Server { door, places, ends, made }
    }

    /// Takes no more messages, and waits for those on their way.
    pub fn stop(self, patience: Duration) {
        for path in &self.made {
            let _ = fs::remove_file(path);
        }
        self.ends.store(true, Ordering::Relaxed);
        if !self.places.empty(patience) {
            self.door.log("ended while messages were on their way: the mail server tries again");
        }
    }
}

fn accept(
    door: &Arc<Door>,
    listener: &Listener,
    places: &Arc<Places>,
    ends: &Arc<AtomicBool>,
    most: u32,
    idle: Duration,
) {
    loop {
        let connection = listener.accept();
        if ends.load(Ordering::Relaxed) {
            return;
        }
        let connection = match connection {
            Ok(connection) => connection,
            Err(error) => {
                door.log(&format!("a connection cannot be taken: {error}"));
                // Out of descriptors, or the like: it may pass.
                thread::sleep(GLANCE);
                continue;
            }
        };
        // The next ones wait where the system keeps them.
        places.take(most);
        let served = {
            let (door, places, ends) = (Arc::clone(door), Arc::clone(places), Arc::clone(ends));
            thread::Builder::new().spawn(move || {
                door.figures.connections.fetch_add(1, Ordering::Relaxed);
                door.figures.open.fetch_add(1, Ordering::Relaxed);
                let ended = caught(|| talk(&door, connection, &ends, idle));
                door.figures.open.fetch_sub(1, Ordering::Relaxed);
                places.leave();
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => door.log(&format!("a connection broke: {error}")),
                    Err(defect) => door.log(&defect),
                }
            })
        };
        if let Err(error) = served {
            // The mail server finds its connection closed, and tries again.
            places.leave();
            door.log(&format!("a connection cannot be served: {error}"));
            thread::sleep(GLANCE);
        }
    }
}

/// Talks with a mail server until either ends it.
fn talk(
    door: &Door,
    mut connection: Box<dyn Connection>,
    ends: &AtomicBool,
    idle: Duration,
) -> io::Result<()> {
    connection.prepare()?;
    let (mut session, mut arrived) = (Session::default(), Vec::new());
    let (mut piece, mut heard) = (vec![0; 64 << 10], Instant::now());
    loop {
        while let Some(command) = wire::read(&mut arrived)? {
            match session.take(command, door) {
                Next::Say(replies) => {
                    let mut out = BufWriter::new(&mut connection);
                    replies.iter().try_for_each(|reply| wire::write(&mut out, reply))?;
                    out.flush()?;
                }
                Next::End => return Ok(()),
                Next::Fail(what) => return Err(io::Error::new(io::ErrorKind::InvalidData, what)),
            }
        }
        match connection.read(&mut piece) {
            Ok(0) if arrived.is_empty() => return Ok(()),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                arrived.extend_from_slice(&piece[..n]);
                heard = Instant::now();
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                if session.is_idle() && ends.load(Ordering::Relaxed) {
                    return Ok(());
                }
                if heard.elapsed() >= idle {
                    return Ok(());
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}
