//! The milter protocol's packets (version 6, as Sendmail and Postfix speak
//! it): a length in four bytes, most significant first, a command in one byte,
//! and its data. Reads and writes bytes; what they mean is the session's.

use std::io::{self, Write};

/// Longer packets are no milter's: Postfix sends 64 KiB of body at most, and
/// headers of 100 KiB.
const LONGEST: usize = 1 << 20;

/// How much of a new body goes into one packet.
pub const CHUNK: usize = 65_535;

/// The newest version that is spoken here.
pub const VERSION: u32 = 6;

/// What a filter may do (SMFIF_*).
pub mod action {
    pub const ADD_HEADERS: u32 = 0x01;
    pub const CHANGE_BODY: u32 = 0x02;
    pub const CHANGE_HEADERS: u32 = 0x10;
}

/// What need not be sent, or answered (SMFIP_*).
pub mod flag {
    pub const NO_HELO: u32 = 0x02;
    pub const NO_UNKNOWN: u32 = 0x100;
    pub const NO_DATA: u32 = 0x200;
    pub const SKIP: u32 = 0x400;
    /// Nobody waits for an answer to these.
    pub const QUIET: u32 = QUIET_HEADER | QUIET_CONNECT | QUIET_MAIL | QUIET_RECIPIENT;
    pub const QUIET_HEADER: u32 = 0x80;
    pub const QUIET_CONNECT: u32 = 0x1000;
    pub const QUIET_MAIL: u32 = 0x4000;
    pub const QUIET_RECIPIENT: u32 = 0x8000;
    /// Header values come with the space before them.
    pub const LEADING_SPACE: u32 = 0x10_0000;
}

/// What the mail server says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    Negotiate {
        version: u32,
        actions: u32,
        flags: u32,
    },
    /// For the command of this letter: names and values.
    Macros(Vec<(Vec<u8>, Vec<u8>)>),
    /// The client's address; none where it is not of the internet.
    Connect {
        address: Option<String>,
    },
    /// The envelope's sender.
    Mail(Vec<u8>),
    Recipient(Vec<u8>),
    Header(Vec<u8>, Vec<u8>),
    EndOfHeader,
    Body(Vec<u8>),
    EndOfBody(Vec<u8>),
    Abort,
    /// The connection ends, or (true) another begins on the same one.
    Quit(bool),
    /// Known to the protocol, and nothing to do here.
    Other,
}

/// What the filter says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    Negotiate {
        version: u32,
        actions: u32,
        flags: u32,
    },
    Continue,
    /// No more of this message.
    Accept,
    /// No more of this body.
    Skip,
    TempFail,
    /// Before the header of this number, counted from 0.
    Insert(u32, Vec<u8>, Vec<u8>),
    /// The header of this name that is the so-manyth of it, counted from 1;
    /// nothing takes it out.
    Change(u32, Vec<u8>, Vec<u8>),
    /// A piece of the new body.
    Body(Vec<u8>),
}

/// Reads a packet off the front of what has arrived; none where it has not
/// arrived whole.
pub fn read(arrived: &mut Vec<u8>) -> io::Result<Option<Command>> {
    let Some(length) = arrived.first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_be_bytes(*length) as usize;
    if length == 0 || length > LONGEST {
        let what = format!("a packet of {length} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    if arrived.len() < 4 + length {
        return Ok(None);
    }
    let letter = arrived[4];
    let data = arrived[5..4 + length].to_vec();
    arrived.drain(..4 + length);
    command(letter, data).map(Some).ok_or_else(|| {
        let what = format!("a packet {:?} that cannot be read", char::from(letter));
        io::Error::new(io::ErrorKind::InvalidData, what)
    })
}

fn command(letter: u8, data: Vec<u8>) -> Option<Command> {
    Some(match letter {
        b'O' => {
            let number = |at| Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?));
            Command::Negotiate { version: number(0)?, actions: number(4)?, flags: number(8)? }
        }
        b'D' => {
            let mut texts = texts(data.get(1..)?);
            let mut macros = Vec::new();
            while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
                macros.push((name.to_vec(), value.to_vec()));
            }
            Command::Macros(macros)
        }
        b'C' => {
            let name = data.iter().position(|&b| b == 0)?;
            let family = *data.get(name + 1)?;
            let address = data.get(name + 4..).filter(|_| matches!(family, b'4' | b'6'));
            let address = address.and_then(|rest| texts(rest).next());
            let address = address.map(|address| String::from_utf8_lossy(address).into_owned());
            Command::Connect { address }
        }
        b'M' => Command::Mail(texts(&data).next()?.to_vec()),
        b'R' => Command::Recipient(texts(&data).next()?.to_vec()),
        b'L' => {
            let mut texts = texts(&data);
            Command::Header(texts.next()?.to_vec(), texts.next().unwrap_or_default().to_vec())
        }
        b'N' => Command::EndOfHeader,
        b'B' => Command::Body(data),
        b'E' => Command::EndOfBody(data),
        b'A' => Command::Abort,
        b'Q' => Command::Quit(false),
        b'K' => Command::Quit(true),
        b'H' | b'T' | b'U' => Command::Other,
        _ => return None,
    })
}

