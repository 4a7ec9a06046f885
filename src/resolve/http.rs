//! One question over HTTP: where does this address send its reader? The only
//! file that knows ureq. No cookies, no referrer, no credentials; addresses are
//! checked before they are connected to, and those checked are connected to.

use super::address::is_public;
use super::refresh;
use crate::web;
use std::fmt;
use std::io::Read;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::{HeaderMap, Response, Uri, header};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error, Proxy, RequestBuilder};
use url::Url;

pub(super) const UNREACHABLE: &str = "the wrapper's host cannot be reached";
pub(super) const SLOW: &str = "the wrapper's host does not answer in time";
const FORBIDDEN: &str = "the wrapper's host is not on the public internet";
const ODD: &str = "the wrapper's answer cannot be read";

/// Asks single addresses.
#[derive(Debug)]
pub(super) struct Http {
    agent: Agent,
    /// So much of a page is read, in bytes.
    body: u64,
    test: Vec<(String, SocketAddr)>,
}

impl Http {
    /// `test`: hosts that are where tests say, and speak HTTP there without
    /// TLS.
    pub(super) fn new(proxy: Option<Proxy>, body: u64, test: Vec<(String, SocketAddr)>) -> Self {
        let config = Agent::config_builder()
            .user_agent(concat!("mailrinse/", env!("CARGO_PKG_VERSION")))
            .accept("text/html, */*;q=0.1")
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // One connection for one question: what a host sends too much of
            // must not be taken for the answer to the next.
            .max_idle_connections(0)
            .proxy(proxy.clone())
            .build();
        let checked = Checked { proxy, test: test.clone(), dns: DefaultResolver::default() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), checked);
        Http { agent, body, test }
    }

    /// Where an http or https address sends its reader; `None` if it answers
    /// with a page of its own. HEAD first; since some hosts answer that with
    /// an error or an empty page, then GET.
    pub(super) fn ask(&self, from: &str, time: Duration) -> Result<Option<String>, &'static str> {
        let until = Instant::now() + time;
        let mut url = Url::parse(from.trim()).map_err(|_| ODD)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let odd = !url.username().is_empty() || url.password().is_some() || url.port().is_some();
        if odd || !matches!(url.scheme(), "http" | "https") || !web::is_public_host(&host) {
            return Err(FORBIDDEN);
        }
        if self.test.iter().any(|(name, _)| *name == host) && url.set_scheme("http").is_err() {
            return Err(ODD);
        }
        let fragment = url.fragment().map(str::to_owned);
        url.set_fragment(None);

        let head = call(self.agent.head(url.as_str()), until);
        match head {
            Ok(answer) => {
                if let Some(to) = location(answer.headers(), answer.status().is_redirection()) {
                    return next(&to, from, fragment).map(Some);
                }
            }
            Err(UNREACHABLE | ODD) => {}
            Err(why) => return Err(why),
        }
        let range = format!("bytes=0-{}", self.body.saturating_sub(1));
        let get = self.agent.get(url.as_str()).header(header::RANGE, range);
        let mut answer = call(get, until)?;
        if let Some(to) = location(answer.headers(), answer.status().is_redirection()) {
            return next(&to, from, fragment).map(Some);
        }
        let html = answer.body().mime_type().is_none_or(|kind| kind == "text/html");
        if !html || !matches!(answer.status().as_u16(), 200 | 203 | 206) {
            return Ok(None);
        }
        let mut page = Vec::new();
        let read = answer.body_mut().as_reader().take(self.body).read_to_end(&mut page);
        if read.is_err() && Instant::now() >= until {
            return Err(SLOW);
        }
        // What has come by now may be enough.
        match refresh::target(&String::from_utf8_lossy(&page)) {
            Some(to) => next(&to, from, fragment).map(Some),
            None => Ok(None),
        }
    }
}

fn call<T>(request: RequestBuilder<T>, until: Instant) -> Result<Response<Body>, &'static str>
where
    RequestBuilder<T>: Call,
{
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(SLOW);
    }
    request.within(left).map_err(|error| match error {
        Error::Timeout(_) => SLOW,
        Error::Other(other) if other.is::<Forbidden>() => FORBIDDEN,
        Error::Protocol(_) | Error::Http(_) | Error::BadUri(_) => ODD,
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => SLOW,
        _ => UNREACHABLE,
    })
}

