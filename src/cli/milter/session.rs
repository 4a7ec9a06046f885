//! One connection of a mail server: what it says, and what is answered. Knows
//! no socket; what is to become of a message is asked of a [`Judge`].

use super::wire::{self, Command, Reply, action, flag};

/// What is known of a message but for itself.
#[derive(Clone, Default, Debug)]
pub struct Envelope {
    /// The mail server's name for it.
    pub queue: Option<String>,
    pub recipients: Vec<String>,
    pub null_sender: bool,
    pub authenticated: bool,
    pub local: bool,
}

/// What becomes of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing, for this reason.
    Unchanged(&'static str),
    /// It is this one now; and what is to be said of that.
    Changed(Vec<u8>, String),
    /// Something of the machine's is wrong: the server keeps it and tries again.
    Later,
}

/// Who decides.
pub trait Judge {
    /// Whether a message need not be seen, by its envelope: then why.
    fn passes(&self, envelope: &Envelope) -> Option<&'static str>;
    /// The same, by its header.
    fn passes_header(&self, envelope: &Envelope, header: &[u8]) -> Option<&'static str>;
    /// The same, by its header and the size of its body so far, in bytes.
    fn is_too_large(&self, size: usize) -> bool;
    /// Whether a header field is a mark that only we may write.
    fn is_forged(&self, name: &[u8], value: &[u8]) -> bool;
    /// Whether such fields are looked for at all.
    fn looks_for_forged(&self) -> bool;
    /// What becomes of the whole message; its lines end with CRLF.
    fn judge(&self, envelope: &Envelope, raw: &[u8]) -> Verdict;
    /// A message is done with.
    fn done(&self, envelope: &Envelope, header: &[u8], end: &End);
}

/// How it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    Unchanged(&'static str),
    Changed(String),
    Later,
    /// The server gave it up.
    Aborted,
}

/// A connection.
#[derive(Default)]
pub struct Session {
    spaced: bool,
    may_skip: bool,
    /// Commands that are not to be answered (of `flag::QUIET`).
    quiet: u32,
    negotiated: bool,
    local: bool,
    mail: Option<Mail>,
    /// Macros that came for the message to be.
    authenticated: bool,
    queue: Option<String>,
}

/// A message on its way.
#[derive(Default)]
struct Mail {
    envelope: Envelope,
    fields: Vec<Field>,
    header: Vec<u8>,
    body: Vec<u8>,
    size: usize,
    /// Why it goes on as it is.
    passes: Option<&'static str>,
}

/// What a session wants.
#[derive(PartialEq, Eq, Debug)]
pub enum Next {
    /// To say this and to go on.
    Say(Vec<Reply>),
    /// To end.
    End,
    /// To end, for this reason.
    Fail(String),
}

impl Session {
    /// Whether no message is on its way.
    pub fn is_idle(&self) -> bool {
        self.mail.is_none()
    }