/// Texts that end with a NUL.
fn texts(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let data = data.strip_suffix(b"\0").unwrap_or(data);
    data.split(|&b| b == 0)
}

/// Writes a packet.
pub fn write(to: &mut dyn Write, reply: &Reply) -> io::Result<()> {
    let mut data = Vec::new();
    let header = |data: &mut Vec<u8>, index: u32, name: &[u8], value: &[u8]| {
        data.extend_from_slice(&index.to_be_bytes());
        for text in [name, value] {
            data.extend_from_slice(text);
            data.push(0);
        }
    };
    let letter = match reply {
        Reply::Negotiate { version, actions, flags } => {
            for number in [version, actions, flags] {
                data.extend_from_slice(&number.to_be_bytes());
            }
            b'O'
        }
        Reply::Continue => b'c',
        Reply::Accept => b'a',
        Reply::Skip => b's',
        Reply::TempFail => b't',
        Reply::Insert(index, name, value) => {
            header(&mut data, *index, name, value);
            b'i'
        }
        Reply::Change(index, name, value) => {
            header(&mut data, *index, name, value);
            b'm'
        }
        Reply::Body(piece) => {
            data.extend_from_slice(piece);
            b'b'
        }
    };
    let length = u32::try_from(data.len() + 1).map_err(|_| io::ErrorKind::InvalidInput)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(&[letter])?;
    to.write_all(&data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(letter: u8, data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u32 + 1).to_be_bytes();
        [&length[..], &[letter], data].concat()
    }

    fn told(letter: u8, data: &[u8]) -> Command {
        read(&mut packet(letter, data)).expect("it can be read").expect("one")
    }

    #[test]
    fn packets_are_read() {
        assert_eq!(
            told(b'O', &[0, 0, 0, 6, 0, 0, 1, 255, 0, 31, 255, 255]),
            Command::Negotiate { version: 6, actions: 0x1ff, flags: 0x1f_ffff }
        );
        assert_eq!(
            told(b'D', b"Mi\0Q1\0{auth_type}\0PLAIN\0"),
            Command::Macros(vec![
                (b"i".to_vec(), b"Q1".to_vec()),
                (b"{auth_type}".to_vec(), b"PLAIN".to_vec())
            ])
        );
        assert_eq!(
            told(b'C', b"mx.example\x004\x00\x1910.0.0.1\0"),
            Command::Connect { address: Some("10.0.0.1".to_owned()) }
        );
        assert_eq!(told(b'C', b"localhost\0L\0\0/run/x\0"), Command::Connect { address: None });
        assert_eq!(told(b'M', b"<>\0SIZE=1\0"), Command::Mail(b"<>".to_vec()));
        assert_eq!(
            told(b'L', b"To\0 a\n b\0"),
            Command::Header(b"To".to_vec(), b" a\n b".to_vec())
        );
        assert_eq!(told(b'L', b"To\0\0"), Command::Header(b"To".to_vec(), Vec::new()));
        assert_eq!(told(b'B', b"a\0b"), Command::Body(b"a\0b".to_vec()));
    }

    #[test]
    fn what_is_no_packet_is_an_error() {
        for bytes in [&b"\0\0\0\0"[..], b"\xff\xff\xff\xffO", b"\0\0\0\x01O", b"\0\0\0\x01z"] {
            assert!(read(&mut bytes.to_vec()).is_err(), "{bytes:?}");
        }
        for bytes in [&b""[..], b"\0\0", b"\0\0\0\x05Oabc"] {
            let mut arrived = bytes.to_vec();
            assert_eq!(read(&mut arrived).expect("it may come"), None);
            assert_eq!(arrived, bytes);
        }
        let mut two = [packet(b'N', b""), packet(b'A', b"")].concat();
        assert_eq!(read(&mut two).expect("one"), Some(Command::EndOfHeader));
        assert_eq!(read(&mut two).expect("one more"), Some(Command::Abort));
    }

    #[test]
    fn replies_are_written() {
        let mut out = Vec::new();
        for reply in [Reply::Continue, Reply::Change(1, b"A".to_vec(), Vec::new())] {
            write(&mut out, &reply).expect("memory can be written");
        }
        assert_eq!(out, [packet(b'c', b""), packet(b'm', b"\0\0\0\x01A\0\0")].concat());
    }
}
