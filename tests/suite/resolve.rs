//! Asking redirectors where links lead, against one on loopback: what is asked,
//! what never is, and what is done with answers of every kind.

use crate::common::event::Event;
use crate::common::redirector::{Asked, Redirector, Reply};
use crate::common::{self, html5};
use mailrinse::{Finding, Map, NetLimits, Network, Rinser, Shape};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

const HOST: &str = "newsalerts.icann.org";
/// Of the seed: unsubscribe, the empty anchor, the open pixel.
const NEVER: [&str; 3] = ["/WC02", "/gV08", "/trk"];

fn hrefs(tree: &[Event]) -> Vec<String> {
    html5::elements(tree, "a").iter().filter_map(|a| a.get("href").cloned()).collect()
}

/// Where the seed's links lead, by their paths.
fn targets() -> BTreeMap<String, String> {
    let text = fs::read_to_string(common::fixtures().join("maps/icann.toml")).expect("the map");
    let map = Map::parse("icann.toml", &text).unwrap_or_else(|e| panic!("{e}"));
    let source = html5::document(&common::text(&common::input("icann-marketo-spaces")));
    let target =
        |href: String| Some((href.rsplit_once('/')?.1.to_owned(), map.target(&href)?.to_owned()));
    let targets: BTreeMap<_, _> = hrefs(&source).into_iter().filter_map(target).collect();
    assert_eq!(targets.len(), 14);
    targets
}

/// Plays the newsletter's sender: every link in another of the ways in which
/// redirectors answer, and always with a token of the reader.
fn icann() -> Redirector {
    let targets = targets();
    Redirector::start(move |asked: &Asked| {
        let Some((at, target)) = asked.path.strip_prefix('/').and_then(|token| {
            targets.iter().enumerate().find(|(_, (t, _))| *t == token).map(|(i, (_, to))| (i, to))
        }) else {
            return Reply::page("<p>Who are you?");
        };
        let (page, fragment) = target.split_once('#').unwrap_or((target, ""));
        let mark = if fragment.is_empty() { "" } else { "#" };
        let to = format!("{page}?mkt_tok=Mzg0LUFCQy0xMjM{mark}{fragment}");
        let head = asked.method == "HEAD";
        match at % 6 {
            0 => Reply::to("302 Found", &to),
            1 => Reply::to("301 Moved Permanently", &to),
            2 if head => Reply::Http("405 Method Not Allowed", Vec::new(), String::new()),
            2 => Reply::to("303 See Other", &to),
            3 => Reply::refresh(&to),
            4 if head => Reply::Http("404 Not Found", Vec::new(), String::new()),
            4 => Reply::refresh(&to),
            _ => Reply::to("307 Temporary Redirect", &to),
        }
    })
}

fn resolved(network: Network) -> (Vec<Finding>, Vec<String>) {
    let rinser = common::build(Rinser::builder().resolver(network));
    let html = common::input("icann-marketo");
    let rinsed = common::rinse(&rinser, &html);
    (rinsed.findings, hrefs(&common::tree(&rinsed.html, Shape::Document)))
}

fn never_asked(asked: &[Asked]) {
    for asked in asked {
        assert_eq!(asked.host, HOST, "{asked:?}");
        assert!(NEVER.iter().all(|path| !asked.path.starts_with(path)), "{asked:?}");
        let has = |name: &str| asked.headers.iter().any(|line| line.starts_with(name));
        assert!(!has("cookie") && !has("referer") && !has("authorization"), "{asked:?}");
        let agent = format!("user-agent: mailrinse/{}", env!("CARGO_PKG_VERSION"));
        assert!(asked.headers.contains(&agent), "{asked:?}");
        let ranged = asked.headers.contains(&"range: bytes=0-65535".to_owned());
        assert_eq!(ranged, asked.method == "GET", "{asked:?}");
    }
}