    /// What is answered to a command.
    pub fn take(&mut self, command: Command, judge: &dyn Judge) -> Next {
        let quiet = Next::Say(Vec::new());
        let go_on = || Next::Say(vec![Reply::Continue]);
        let asked = self.quiet;
        let unless = |flag: u32| match asked & flag {
            0 => go_on(),
            _ => Next::Say(Vec::new()),
        };
        if !self.negotiated && !matches!(command, Command::Negotiate { .. } | Command::Quit(_)) {
            return Next::Fail("it does not begin with a negotiation".to_owned());
        }
        match command {
            Command::Negotiate { version, actions, flags } => {
                self.negotiate(version, actions, flags)
            }
            Command::Macros(macros) => {
                for (name, value) in macros {
                    let text = || String::from_utf8_lossy(&value).into_owned();
                    match &*name {
                        b"{auth_type}" | b"{auth_authen}" => {
                            self.authenticated |= !value.is_empty()
                        }
                        b"i" | b"{i}" => self.queue = Some(text()),
                        _ => {}
                    }
                }
                if let Some(mail) = &mut self.mail {
                    mail.envelope.authenticated |= self.authenticated;
                    mail.envelope.queue = self.queue.clone().or(mail.envelope.queue.take());
                }
                quiet
            }
            Command::Connect { address } => {
                let address = address.map(|address| {
                    let bare = address.strip_prefix("IPv6:").unwrap_or(&address);
                    bare.parse::<std::net::IpAddr>()
                        .is_ok_and(|address| address.to_canonical().is_loopback())
                });
                self.local = address.unwrap_or(true);
                unless(flag::QUIET_CONNECT)
            }
            Command::Mail(sender) => {
                let envelope = Envelope {
                    queue: self.queue.clone(),
                    null_sender: matches!(&*sender, b"<>" | b""),
                    authenticated: self.authenticated,
                    local: self.local,
                    recipients: Vec::new(),
                };
                self.mail = Some(Mail { envelope, ..Mail::default() });
                unless(flag::QUIET_MAIL)
            }
            Command::Recipient(recipient) => {
                if let Some(mail) = &mut self.mail {
                    let text = String::from_utf8_lossy(&recipient).into_owned();
                    let address = text.trim_matches(['<', '>', ' ']);
                    mail.envelope.recipients.push(address.to_owned());
                }
                unless(flag::QUIET_RECIPIENT)
            }
            Command::Header(name, value) => {
                if let Some(mail) = &mut self.mail {
                    mail.add(name, value, self.spaced);
                }
                unless(flag::QUIET_HEADER)
            }
            Command::EndOfHeader => self.end_of_header(judge),
            Command::Body(piece) => self.body(&piece, judge),
            Command::EndOfBody(piece) => {
                self.body(&piece, judge);
                self.end_of_body(judge)
            }
            Command::Abort => {
                self.finish(judge, &End::Aborted);
                quiet
            }
            Command::Quit(again) => {
                self.finish(judge, &End::Aborted);
                if !again {
                    return Next::End;
                }
                *self = Session {
                    spaced: self.spaced,
                    may_skip: self.may_skip,
                    quiet: self.quiet,
                    negotiated: true,
                    ..Session::default()
                };
                quiet
            }
            Command::Other => go_on(),
        }
    }

    fn negotiate(&mut self, version: u32, actions: u32, flags: u32) -> Next {
        let needed = action::ADD_HEADERS | action::CHANGE_BODY | action::CHANGE_HEADERS;
        if version < 2 || actions & needed != needed {
            return Next::Fail(format!(
                "its mail server speaks version {version} and lets filters do {actions:#x}; \
                 bodies and headers must be changed ({needed:#x})"
            ));
        }
        // Only of what the server offers.
        let unseen = flag::NO_HELO | flag::NO_UNKNOWN | flag::NO_DATA;
        let flags = flags & (unseen | flag::SKIP | flag::LEADING_SPACE | flag::QUIET);
        self.quiet = flags & flag::QUIET;
        self.spaced = flags & flag::LEADING_SPACE != 0;
        self.may_skip = flags & flag::SKIP != 0;
        self.negotiated = true;
        let version = version.min(wire::VERSION);
        Next::Say(vec![Reply::Negotiate { version, actions: needed, flags }])
    }

    fn end_of_header(&mut self, judge: &dyn Judge) -> Next {
        let Some(mail) = &mut self.mail else { return Next::Say(vec![Reply::Continue]) };
        mail.passes = judge
            .passes(&mail.envelope)
            .or_else(|| judge.passes_header(&mail.envelope, &mail.header));
        match mail.passes {
            // Marks can be taken out at the end only.
            Some(why) if !judge.looks_for_forged() => {
                self.finish(judge, &End::Unchanged(why));
                Next::Say(vec![Reply::Accept])
            }
            _ => Next::Say(vec![Reply::Continue]),
        }
    }

    fn body(&mut self, piece: &[u8], judge: &dyn Judge) -> Next {
        let skip = Next::Say(vec![if self.may_skip { Reply::Skip } else { Reply::Continue }]);
        let Some(mail) = &mut self.mail else { return skip };
        mail.size += piece.len();
        if mail.passes.is_none() && judge.is_too_large(mail.size) {
            mail.passes = Some("too large");
            mail.body = Vec::new();
        }
        if mail.passes.is_some() {
            return skip;
        }
        mail.body.extend_from_slice(piece);
        Next::Say(vec![Reply::Continue])
    }

