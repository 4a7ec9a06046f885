//! A resolver that asks the wrappers: hop by hop, up to the first address that
//! is no known wrapper, which is not asked. Decides how often and how long is
//! asked; how is [`super::http`]'s matter.

use super::http::{self, Http};
use super::store::Store;
use super::{Hop, OpaqueLink, Resolution, Resolve, Route};
use crate::error::Error;
use crate::web::Parts;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use ureq::Proxy;

/// How much is asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NetLimits {
    /// Addresses asked for one link.
    pub hops: usize,
    /// For one of them, both questions and the page together.
    pub hop: Duration,
    /// For all links of a mail.
    pub mail: Duration,
    /// Addresses asked of one host for one mail.
    pub host: usize,
    /// How much of a page is read, in bytes.
    pub body: u64,
}

impl Default for NetLimits {
    fn default() -> Self {
        NetLimits {
            hops: 5,
            hop: Duration::from_secs(3),
            mail: Duration::from_secs(30),
            host: 40,
            body: 64 << 10,
        }
    }
}

/// Asks the wrappers over the network. That tells the sender that someone
/// follows the links, and which; so nothing does it unless told to.
///
/// Each address is asked with HEAD, then with GET for the first 64 KiB, without
/// cookies, referrer or credentials, and with `mailrinse/<version>` as user
/// agent. Names are looked up here, and a host is not asked if any of its
/// addresses is not on the public internet. Behind an HTTP or `socks5h:` proxy
/// the look-up, and so this check, is the proxy's; with `socks5:` it is made
/// here.
pub struct Network {
    limits: NetLimits,
    proxy: Option<Proxy>,
    store: Option<Store>,
    warn: Option<Warn>,
    test: Vec<(String, SocketAddr)>,
    http: OnceLock<Http>,
}

type Warn = Arc<dyn Fn(&str) + Send + Sync>;

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's URL may hold a password.
        f.debug_struct("Network").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Default for Network {
    fn default() -> Self {
        Network::new()
    }
}

impl Network {
    /// Straight on to the network, and nothing is kept.
    pub fn new() -> Self {
        Network {
            limits: NetLimits::default(),
            proxy: None,
            store: None,
            warn: None,
            test: Vec::new(),
            http: OnceLock::new(),
        }
    }

    /// How much is asked.
    pub fn limits(mut self, limits: NetLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Asks through a proxy: `http:`, `socks5:` or `socks5h:`.
    ///
    /// # Errors
    /// The URL is none of a proxy.
    pub fn proxy(mut self, url: &str) -> Result<Self, Error> {
        let known = ["http://", "https://", "socks5://", "socks5h://", "socks4://", "socks4a://"];
        let proxy = known.iter().any(|scheme| url.starts_with(scheme)).then(|| Proxy::new(url));
        match proxy {
            Some(Ok(proxy)) => self.proxy = Some(proxy),
            // The URL may hold a password, so it is not repeated.
            _ => {
                let what = "this is no proxy: give http://HOST:PORT, socks5://HOST:PORT or \
                            socks5h://HOST:PORT";
                return Err(Error::Builder(what.to_owned()));
            }
        }
        Ok(self)
    }

    /// Keeps answers in this file, for 90 days, and asks it first. It is made
    /// when there is something to keep, for its owner alone, and holds no
    /// wrapped URLs but keyed hashes of them.
    pub fn store(mut self, path: impl Into<PathBuf>) -> Self {
        self.store = Some(Store::new(path.into()));
        self
    }

    /// Is told what goes wrong without being a failure: a damaged store.
    pub fn on_warning(mut self, warn: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.warn = Some(Arc::new(warn));
        self
    }

    /// For tests: the host is at this address, which may be any, and speaks
    /// HTTP there without TLS.
    #[doc(hidden)]
    pub fn test_address(mut self, host: impl Into<String>, address: SocketAddr) -> Self {
        self.test.push((host.into(), address));
        self
    }

    fn warn(&self, what: &str) {
        if let Some(warn) = &self.warn {
            warn(what);
        }
    }

    /// Follows one link.
    fn follow(&self, link: &str, route: &Route<'_>, mail: &mut Mail) -> Resolution {
        let ask = self
            .http
            .get_or_init(|| Http::new(self.proxy.clone(), self.limits.body, self.test.clone()));
        let mut at = link.to_owned();
        let mut seen = HashSet::new();
        for hop in 0..self.limits.hops {
            if !seen.insert(at.clone()) {
                return Resolution::Opaque("it leads in a circle".into());
            }
            let left = mail.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Resolution::Opaque("no time was left to ask".into());
            }
            if let Err(why) = mail.may_ask(&at, self.limits.host) {
                return Resolution::Opaque(why.into());
            }
            let next = match ask.ask(&at, left.min(self.limits.hop)) {
                Ok(Some(next)) => next,
                Ok(None) if hop == 0 => return Resolution::NotARedirect,
                Ok(None) => return Resolution::Opaque("a wrapper on the way is a page".into()),
                Err(why) => {
                    mail.failed(&at, why);
                    return Resolution::Opaque(why.into());
                }
            };
            at = match route(&next) {
                Hop::Target(target) => return Resolution::Target(target),
                Hop::Wrapper(next) => next,
                Hop::Refused(why) => return Resolution::Opaque(why.into()),
            };
        }
        Resolution::Opaque("it is redirected too often".into())
    }
}