#[test]
fn all_content_links_of_the_seed_reach_their_target() {
    let sender = icann();
    let (findings, found) = resolved(Network::new().test_address(HOST, sender.address));
    let targets = targets();
    let source = html5::document(&common::text(&common::input("icann-marketo-spaces")));
    let expected: Vec<String> = hrefs(&source)
        .into_iter()
        .filter(|href| !href.contains("/gV08"))
        .map(|href| {
            let token = href.rsplit('/').next().unwrap_or_default();
            targets.get(token).cloned().unwrap_or(href.clone())
        })
        .collect();
    let wrapped = found.iter().filter(|href| href.contains(HOST));
    assert_eq!(wrapped.count(), 1, "unsubscribe alone: {found:?}");
    // What stands in the mail is taken as it stands there.
    let same = |a: &str, b: &str| a.trim_end_matches('/') == b.trim_end_matches('/');
    for (found, expected) in found.iter().zip(&expected) {
        assert!(same(found, expected), "{found}, not {expected}");
    }
    assert_eq!(found.len(), 17);
    let asked = sender.asked();
    assert!(asked.len() >= 5, "{asked:?}");
    never_asked(&asked);
    // Equal links are one question.
    let mut paths: Vec<_> = asked.iter().map(|a| (&a.path, &a.method)).collect();
    paths.sort();
    let all = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), all);
    let told = findings.iter().filter(|f| f.rule == "links.resolver.target").count();
    assert!(told >= 5, "{told}");
    // The empty anchor alone is left as one that cannot be known.
    let opaque = findings.iter().filter(|f| f.rule == "links.marketo.click");
    assert!(opaque.clone().all(|f| f.url.as_ref().is_some_and(|url| url.contains("/gV08"))));
}

#[test]
fn a_second_run_asks_nothing() {
    let sender = icann();
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("answers.redb");
    let network = || Network::new().test_address(HOST, sender.address).store(&store);
    let first = resolved(network()).1;
    assert!(!sender.asked().is_empty());
    assert_eq!(resolved(network()).1, first);
    assert_eq!(sender.asked().len(), 0);
}