    fn end_of_body(&mut self, judge: &dyn Judge) -> Next {
        let Some(mail) = &mut self.mail else { return Next::Say(vec![Reply::Continue]) };
        let verdict = match mail.passes {
            Some(why) => Verdict::Unchanged(why),
            None => {
                let raw = [&mail.header[..], b"\r\n", &mail.body].concat();
                mail.body = Vec::new();
                judge.judge(&mail.envelope, &raw)
            }
        };
        let (mut replies, end) = match verdict {
            Verdict::Later => {
                self.finish(judge, &End::Later);
                return Next::Say(vec![Reply::TempFail]);
            }
            Verdict::Unchanged(why) => (mail.forged(judge), End::Unchanged(why)),
            Verdict::Changed(new, told) => match mail.changes(&new, self.spaced) {
                Some(replies) => (replies, End::Changed(told)),
                None => (mail.forged(judge), End::Unchanged("its new header cannot be told")),
            },
        };
        replies.push(Reply::Continue);
        self.finish(judge, &end);
        Next::Say(replies)
    }

    fn finish(&mut self, judge: &dyn Judge, end: &End) {
        if let Some(mail) = self.mail.take() {
            judge.done(&mail.envelope, &mail.header, end);
        }
        self.queue = None;
    }
}

impl Mail {
    fn add(&mut self, name: Vec<u8>, value: Vec<u8>, spaced: bool) {
        self.header.extend_from_slice(&name);
        self.header.extend_from_slice(if spaced { b":" } else { b": " });
        let mut lines = value.split(|&b| b == b'\n');
        self.header.extend_from_slice(lines.next().unwrap_or_default());
        for line in lines {
            if !self.header.ends_with(b"\r") {
                self.header.push(b'\r');
            }
            self.header.push(b'\n');
            self.header.extend_from_slice(line);
        }
        self.header.extend_from_slice(b"\r\n");
        self.fields.push((name, value));
    }

    /// The so-manyth field of its name, counted from 1.
    fn number(&self, at: usize) -> u32 {
        let name = &self.fields[at].0;
        1 + self.fields[..at].iter().filter(|(it, _)| it.eq_ignore_ascii_case(name)).count() as u32
    }

    fn remove(&self, at: usize) -> Reply {
        Reply::Change(self.number(at), self.fields[at].0.clone(), Vec::new())
    }

    /// Marks that only we may write go; the last first, so that the numbers
    /// of others stay.
    fn forged(&self, judge: &dyn Judge) -> Vec<Reply> {
        let fields = self.fields.iter().enumerate().rev();
        let forged = fields.filter(|(_, (name, value))| judge.is_forged(name, value));
        forged.map(|(at, _)| self.remove(at)).collect()
    }

    /// What makes the old message the new one; none where that cannot be told.
    fn changes(&self, new: &[u8], spaced: bool) -> Option<Vec<Reply>> {
        let (fields, body) = split(new, spaced)?;
        let mut replies = Vec::new();
        let mut inserted = Vec::new();
        let mut old = 0;
        for (at, field) in fields.iter().enumerate() {
            // Fields that went are skipped; those that came stand in the way of none.
            match self.fields[old..].iter().position(|it| it == field) {
                Some(gone) => {
                    replies.extend((old..old + gone).map(|at| self.remove(at)));
                    old += gone + 1;
                }
                None => {
                    // Another value of a field that is nowhere else any more.
                    let is_it = |it: &Field| it.0 == field.0 && !fields[at..].contains(it);
                    match self.fields[old..].iter().position(is_it) {
                        Some(gone) => {
                            replies.extend((old..old + gone).map(|at| self.remove(at)));
                            old += gone;
                            let (name, value) = field.clone();
                            replies.push(Reply::Change(self.number(old), name, value));
                            old += 1;
                        }
                        None => {
                            let (name, value) = field.clone();
                            inserted.push(Reply::Insert(at as u32, name, value));
                        }
                    }
                }
            }
        }
        replies.extend((old..self.fields.len()).map(|at| self.remove(at)));
        // The last first, so that the numbers of others stay.
        replies.reverse();
        replies.extend(inserted);
        replies.extend(body.chunks(wire::CHUNK).map(|piece| Reply::Body(piece.to_vec())));
        if body.is_empty() {
            replies.push(Reply::Body(Vec::new()));
        }
        Some(replies)
    }
}

/// Name and value.
type Field = (Vec<u8>, Vec<u8>);

