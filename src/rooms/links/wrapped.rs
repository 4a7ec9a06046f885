//! URLs wrapped by encoders of our own, one for each family, written from what
//! is known of the services and not from the decoders: what is decoded must be
//! the very same bytes, also where families are wrapped in each other.

use super::{Links, Map, Only};
use crate::context::Context;
use crate::rooms::Switches;
use crate::rules::{Rules, Vendors};
use proptest::prelude::*;

/// Everything but letters, digits and `-_.~` escaped.
fn escape(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if plain(b) { (b as char).into() } else { format!("%{b:02X}") }).collect()
}

fn base64(bytes: &[u8], url: bool) -> String {
    let alphabet: &[u8; 64] = match url {
        true => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        false => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    };
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for i in 0..=chunk.len() {
            out.push(alphabet[(bits >> (18 - 6 * i)) as usize & 63] as char);
        }
        if !url {
            out.push_str(&"="[..].repeat(3 - chunk.len()));
        }
    }
    out
}

fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '/' => out.extend(['\\', c]),
            '&' => out.push_str("\\u0026"),
            c if c as u32 > 0xffff => {
                let mut two = [0; 2];
                out.extend(c.encode_utf16(&mut two).iter().map(|u| format!("\\u{u:04x}")));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

/// Proofpoint's second form.
fn proofpoint_2(url: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'.';
    let text: String = url
        .bytes()
        .map(|b| match b {
            b'/' => "_".to_owned(),
            b if plain(b) => (b as char).to_string(),
            b => format!("-{b:02X}"),
        })
        .collect();
    format!("https://urldefense.proofpoint.com/v2/url?u={text}&d=DwMFaQ&c=x&r=y&m=z&s=w&e=")
}

/// Its third: runs of other bytes stand in a table behind.
fn proofpoint_3(url: &str) -> String {
    const LENGTHS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~:/?=&@,$".contains(&b);
    let (bytes, mut text, mut table) = (url.as_bytes(), String::new(), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|&&b| !plain(b)).count().min(65);
        match run {
            0 => text.push(bytes[at] as char),
            1 => text.push('*'),
            n => text.extend(["**".to_owned(), (LENGTHS[n - 2] as char).to_string()]),
        }
        table.extend_from_slice(&bytes[at..at + run]);
        at += run.max(1);
    }
    format!("https://urldefense.com/v3/__{text}__;{}!!EXAMPLE!token_-x$", base64(&table, true))
}

fn mailgun(url: &str) -> String {
    let query = format!("h=0f&i=%3C1%40example.org%3E&l={}&r=reader%40example.com", escape(url));
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(query.as_bytes(), 6);
    format!("https://email.example.org/c/{}", base64(&packed, true))
}

fn mandrill(url: &str) -> String {
    let inner = format!("{{\"u\":1,\"v\":1,\"url\":{},\"id\":\"0f\"}}", json(url));
    let outer = format!("{{\"s\":\"x\",\"v\":1,\"p\":{}}}", json(&inner));
    format!(
        "https://mandrillapp.com/track/click/1/www.example.org?p={}",
        base64(outer.as_bytes(), true)
    )
}

