//! `mailrinse resolve`, and `--resolve` of a rinse: what the network is asked,
//! and the files that come of it. How it is asked is the library's matter.

use super::args::{Lore, Tone};
use super::exit::{Exit, Failure};
use super::kind::What;
use super::output::{self, say, tame};
use mailrinse::{Builder, Context, Map, OpaqueLink, Resolution, Resolve, Rinser, Route};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Longer lines are no URL.
const LONGEST: u64 = 64 << 10;

const AFTER: &str = "\
Asking tells the sender that someone follows these links, and which. Addresses
on the public internet alone are asked, without cookies; the last one of a
chain, where the link leads, is not. Protected links (unsubscribe, log in) are
never asked about. A wrapper's URL that stands in no mail is asked on its shape
alone.

Exit status: 0 when all were asked about, 2 otherwise.";

/// Asks redirectors where links lead, and writes that down
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER, args_override_self = true)]
pub struct ResolveArgs {
    /// The wrapped URLs, or with --book the mails; standard input if left out
    #[arg(value_name = "URL")]
    what: Vec<OsString>,
    /// Adds what was learnt to a redirect map, for --map; standard output if
    /// left out
    #[arg(long, value_name = "FILE")]
    map_out: Option<PathBuf>,
    /// Asks about the links of mails, and writes a link book: targets by
    /// host and by what stands in the link, which holds nothing of any reader
    #[arg(long, value_name = "FILE")]
    book: Option<PathBuf>,
    #[command(flatten)]
    net: NetArgs,
    #[command(flatten)]
    lore: Lore,
    /// Says nothing but errors
    #[arg(short, long, help_heading = "Report")]
    quiet: bool,
    #[command(flatten)]
    pub tone: Tone,
}

/// How the network is asked.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Network")]
pub struct NetArgs {
    /// Asks through a proxy (http://, socks5://, socks5h://); else ALL_PROXY
    /// and HTTPS_PROXY count
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// Where answers are kept; else in mailrinse/links.redb under
    /// $XDG_CACHE_HOME
    #[arg(long, value_name = "FILE")]
    cache: Option<PathBuf>,
    /// Keeps no answers and uses none
    #[arg(long, conflicts_with = "cache")]
    no_cache: bool,
    /// For tests: a host's address, whatever it is, without TLS
    #[arg(long, value_name = "HOST=ADDR:PORT", hide = true)]
    resolve_test_address: Vec<String>,
}

impl NetArgs {
    /// Lets a rinse ask the network.
    pub fn tell(&self, builder: Builder) -> Result<Builder, Failure> {
        Ok(builder.resolver(self.network()?))
    }

    #[cfg(not(feature = "resolve"))]
    fn network(&self) -> Result<Box<dyn Resolve>, Failure> {
        let NetArgs { proxy, cache, no_cache, resolve_test_address } = self;
        let _ = (proxy, cache, no_cache, resolve_test_address);
        Err(Failure::new("this mailrinse cannot ask the network: build it with --features resolve"))
    }

    #[cfg(feature = "resolve")]
    fn network(&self) -> Result<Box<dyn Resolve>, Failure> {
        let mut network = mailrinse::Network::new()
            .on_warning(|what| say(format_args!("mailrinse: {}", tame(what))));
        if let Some((place, proxy)) = self.proxy() {
            network = network.proxy(&proxy).map_err(|error| Failure::at(place, error))?;
        }
        if let Some(path) = self.store() {
            network = network.store(path);
        }
        for test in &self.resolve_test_address {
            let wrong = || Failure::at("--resolve-test-address", "give HOST=ADDR:PORT");
            let (host, address) = test.split_once('=').ok_or_else(wrong)?;
            network = network.test_address(host, address.parse().map_err(|_| wrong())?);
        }
        Ok(Box::new(network))
    }