/// A header's fields, as the protocol has them, and the body.
fn split(message: &[u8], spaced: bool) -> Option<(Vec<Field>, &[u8])> {
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = message;
    loop {
        let end = memchr::memmem::find(rest, b"\r\n")?;
        let (line, behind) = (&rest[..end], &rest[end + 2..]);
        rest = behind;
        if line.is_empty() {
            return Some((fields, rest));
        }
        if matches!(line[0], b' ' | b'\t') {
            let (_, value) = fields.last_mut()?;
            value.push(b'\n');
            value.extend_from_slice(line);
            continue;
        }
        let colon = memchr::memchr(b':', line)?;
        let value = &line[colon + 1..];
        let value = if spaced { value } else { value.strip_prefix(b" ").unwrap_or(value) };
        fields.push((line[..colon].to_vec(), value.to_vec()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[derive(Default)]
    struct Stub {
        mark: bool,
        ends: RefCell<Vec<End>>,
    }

    impl Judge for Stub {
        fn passes(&self, envelope: &Envelope) -> Option<&'static str> {
            envelope.null_sender.then_some("null sender")
        }
        fn passes_header(&self, _: &Envelope, header: &[u8]) -> Option<&'static str> {
            memchr::memmem::find(header, b"text/plain").map(|_| "no HTML")
        }
        fn is_too_large(&self, size: usize) -> bool {
            size > 100_000
        }
        fn is_forged(&self, name: &[u8], value: &[u8]) -> bool {
            self.mark && name == b"X-Mark" && value.starts_with(b" us")
        }
        fn looks_for_forged(&self) -> bool {
            self.mark
        }
        fn judge(&self, _: &Envelope, raw: &[u8]) -> Verdict {
            let text = String::from_utf8_lossy(raw).into_owned();
            match () {
                () if text.contains("later") => Verdict::Later,
                () if text.contains("bad") => {
                    let new = text.replace("bad", "good").replace("Length: 5\r\n", "Length: 6\r\n");
                    let new = new.replace("Gone: x\r\n", "");
                    Verdict::Changed(format!("X-Mark: us\r\n{new}").into_bytes(), "bad".into())
                }
                () => Verdict::Unchanged("nothing to do"),
            }
        }
        fn done(&self, _: &Envelope, _: &[u8], end: &End) {
            self.ends.borrow_mut().push(end.clone());
        }
    }

    fn ready() -> Session {
        let mut session = Session::default();
        let all = Command::Negotiate { version: 6, actions: 0x1ff, flags: 0x1f_ffff };
        let Next::Say(said) = session.take(all, &Stub::default()) else { panic!("it goes on") };
        let [Reply::Negotiate { version: 6, actions: 0x13, flags }] = said[..] else {
            panic!("{said:?}")
        };
        assert_eq!(flags, 0x10_d782);
        session
    }

    fn say(session: &mut Session, stub: &Stub, commands: &[Command]) -> Vec<Reply> {
        let mut said = Vec::new();
        for command in commands {
            match session.take(command.clone(), stub) {
                Next::Say(replies) => said = replies,
                next => panic!("{next:?}"),
            }
        }
        said
    }

    fn header(name: &str, value: &str) -> Command {
        Command::Header(name.as_bytes().to_vec(), value.as_bytes().to_vec())
    }

    fn mail(headers: &[Command], body: &str) -> Vec<Command> {
        let mut all = vec![
            Command::Mail(b"<a@b.example>".to_vec()),
            Command::Recipient(b"<c@d.example>".to_vec()),
        ];
        all.extend_from_slice(headers);
        all.extend([
            Command::EndOfHeader,
            Command::Body(body.as_bytes().to_vec()),
            Command::EndOfBody(Vec::new()),
        ]);
        all
    }

    #[test]
    fn changes_are_told_one_by_one() {
        let (mut session, stub) = (ready(), Stub::default());
        let headers = [header("Subject", " a\n b"), header("Gone", " x"), header("Length", " 5")];
        let said = say(&mut session, &stub, &mail(&headers, "bad\r\n"));
        assert_eq!(
            said,
            [
                Reply::Change(1, b"Length".to_vec(), b" 6".to_vec()),
                Reply::Change(1, b"Gone".to_vec(), Vec::new()),
                Reply::Insert(0, b"X-Mark".to_vec(), b" us".to_vec()),
                Reply::Body(b"good\r\n".to_vec()),
                Reply::Continue,
            ]
        );
        assert_eq!(stub.ends.borrow()[..], [End::Changed("bad".into())]);
        assert!(session.is_idle());
    }

    #[test]
    fn what_is_not_changed_is_not_touched() {
        let (mut session, stub) = (ready(), Stub::default());
        let none = [header("Subject", " a")];
        assert!(say(&mut session, &stub, &none).is_empty(), "nobody waits for an answer");
        assert_eq!(say(&mut session, &stub, &mail(&none, "x")), [Reply::Continue]);
        assert_eq!(say(&mut session, &stub, &mail(&none, "later")), [Reply::TempFail]);
        let plain = [header("Content-Type", " text/plain")];
        let early = &mail(&plain, "bad")[..4];
        assert_eq!(say(&mut session, &stub, early), [Reply::Accept]);
        let null = [Command::Mail(b"<>".to_vec()), Command::EndOfHeader];
        assert_eq!(say(&mut session, &stub, &null), [Reply::Accept]);
        let ends = [
            End::Unchanged("nothing to do"),
            End::Later,
            End::Unchanged("no HTML"),
            End::Unchanged("null sender"),
        ];
        assert_eq!(stub.ends.borrow()[..], ends);
    }

    #[test]
    fn too_large_is_skipped() {
        let (mut session, stub) = (ready(), Stub::default());
        let start = [Command::Mail(b"<a@b.example>".to_vec()), Command::EndOfHeader];
        say(&mut session, &stub, &start);
        let piece = Command::Body(vec![b'x'; 60_000]);
        assert_eq!(say(&mut session, &stub, std::slice::from_ref(&piece)), [Reply::Continue]);
        assert_eq!(say(&mut session, &stub, &[piece]), [Reply::Skip]);
        assert_eq!(say(&mut session, &stub, &[Command::EndOfBody(Vec::new())]), [Reply::Continue]);
        assert_eq!(stub.ends.borrow()[..], [End::Unchanged("too large")]);
    }

    #[test]
    fn marks_of_others_go() {
        let (mut session, stub) = (ready(), Stub { mark: true, ..Stub::default() });
        let headers = [
            header("X-Mark", " them"),
            header("X-Mark", " us 1"),
            header("X-Mark", " us 2"),
            header("Content-Type", " text/plain"),
        ];
        let said = say(&mut session, &stub, &mail(&headers, "bad"));
        assert_eq!(
            said,
            [
                Reply::Change(3, b"X-Mark".to_vec(), Vec::new()),
                Reply::Change(2, b"X-Mark".to_vec(), Vec::new()),
                Reply::Continue
            ]
        );
    }

    #[test]
    fn long_bodies_go_in_pieces() {
        let (mut session, stub) = (ready(), Stub::default());
        let said = say(
            &mut session,
            &stub,
            &mail(&[header("A", " b")], &format!("bad{}", "x".repeat(90_000))),
        );
        let sizes: Vec<usize> = said
            .iter()
            .filter_map(|reply| match reply {
                Reply::Body(piece) => Some(piece.len()),
                _ => None,
            })
            .collect();
        assert_eq!(sizes, [wire::CHUNK, 90_004 - wire::CHUNK]);
    }

    #[test]
    fn servers_that_let_nothing_be_changed_are_refused() {
        let mut session = Session::default();
        let poor = Command::Negotiate { version: 6, actions: 0x01, flags: 0 };
        assert!(matches!(session.take(poor, &Stub::default()), Next::Fail(_)));
        let mut session = Session::default();
        assert!(matches!(session.take(Command::EndOfHeader, &Stub::default()), Next::Fail(_)));
    }

    #[test]
    fn a_message_that_is_given_up_leaves_nothing() {
        let (mut session, stub) = (ready(), Stub::default());
        say(
            &mut session,
            &stub,
            &[Command::Mail(b"<>".to_vec()), header("A", " b"), Command::Abort],
        );
        assert!(session.is_idle());
        assert_eq!(session.take(Command::Quit(true), &stub), Next::Say(Vec::new()));
        assert_eq!(session.take(Command::Quit(false), &stub), Next::End);
        assert_eq!(stub.ends.borrow()[..], [End::Aborted]);
    }
}