type Encoder = (&'static str, fn(&str) -> String);

/// Families that keep the whole URL, whatever is in it.
const ENCODERS: &[Encoder] = &[
    ("safelinks", |u| {
        format!(
            "https://eur02.safelinks.protection.outlook.com/?url={}&data=05%7C02&reserved=0",
            escape(u)
        )
    }),
    ("proofpoint-1", |u| {
        format!("https://urldefense.proofpoint.com/v1/url?u={}&k=a%0A&r=b", escape(u))
    }),
    ("proofpoint-2", proofpoint_2),
    ("proofpoint-3", proofpoint_3),
    ("barracuda", |u| {
        format!("https://linkprotect.cudasvc.com/url?a={}&c=E,1,x&typo=1", escape(u))
    }),
    ("fireeye", |u| format!("https://protect2.fireeye.com/v1/url?k=1-2&q=1&e=3&u={}", escape(u))),
    ("cisco", |u| format!("https://secure-web.cisco.com/1AbCdEfGhIjKlMnOpQrStUv/{}", escape(u))),
    ("sophos", |u| {
        format!(
            "https://eu-west-1.protection.sophos.com/?d=example.org&u={}&i=1",
            escape(&base64(u.as_bytes(), false))
        )
    }),
    ("sophos-url", |u| {
        format!("https://eu-west-1.protection.sophos.com/?d=x.org&u={}", base64(u.as_bytes(), true))
    }),
    ("sophos-appliance", |u| {
        format!(
            "http://mail.example.com/?{}",
            base64(format!("ver=1&x=y&&url={}", escape(u)).as_bytes(), false)
        )
    }),
    ("trendmicro", |u| {
        format!("https://a-ctp.trendmicro.com/wis/clicktime/v1/query?url={}&umid=1", escape(u))
    }),
    ("symantec", |u| format!("https://clicktime.symantec.com/3AbCdEfGh?h=x&u={}", escape(u))),
    ("checkpoint", |u| format!("https://us1.url-protection.com/v1/r01/url?o={}&g=1", escape(u))),
    ("hornetsecurity", |u| {
        format!("https://atpscan.global.hornetsecurity.com/?d=a&f=b&u={}", escape(u))
    }),
    ("libraesva", |u| format!("https://urlsand.esvalabs.com/?u={}&e=1&h=2&f=y&p=n", escape(u))),
    ("mailinblack", |u| {
        let token = format!("{{\"c\":\"x\",\"lang\":\"FR\",\"url\":{}}}", json(u));
        format!("https://app.mailinblack.com/securelink/?key={}", base64(token.as_bytes(), true))
    }),
    ("ses", |u| {
        format!(
            "https://x.r.us-east-1.awstrack.me/L0/{}/1/0100018f3c5e7a10-0-0/x_y=374",
            escape(u).replace("%3A", ":")
        )
    }),
    ("mandrill", mandrill),
    ("mailjet", |u| format!("https://x.mjt.lu/lnk/AVMAA/1/0f_-0f/{}", base64(u.as_bytes(), true))),
    ("mailgun", mailgun),
    ("customerio", |u| {
        let token = format!("{{\"email_id\":\"RExample\",\"href\":{},\"link_id\":7}}", json(u));
        format!("https://e.example.org/e/c/{}/d73ea23ea9b9659557", base64(token.as_bytes(), true))
    }),
    ("convertkit", |u| {
        format!(
            "https://click.convertkit-mail2.com/abcdefghij0123456789/k0h1/{}",
            base64(u.as_bytes(), true)
        )
    }),
    ("activecampaign", |u| {
        let inside = base64(escape(u).as_bytes(), false);
        format!(
            "https://x.lt.acemlnb.com/Prod/link-tracker?redirectUrl={}&sig=1&a=2",
            escape(&inside)
        )
    }),
    ("substack", |u| {
        let payload = format!("{{\"e\":{},\"p\":1}}", json(u));
        format!("https://substack.com/redirect/2/{}.c2ln?", base64(payload.as_bytes(), true))
    }),
    ("sailthru", |u| {
        format!(
            "https://link.example.org/click/123.45/{}/5f0f0f0fB0f0f0f0f",
            base64(u.as_bytes(), true)
        )
    }),
    ("govdelivery", |u| {
        let payload =
            format!("{{\"bulletin_link_id\":100,\"uri\":\"bp2:click\",\"url\":{}}}", json(u));
        format!("https://lnks.gd/l/eyJhbGciOiJIUzI1NiJ9.{}.c2ln", base64(payload.as_bytes(), true))
    }),
    ("streak", |u| format!("https://streaklinks.com/B0_WrExample/{}", escape(u))),
    ("icontact", |u| {
        format!("http://click.icptrack.com/icp/relay.php?r=1&destination={}&v=0f", escape(u))
    }),
    ("squarespace", |u| format!("https://engage.squarespace-mail.com/r?m=1&u={}&w=2", escape(u))),
    ("lever", |u| format!("https://t.lever-analytics.com/email-link?dest={}&eid=1", escape(u))),
    ("google", |u| format!("https://www.google.com/url?q={}&sa=D&usg=x", escape(u))),
    ("facebook", |u| format!("https://l.facebook.com/l.php?u={}&h=AT0", escape(u))),
    ("youtube", |u| format!("https://www.youtube.com/redirect?event=x&q={}&v=1", escape(u))),
    ("bing", |u| {
        format!("https://www.bing.com/ck/a?!&&p=0f&u=a1{}&ntb=1", base64(u.as_bytes(), true))
    }),
    ("yahoo", |u| format!("https://r.search.yahoo.com/_ylt=A/RV=2/RU={}/RK=2/RS=x-", escape(u))),
    ("duckduckgo", |u| format!("https://duckduckgo.com/l/?uddg={}&rut=1", escape(u))),
    ("awin", |u| format!("https://www.awin1.com/cread.php?awinmid=1&ued={}", escape(u))),
];

/// Hosts, paths, queries and fragments with what likes to get lost: `+`, `%25`,
/// `//`, IDN, a second question mark.
fn urls() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![Just("https"), Just("http")];
    let host = prop_oneof![
        Just("www.example.org"),
        Just("example.co.uk"),
        Just("bücher.example"),
        Just("xn--bcher-kva.example"),
        Just("WWW.Example.com"),
        Just("a-b.example.org:8443"),
    ];
    let piece = "([a-zA-Z0-9._~!$'()*,;:@=+-]|%25|%2F|%20|%C3%BC|%2B|ü|日|//|/){0,24}";
    let query = proptest::option::of("([a-zA-Z0-9._~!$'()*,;:@=+/?-]|%25|%26|%3D|&|ü){0,24}");
    let fragment = proptest::option::of("([a-zA-Z0-9/?=&+-]|%20){0,12}");
    (scheme, host, piece, query, fragment).prop_map(|(scheme, host, path, query, fragment)| {
        let query = query.map(|q| format!("?{q}")).unwrap_or_default();
        let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
        format!("{scheme}://{host}/{path}{query}{fragment}")
    })
}