/// Plays two shorteners, and a shop that must not be asked.
fn shorteners(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Redirector {
    Redirector::start(answer)
}

fn network(server: &Redirector) -> Network {
    let mut limits = NetLimits::default();
    limits.hop = Duration::from_millis(400);
    let hosts = ["bit.ly", "t.co", "shop.example", "www.shop.example"];
    hosts.iter().fold(Network::new().limits(limits), |network, host| {
        network.test_address(*host, server.address)
    })
}

/// What becomes of a link, and what is said about it.
fn link(network: Network, href: &str) -> (String, String) {
    let rinser = common::build(Rinser::builder().shape(Shape::Fragment).resolver(network));
    let html = format!("<p>Hi <a href=\"{href}\">News</a></p>");
    let rinsed = common::rinse(&rinser, html.as_bytes());
    let href = hrefs(&common::tree(&rinsed.html, Shape::Fragment)).remove(0);
    let of_links = rinsed.findings.iter().filter(|f| f.room.as_str() == "links");
    let evidence = of_links.flat_map(|f| &f.evidence).map(|e| e.what.to_string());
    (href, evidence.collect::<Vec<_>>().join("; "))
}

#[test]
fn hops() {
    let server = shorteners(|asked| match (&*asked.host, &*asked.path) {
        ("bit.ly", "/one") => Reply::Http(
            "302 Found",
            vec!["Set-Cookie: a=b".into(), "Location: https://t.co/two".into()],
            String::new(),
        ),
        ("t.co", "/two") => {
            Reply::to("302 Found", "https://www.shop.example/a?utm_source=x&b=%20+1")
        }
        // A wrapper that can be opened needs no question.
        ("bit.ly", "/safe") => Reply::to(
            "302 Found",
            "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fshop.example%2F&data=0",
        ),
        ("bit.ly", "/header") => Reply::Http(
            "200 OK",
            vec!["Refresh: 0;url=https://shop.example/r".into()],
            String::new(),
        ),
        ("bit.ly", "/part") => Reply::to("302 Found", "https://shop.example/a"),
        _ => Reply::page("?"),
    });
    let ends = |href: &str| link(network(&server), href).0;
    assert_eq!(ends("https://bit.ly/one"), "https://www.shop.example/a?b=%20+1");
    assert_eq!(ends("https://bit.ly/safe"), "https://shop.example/");
    assert_eq!(ends("https://bit.ly/header"), "https://shop.example/r");
    assert_eq!(ends("https://bit.ly/part#b"), "https://shop.example/a#b");
    let asked = server.asked();
    assert_eq!(asked.len(), 5, "{asked:?}");
    assert!(asked.iter().all(|a| !a.host.ends_with("shop.example")), "{asked:?}");
    assert!(asked.iter().flat_map(|a| &a.headers).all(|line| !line.starts_with("cookie")));
}

#[test]
fn what_is_no_answer() {
    let hour = Duration::from_secs(3600);
    let server = shorteners(move |asked| match &*asked.path {
        "/loop" => Reply::to("302 Found", "https://bit.ly/loop2"),
        "/loop2" => Reply::to("302 Found", "https://bit.ly/loop"),
        "/slow" => Reply::Late(hour, Box::new(Reply::to("302 Found", "https://shop.example/"))),
        "/huge" => Reply::Endless("<p>".into()),
        "/late" => Reply::page(
            " ".repeat(70_000) + "<meta http-equiv=refresh content='0;url=https://shop.example/'>",
        ),
        "/private" => Reply::to("302 Found", "http://127.0.0.1/admin"),
        "/mapped" => Reply::to("302 Found", "http://[::ffff:10.0.0.1]/"),
        "/local" => Reply::to("302 Found", "http://printer.local/"),
        "/script" => Reply::to("302 Found", "javascript:alert(1)"),
        "/named" => Reply::to("302 Found", "https://me:secret@shop.example/"),
        "/leave" => Reply::to("302 Found", "https://shop.example/unsubscribe?id=1"),
        "/bytes" => Reply::Bytes(b"220 mail.example ESMTP\r\n"),
        "/nothing" => Reply::Bytes(b""),
        "/page" => Reply::page("<script>location='https://shop.example/'</script>"),
        "/gone" => Reply::Http("410 Gone", Vec::new(), String::new()),
        "/twice" => Reply::Http(
            "302 Found",
            vec![
                "Location: https://shop.example/a".into(),
                "Location: https://shop.example/b".into(),
            ],
            String::new(),
        ),
        path => match path.strip_prefix("/n").and_then(|n| n.parse::<u32>().ok()) {
            Some(n) => Reply::to("302 Found", &format!("https://bit.ly/n{}", n + 1)),
            None => Reply::page("?"),
        },
    });
    for (path, why) in [
        ("loop", "in a circle"),
        ("slow", "does not answer in time"),
        ("huge", "page of its own"),
        ("late", "page of its own"),
        ("private", "not a public name"),
        ("mapped", "not a public name"),
        ("local", "not a public name"),
        ("script", "not of the web"),
        ("named", "a user name"),
        ("leave", "left alone"),
        ("bytes", "asked: "),
        ("nothing", "asked: "),
        ("page", "page of its own"),
        ("gone", "page of its own"),
        ("twice", "page of its own"),
        ("n1", "redirected too often"),
    ] {
        let href = format!("https://bit.ly/{path}");
        let start = Instant::now();
        let (became, told) = link(network(&server), &href);
        assert_eq!(became, href);
        assert!(told.contains(why), "{path}: {told:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{path}: {:?}", start.elapsed());
    }
    let hops = server
        .asked()
        .iter()
        .filter(|a| a.path.starts_with("/n") && a.path != "/named" && a.path != "/nothing")
        .count();
    assert_eq!(hops, 5);
}

#[test]
fn a_mail_does_not_wait_for_ever_and_does_not_ask_without_end() {
    let slow = |asked: &Asked| {
        let n: u64 =
            asked.path.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
        Reply::Late(
            Duration::from_millis(150),
            Box::new(Reply::to("302 Found", &format!("https://shop.example/{n}"))),
        )
    };
    let server = shorteners(slow);
    let html: String = (0..9).map(|n| format!("<a href=https://bit.ly/x{n}>{n}</a> ")).collect();
    let ends = |mail: Duration, host: usize| {
        let mut limits = NetLimits::default();
        (limits.mail, limits.host) = (mail, host);
        let network = network(&server).limits(limits);
        let rinser = common::build(Rinser::builder().shape(Shape::Fragment).resolver(network));
        let rinsed = common::rinse(&rinser, html.as_bytes());
        let hrefs = hrefs(&common::tree(&rinsed.html, Shape::Fragment));
        hrefs.iter().filter(|href| href.starts_with("https://shop.example/")).count()
    };
    assert_eq!(ends(Duration::from_secs(60), 4), 4);
    assert_eq!(server.asked().len(), 4);
    let some = ends(Duration::from_millis(500), 40);
    assert!((1..=4).contains(&some), "{some}");
    // What is late is answered to nobody.
    assert!(server.asked().len() <= 4);
}

#[test]
fn a_host_that_does_not_answer_is_not_asked_for_every_link() {
    let server = shorteners(|_| Reply::Late(Duration::from_secs(3600), Box::new(Reply::page(""))));
    let rinser = Rinser::builder().shape(Shape::Fragment).resolver(network(&server));
    let html: String = (0..20).map(|n| format!("<a href=https://bit.ly/x{n}>{n}</a> ")).collect();
    let start = Instant::now();
    common::rinse(&common::build(rinser), html.as_bytes());
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}

#[test]
fn links_without_content_and_protected_ones_are_not_asked_about() {
    let server = shorteners(|_| Reply::to("302 Found", "https://shop.example/"));
    let html = "<p>Hi</p><a href=https://bit.ly/empty></a><a href=https://bit.ly/space> \u{a0} </a>\
        <a href=https://bit.ly/pixel><img src=https://shop.example/a.gif width=1 height=1></a>\
        <a href=https://bit.ly/styled><img src=https://shop.example/a.png style='width:1px;height:1px' alt=x></a>\
        <a href=https://bit.ly/hidden style='display:none'>News</a>\
        <div style='display:none'><a href=https://bit.ly/in-hidden><img src=https://shop.example/b.png width=90 height=90></a></div>\
        <a href=https://bit.ly/off><span style='display:none'>News</span></a>\
        <a href=https://bit.ly/bye>Unsubscribe</a><a href=https://bit.ly/Login>Go</a>\
        <a href=https://bit.ly/one>News</a>\
        <a href=https://bit.ly/two><img src=https://shop.example/c.png width=90 height=90 alt=Shop></a>\
        <a href=https://shop.example/plain>Plain</a>";
    let rinser = Rinser::builder().shape(Shape::Fragment).resolver(network(&server));
    common::rinse(&common::build(rinser), html.as_bytes());
    let mut paths: Vec<String> = server.asked().into_iter().map(|a| a.path).collect();
    paths.sort();
    assert_eq!(paths, ["/one", "/two"]);
}

#[test]
fn larger_mail_is_not_asked_about() {
    let server = shorteners(|_| Reply::to("302 Found", "https://shop.example/"));
    let rinser = Rinser::builder().limits(common::window(4096)).resolver(network(&server));
    let html = "<p>Hi <a href=https://bit.ly/one>News</a></p>".repeat(200);
    common::stream(&common::build(rinser), html.as_bytes(), &[1000]);
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn through_a_proxy() {
    let server = shorteners(|_| Reply::to("302 Found", "https://shop.example/"));
    let proxy = format!("http://{}", server.address);
    // The proxy is asked for the name, which is not looked up here.
    let through = network(&server).proxy(&proxy).expect("a proxy");
    assert_eq!(link(through, "https://bit.ly/one").0, "https://shop.example/");
    let asked = server.asked();
    assert_eq!(asked[0].method, "CONNECT");
    assert!(asked[0].path.starts_with("bit.ly:"), "{asked:?}");
    // With TLS, which this server does not speak.
    let tls = Network::new().proxy(&proxy).expect("a proxy");
    let (href, told) = link(tls, "https://bit.ly/one");
    assert_eq!(href, "https://bit.ly/one");
    assert!(told.contains("asked: "), "{told}");
    assert!(Network::new().proxy("ftp://x").is_err() && Network::new().proxy("").is_err());
}

#[test]
fn a_resolver_is_not_trusted_with_the_end() {
    use mailrinse::{OpaqueLink, Resolution, Resolve, Route};
    struct Says(&'static str);
    impl Resolve for Says {
        fn resolve(&self, _: &[OpaqueLink], _: &Route<'_>) -> Vec<Resolution> {
            vec![Resolution::Target(self.0.to_owned())]
        }
    }
    let ends = |to: &'static str| {
        let rinser = common::build(Rinser::builder().shape(Shape::Fragment).resolver(Says(to)));
        let rinsed = common::rinse(&rinser, b"<a href=https://bit.ly/a>News</a>");
        hrefs(&common::tree(&rinsed.html, Shape::Fragment)).remove(0)
    };
    assert_eq!(ends("https://shop.example/?fbclid=1"), "https://shop.example/");
    for to in [
        "javascript:alert(1)",
        "https://localhost/",
        "https://t.co/x",
        "https://shop.example/login",
    ] {
        assert_eq!(ends(to), "https://bit.ly/a", "{to}");
    }
}

fn command(args: &[&str], server: &Redirector) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailrinse"));
    for name in ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"] {
        command.env_remove(name);
    }
    let test = format!("{HOST}={}", server.address);
    command.args(["--resolve-test-address", &test]).args(args);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("it runs")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", err(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const SEED: &str = "fixtures/html/icann-marketo/input.html";

#[test]
fn the_command_asks_if_told_to() {
    let sender = icann();
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("deep/answers.redb");
    let cache = store.to_str().expect("UTF-8");
    assert!(done(&command(&[SEED], &sender)).contains(HOST));
    assert_eq!(sender.asked().len(), 0, "nothing is asked unless told to");
    let first = done(&command(&["--resolve", "--cache", cache, SEED], &sender));
    assert_eq!(first.matches(HOST).count(), 1, "unsubscribe");
    never_asked(&sender.asked());
    let second = done(&command(&["--resolve", "--cache", cache, SEED], &sender));
    assert_eq!((first.as_str(), sender.asked().len()), (second.as_str(), 0));

    // A damaged store is told, and is no reason to stop.
    fs::write(&store, "damaged").expect("written");
    let output = command(&["--resolve", "--cache", cache, SEED], &sender);
    assert_eq!(done(&output), first);
    assert!(err(&output).contains("without kept answers"), "{}", err(&output));
    assert!(!sender.asked().is_empty());
    let output = command(&["--resolve", "--no-cache", SEED], &sender);
    assert_eq!((done(&output), err(&output)), (first, String::new()));
    let output = command(&["--resolve", "--proxy", "nonsense", SEED], &sender);
    assert_eq!(output.status.code(), Some(75));
    assert!(err(&output).contains("--proxy: this is no proxy"), "{}", err(&output));
}

#[test]
fn a_map_from_a_list() {
    let sender = icann();
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["map.tsv", "map.toml"] {
        let path = folder.path().join(name);
        let map = path.to_str().expect("UTF-8");
        let url = |token: &str| format!("https://{HOST}/{token}");
        let (one, two) = (url("uGN0008R0P0d0w02qg2CE20"), url("hPg2H0R00C0002dqN020Ex8"));
        let shop = "https://shop.example/unsubscribe";
        let output = command(&["resolve", "--no-cache", "--map-out", map, &one, shop], &sender);
        done(&output);
        assert!(err(&output).contains("not asked: it is protected"), "{}", err(&output));
        assert!(!sender.asked().is_empty());
        done(&command(&["resolve", "--no-cache", "--map-out", map, &one, &two], &sender));
        assert!(sender.asked().iter().all(|asked| !one.ends_with(&asked.path)), "known already");
        let known = Map::parse(name, &fs::read_to_string(&path).expect("read")).expect("a map");
        assert_eq!(known.len(), 2);
        let targets = targets();
        for url in [&one, &two] {
            let token = url.rsplit('/').next().expect("a token");
            assert_eq!(known.target(url), targets.get(token).map(|to| &**to));
        }
    }
    let line = done(&command(
        &["resolve", "--no-cache", "https://newsalerts.icann.org/uGN0008R0P0d0w02qg2CE20"],
        &sender,
    ));
    assert_eq!(line.matches('\t').count(), 1, "{line}");
}

#[test]
fn a_book_from_a_mail() {
    let sender = icann();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("book.toml");
    let book = path.to_str().expect("UTF-8");
    done(&command(&["resolve", "--no-cache", "--book", book, SEED], &sender));
    let text = fs::read_to_string(&path).expect("read");
    for token in targets().keys() {
        assert!(!text.contains(&**token), "nothing of any reader: {text}");
    }
    assert!(!text.contains("mkt_tok") && text.contains("[[link]]"), "{text}");
    assert!(text.contains("host = \"newsalerts.icann.org\""), "{text}");
    never_asked(&sender.asked());
    // It does what it is for, and nobody is asked again.
    let html = done(&command(&["--map", book, SEED], &sender));
    assert_eq!(html.matches(HOST).count(), 1, "unsubscribe");
    assert_eq!(sender.asked().len(), 0);
}

/// What the tests of this file rely on.
#[test]
fn the_redirector_remembers() {
    let server = Arc::new(shorteners(|_| Reply::page("Hi")));
    assert_eq!(link(network(&server), "https://bit.ly/x").0, "https://bit.ly/x");
    let asked = server.asked();
    let seen: Vec<_> = asked.iter().map(|a| (&*a.method, &*a.host, &*a.path)).collect();
    assert_eq!(seen, [("HEAD", "bit.ly", "/x"), ("GET", "bit.ly", "/x")]);
}