/// What was asked for one mail.
struct Mail {
    until: Instant,
    hosts: HashMap<String, Asked>,
}

#[derive(Default)]
struct Asked {
    times: usize,
    /// How often it did not answer, and what that looked like.
    failures: usize,
    why: &'static str,
}

/// A host that did not answer so often is not asked again for the same mail.
const FAILURES: usize = 2;

impl Mail {
    fn host(&mut self, url: &str) -> &mut Asked {
        let host = Parts::parse(url).map(|parts| parts.host().to_owned());
        self.hosts.entry(host.unwrap_or_default()).or_default()
    }

    /// Counts a question, unless it is one too many.
    fn may_ask(&mut self, url: &str, most: usize) -> Result<(), &'static str> {
        let host = self.host(url);
        host.times += 1;
        if host.failures >= FAILURES {
            return Err(host.why);
        }
        if host.times > most {
            return Err("its host was asked too often for one mail");
        }
        Ok(())
    }

    fn failed(&mut self, url: &str, why: &'static str) {
        if matches!(why, http::SLOW | http::UNREACHABLE) {
            let host = self.host(url);
            host.failures += 1;
            host.why = why;
        }
    }
}

impl Resolve for Network {
    fn resolve(&self, links: &[OpaqueLink], route: &Route<'_>) -> Vec<Resolution> {
        let urls: Vec<&str> = links.iter().map(|link| &*link.url).collect();
        let mut known = vec![None; links.len()];
        let mut store = self.store.as_ref();
        if let Some(kept) = store {
            match kept.get(&urls) {
                Ok(found) => known = found,
                Err(what) => {
                    self.warn(&format!("going on without kept answers: {what}"));
                    store = None;
                }
            }
        }
        let mut mail = Mail { until: Instant::now() + self.limits.mail, hosts: HashMap::new() };
        let mut new = Vec::new();
        let mut answers = Vec::with_capacity(links.len());
        for (url, known) in urls.iter().zip(known) {
            let answer = match known {
                Some(target) => Resolution::Target(target),
                None => {
                    let answer = self.follow(url, route, &mut mail);
                    if let Resolution::Target(target) = &answer {
                        new.push((*url, target.clone()));
                    }
                    answer
                }
            };
            answers.push(answer);
        }
        if let Some(store) = store.filter(|_| !new.is_empty()) {
            let new: Vec<(&str, &str)> = new.iter().map(|(url, to)| (*url, &**to)).collect();
            if let Err(what) = store.put(&new) {
                self.warn(&format!("answers could not be kept: {what}"));
            }
        }
        answers
    }
}