fn led(links: &Links, url: &str, only: Only) -> super::Verdict {
    links.judge(url, &Context::default(), &Switches::default(), &Vendors::default(), only)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever wraps a URL gives the very same bytes back.
    #[test]
    fn the_same_bytes(url in urls()) {
        let links = Links::new(Rules::builtin(), Map::default());
        // Only what is left alone by itself can be told from what went wrong.
        prop_assume!(led(&links, &url, Only::Unwrap).word() == "unchanged");
        for (name, encode) in ENCODERS {
            let wrapped = encode(&url);
            let verdict = led(&links, &wrapped, Only::Unwrap);
            prop_assert_eq!((verdict.word(), &*verdict.url), ("unwrapped", &*url), "{}: {}", name, wrapped);
        }
    }

    /// Also wrapped in each other, up to eight layers.
    #[test]
    fn in_each_other(url in urls(), layers in proptest::collection::vec(0..ENCODERS.len(), 2..6)) {
        let links = Links::new(Rules::builtin(), Map::default());
        prop_assume!(led(&links, &url, Only::Unwrap).word() == "unchanged");
        let mut wrapped = url.clone();
        for &i in &layers {
            wrapped = ENCODERS[i].1(&wrapped);
            // Longer ones are read by no rule.
            prop_assume!(wrapped.len() < 20_000);
        }
        let verdict = led(&links, &wrapped, Only::Unwrap);
        let names: Vec<&str> = layers.iter().map(|&i| ENCODERS[i].0).collect();
        prop_assert_eq!((verdict.word(), &*verdict.url), ("unwrapped", &*url), "{:?}", names);
    }

    /// What no link may lead to comes out of none of them.
    #[test]
    fn no_dangerous_target(pick in 0..14usize) {
        let links = Links::new(Rules::builtin(), Map::default());
        let bad = [
            "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://me:pw@www.example.org/",
            "http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://[::1]/",
            "http://[::ffff:10.0.0.1]/", "http://localhost/a", "http://printer.local/", "https://com/",
            "https://www.example.org\\@evil.example/",
        ][pick];
        for (name, encode) in ENCODERS {
            let wrapped = encode(bad);
            let verdict = led(&links, &wrapped, Only::Both);
            prop_assert!(!verdict.unwrapped && verdict.url == wrapped, "{}: {} {:?}", name, wrapped, verdict);
        }
    }
}