    /// The proxy and who says so. A variable that is set and wrong is an
    /// error: who wants a proxy does not want to be seen without one.
    #[cfg(feature = "resolve")]
    fn proxy(&self) -> Option<(&'static str, String)> {
        if let Some(proxy) = &self.proxy {
            return Some(("--proxy", proxy.clone()));
        }
        let names = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"];
        let (name, value) = names.into_iter().find_map(|name| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
            Some((name, value.to_string_lossy().into_owned()))
        })?;
        let whole = if value.contains("://") { value } else { format!("http://{value}") };
        Some((name, whole))
    }

    #[cfg(feature = "resolve")]
    fn store(&self) -> Option<PathBuf> {
        if self.no_cache {
            return None;
        }
        if let Some(path) = &self.cache {
            return Some(path.clone());
        }
        let absolute = |name: &str| {
            std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
        };
        let caches =
            absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        Some(caches.join("mailrinse/links.redb"))
    }
}

/// Asks, and writes down what was learnt.
pub fn run(args: &ResolveArgs) -> Result<Exit, Failure> {
    let notes = Notes::default();
    let recorder = Recorder { ask: args.net.network()?, notes: notes.clone() };
    let builder = args.lore.tell(Rinser::builder().resolver(recorder), None)?;
    let rinser = builder.build().map_err(|error| args.lore.fault(error))?;
    if args.book.is_some() {
        mails(args, &rinser)?;
    } else {
        urls(args, &rinser)?;
    }
    let notes = notes.take();
    if !args.quiet {
        for (link, answer) in &notes {
            let why = match answer {
                Resolution::Target(_) => continue,
                Resolution::Opaque(why) => why,
                _ => "it answers with a page of its own",
            };
            say(format_args!("mailrinse: {}: {}", tame(&link.url), tame(why)));
        }
    }
    let known = |(link, answer)| match answer {
        Resolution::Target(target) => Some((link, target)),
        _ => None,
    };
    let known: Vec<(OpaqueLink, String)> = notes.into_iter().filter_map(known).collect();
    if let Some(path) = &args.book {
        let text = book(&known, args.quiet);
        write("--book", path, &text)?;
    }
    match &args.map_out {
        Some(path) => {
            let text = longer_map(path, &known)?;
            write("--map-out", path, &text)?;
        }
        None if args.book.is_none() => {
            let text = known.iter().map(|(link, to)| format!("{}\t{to}\n", link.url));
            let text: String = text.collect();
            let printed = output::print(&mut text.as_bytes());
            printed.map_err(|e| Failure::at("standard output", e))?;
        }
        None => {}
    }
    Ok(Exit::Done)
}

fn write(option: &str, path: &Path, text: &str) -> Result<(), Failure> {
    let place = format!("{option} {}", path.display());
    output::replace(path, &mut text.as_bytes()).map_err(|e| Failure::at(place, e))
}

/// Asks about URLs of a list, all of them as if they were of one mail.
fn urls(args: &ResolveArgs, rinser: &Rinser) -> Result<(), Failure> {
    let known = match &args.map_out {
        Some(path) => old_map(path)?.1,
        None => Map::default(),
    };
    let mut urls: Vec<String> =
        args.what.iter().map(|url| url.to_string_lossy().into_owned()).collect();
    if args.what.is_empty() {
        if io::stdin().is_terminal() && !args.quiet {
            say(format_args!("mailrinse: reading URLs from the terminal, one a line"));
        }
        let mut lines = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = lines.by_ref().take(LONGEST).read_until(b'\n', &mut line);
            if read.map_err(|e| Failure::at("standard input", e))? == 0 {
                break;
            }
            let line = String::from_utf8_lossy(&line);
            urls.extend(Some(line.trim().to_owned()).filter(|line| !line.is_empty()));
        }
    }
    urls.retain(|url| known.target(url).is_none());
    let answers = rinser.resolve(&urls, &Context::default());
    if args.quiet {
        return Ok(());
    }
    for (url, answer) in urls.iter().zip(answers) {
        if answer.is_none() {
            let word = rinser.url(url, &Context::default()).word();
            say(format_args!("mailrinse: {}: not asked: it is {word}", tame(url)));
        }
    }
    Ok(())
}