/// A request without a body, of either method.
trait Call {
    fn within(self, time: Duration) -> Result<Response<Body>, Error>;
}

impl Call for RequestBuilder<ureq::typestate::WithoutBody> {
    fn within(self, time: Duration) -> Result<Response<Body>, Error> {
        self.config().timeout_global(Some(time)).build().call()
    }
}

/// What the header says: `Location` of a redirection, or `Refresh`.
fn location(headers: &HeaderMap, redirection: bool) -> Option<String> {
    let text = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    if redirection && let Some(to) = text("location").filter(|to| !to.trim().is_empty()) {
        return Some(to);
    }
    text("refresh").and_then(|to| refresh::url(&to).map(str::to_owned))
}

/// The next address: byte for byte where it is whole, else in relation to the
/// one that was asked, whose fragment it inherits (RFC 9110, 10.2.2).
fn next(to: &str, from: &str, fragment: Option<String>) -> Result<String, &'static str> {
    let to = to.trim();
    let mut next = match web::Parts::parse(to) {
        Some(_) => to.to_owned(),
        None => {
            let base = Url::parse(from.trim()).map_err(|_| ODD)?;
            base.join(to).map_err(|_| ODD)?.into()
        }
    };
    if let (Some(fragment), false) = (fragment, next.contains('#')) {
        next.push('#');
        next.push_str(&fragment);
    }
    Ok(next)
}

/// Names are looked up here and nowhere else: what was checked is what is
/// connected to.
struct Checked {
    proxy: Option<Proxy>,
    test: Vec<(String, SocketAddr)>,
    dns: DefaultResolver,
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checked")
    }
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        if let Some((_, address)) = self.test.iter().find(|(name, _)| name == host) {
            let mut found = self.empty();
            found.push(*address);
            return Ok(found);
        }
        let found = self.dns.resolve(uri, config, timeout)?;
        // Where the proxy is is for the user to say.
        let proxy = self.proxy.as_ref().is_some_and(|proxy| proxy.uri() == uri);
        // One address that must not be asked makes the name suspicious.
        if !proxy && found.iter().any(|address| !is_public(address.ip())) {
            return Err(Error::Other(Box::new(Forbidden)));
        }
        Ok(found)
    }
}

#[derive(Debug)]
struct Forbidden;

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORBIDDEN)
    }
}

impl std::error::Error for Forbidden {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_address() {
        let from = "https://w.example/a/b#top";
        let to = |to: &str, fragment: Option<&str>| next(to, from, fragment.map(str::to_owned));
        assert_eq!(to(" https://A.example/%7e?x= y ", None).unwrap(), "https://A.example/%7e?x= y");
        assert_eq!(to("/c?d", Some("top")).unwrap(), "https://w.example/c?d#top");
        assert_eq!(to("//b.example/c#x", Some("top")).unwrap(), "https://b.example/c#x");
        assert_eq!(to("mailto:a@b.example", None).unwrap(), "mailto:a@b.example");
    }

    /// Before anything is connected to.
    #[test]
    fn what_is_never_asked() {
        let http = Http::new(None, 1 << 16, Vec::new());
        for url in [
            "ftp://w.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://localhost/",
            "https://printer.local/",
            "https://me@w.example/",
            "https://w.example:8443/",
        ] {
            assert_eq!(http.ask(url, Duration::from_secs(1)), Err(FORBIDDEN), "{url}");
        }
    }

    /// What a name server may say of a name that looks public.
    #[test]
    fn what_was_looked_up_is_checked() {
        let checked = Checked { proxy: None, test: Vec::new(), dns: DefaultResolver::default() };
        let asked = |host: &str| {
            let uri = format!("http://{host}/").parse::<Uri>().unwrap();
            let timeout = NextTimeout {
                after: Duration::from_secs(5).into(),
                reason: ureq::Timeout::Global,
                ..NextTimeout::default()
            };
            checked.resolve(&uri, &Config::default(), timeout)
        };
        for host in ["127.0.0.1", "[::1]", "10.0.0.1", "[::ffff:169.254.169.254]"] {
            assert!(matches!(asked(host), Err(Error::Other(e)) if e.is::<Forbidden>()), "{host}");
        }
        assert!(asked("1.1.1.1").is_ok());
    }
}