/// Asks about the links of mails.
fn mails(args: &ResolveArgs, rinser: &Rinser) -> Result<(), Failure> {
    let rinse = |path: Option<&Path>, name: &str, mail: Vec<u8>| {
        let head = &mail[..mail.len().min(64 << 10)];
        let rinsed = match super::kind::tell(super::args::Kind::Auto, path, name, head)? {
            What::Html => rinser.html(&mail, &Context::default()).map(drop),
            What::Message => rinser.message(&mail, &Context::default()).map(drop),
        };
        rinsed.map_err(|error| Failure::at(name, error))
    };
    if args.what.is_empty() {
        let mut html = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut html);
        read.map_err(|e| Failure::at("standard input", e))?;
        return rinse(None, "standard input", html);
    }
    for path in &args.what {
        let name = Path::new(path).display().to_string();
        let html = std::fs::read(path).map_err(|e| Failure::at(&name, e))?;
        rinse(Some(Path::new(path)), &name, html)?;
    }
    Ok(())
}

/// The text of a map that is there, and what it says.
fn old_map(path: &Path) -> Result<(String, Map), Failure> {
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        text => text.map_err(|e| Failure::at(format!("--map-out {name}"), e))?,
    };
    let map = Map::parse(&name, &text);
    Ok((text.clone(), map.map_err(|error| Failure::new(format!("--map-out {error}")))?))
}

/// What a map says, and what was learnt.
fn longer_map(path: &Path, known: &[(OpaqueLink, String)]) -> Result<String, Failure> {
    let (mut text, map) = old_map(path)?;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let ending = path.extension().and_then(|e| e.to_str());
    let toml = ending == Some("toml") || ending != Some("tsv") && text.contains("[[redirect]]");
    for (OpaqueLink { url, .. }, to) in known {
        if map.target(url).is_some() {
            continue;
        }
        if toml {
            let _ = write!(text, "\n[[redirect]]\nfrom = {}\nto = {}\n", quoted(url), quoted(to));
        } else {
            let _ = writeln!(text, "{url}\t{to}");
        }
    }
    Ok(text)
}

const BOOK: &str = "\
# A link book: where links of these hosts lead, by what stands in them.
# Take out what stands for another page in the next mail (\"Read more\").
";

/// A link book: targets by host and by what stands in the link.
fn book(known: &[(OpaqueLink, String)], quiet: bool) -> String {
    let mut entries: BTreeMap<(String, &str, String), Option<&str>> = BTreeMap::new();
    for (link, to) in known {
        let host =
            url::Url::parse(&link.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let Some(host) = host else { continue };
        let texts = link.texts.iter().map(|text| ("text", text));
        for (key, name) in texts.chain(link.alts.iter().map(|alt| ("alt", alt))) {
            let place = (host.clone(), key, name.clone());
            let entry = entries.entry(place).or_insert(Some(to));
            if *entry != Some(to) {
                *entry = None;
            }
        }
    }
    let mut text = String::from(BOOK);
    for ((host, key, name), to) in &entries {
        let Some(to) = to else {
            if !quiet {
                let name = tame(name);
                say(format_args!("mailrinse: {host}: {name:?} leads to several places: left out"));
            }
            continue;
        };
        let (host, name) = (quoted(host), quoted(name));
        let entry = format!("\n[[link]]\nhost = {host}\n{key} = {name}\nto = {}\n", quoted(to));
        text.push_str(&entry);
        // Elsewhere than on its own domain an entry leads only to hosts that
        // it lists, so that whoever reads it sees them.
        if Map::parse("book.toml", &entry).is_err()
            && let Some(host) = url::Url::parse(to).ok().as_ref().and_then(url::Url::host_str)
        {
            let _ = writeln!(text, "hosts = [{}]", quoted(host));
        }
    }
    text
}

/// A TOML string. What JSON escapes, TOML reads alike; but it wants DEL
/// escaped, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Notes what was asked and answered.
struct Recorder {
    ask: Box<dyn Resolve>,
    notes: Notes,
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<(OpaqueLink, Resolution)>>>);

impl Notes {
    fn take(&self) -> Vec<(OpaqueLink, Resolution)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Resolve for Recorder {
    fn resolve(&self, links: &[OpaqueLink], route: &Route<'_>) -> Vec<Resolution> {
        let answers = self.ask.resolve(links, route);
        let mut notes = self.notes.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.extend(links.iter().cloned().zip(answers.iter().cloned()));
        answers
    }
}
