//! Whole messages: which parts are found, judged by two other readers of
//! mail; that what is not rinsed keeps its bytes; and that what comes out is
//! the message that went in.

use crate::common;
use crate::common::corpus;
use mail_parser::{MessageParser, MimeHeaders, PartType};
use mailrinse::{Context, Level, Rinser, testing};
use proptest::prelude::*;
use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

fn rinser(level: Level) -> Rinser {
    Rinser::builder().level(level).build().expect("nothing in it contradicts")
}

/// As [`sound`], and that others read the same message as before.
fn holds(rinser: &Rinser, raw: &[u8]) -> Result<Vec<u8>, String> {
    let out = sound(rinser, raw)?;
    others_read_the_same(raw, &out)?;
    Ok(out)
}

/// Rinses, and checks what must hold of every message. Gives what came out.
fn sound(rinser: &Rinser, raw: &[u8]) -> Result<Vec<u8>, String> {
    let out = rinser.message(raw, &Context::default()).map_err(|e| e.to_string())?.html;
    let borrowed = matches!(out, Cow::Borrowed(_));
    let out = out.into_owned();
    if borrowed != (out == raw) {
        return Err("said to be another where it is the same, or the other way round".into());
    }
    let (before, after) = (testing::parts(raw), testing::parts(&out));
    if before.len() != after.len() {
        return Err(format!("{} parts, then {}", before.len(), after.len()));
    }
    for (a, b) in before.iter().zip(&after) {
        if (&a.1, a.2) != (&b.1, b.2) {
            return Err(format!("{a:?} became {b:?}"));
        }
        let ours = matches!(&*a.1, "text/html" | "text/plain") && a.2.is_none();
        if !ours && !a.1.starts_with("multipart/") && raw[a.0.clone()] != out[b.0.clone()] {
            return Err(format!("a part that is not ours changed: {a:?}"));
        }
    }
    let again = rinser.message(&out[..], &Context::default()).map_err(|e| e.to_string())?;
    if *again.html != *out {
        return Err(format!(
            "twice is not once:\n{}\n{}",
            String::from_utf8_lossy(&out),
            String::from_utf8_lossy(&again.html)
        ));
    }
    Ok(out)
}

/// mail-parser's reading. It panics on some broken messages: then it has nothing to say.
fn parsed(raw: &[u8]) -> Option<mail_parser::Message<'_>> {
    std::panic::catch_unwind(|| MessageParser::default().parse(raw)).ok().flatten()
}

/// What mail-parser reads: header fields, and of each part its type and, if
/// it is no text, its bytes.
fn shape_of(raw: &[u8]) -> Vec<String> {
    let Some(message) = parsed(raw) else { return Vec::new() };
    let mut shape = Vec::new();
    for part in &message.parts {
        for header in &part.headers {
            let name = header.name.as_str().to_ascii_lowercase();
            if !matches!(&*name, "x-mailrinse" | "content-length") {
                shape.push(format!("{name}: {:?}", header.value));
            }
        }
        let kind = part.content_type().map(|it| format!("{}/{:?}", it.c_type, it.c_subtype));
        shape.push(match &part.body {
            PartType::Text(_) | PartType::Html(_) => format!("{kind:?} text"),
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
                format!("{kind:?} {}", String::from_utf8_lossy(bytes))
            }
            PartType::Message(_) => format!("{kind:?} message"),
            PartType::Multipart(parts) => format!("{kind:?} {parts:?}"),
        });
    }
    shape
}

/// The same for mailparse.
fn tree_of(part: &mailparse::ParsedMail, out: &mut String) {
    for header in part.get_headers() {
        let name = header.get_key_ref().to_ascii_lowercase();
        if !matches!(&*name, "x-mailrinse" | "content-length") {
            let _ = writeln!(out, "{name}: {}", header.get_value());
        }
    }
    let _ = writeln!(out, "{} [", part.ctype.mimetype);
    if part.subparts.is_empty() && !part.ctype.mimetype.starts_with("text/") {
        let _ = writeln!(out, "{:?}", part.get_body_raw().ok());
    }
    part.subparts.iter().for_each(|part| tree_of(part, out));
    out.push_str("]\n");
}

fn others_read_the_same(raw: &[u8], out: &[u8]) -> Result<(), String> {
    let (before, after) = (shape_of(raw), shape_of(out));
    if let Some((a, b)) = before.iter().zip(&after).find(|(a, b)| a != b) {
        return Err(format!("mail-parser read {a}, reads {b}"));
    }
    if before.len() != after.len() {
        return Err(format!("mail-parser reads {} things, read {}", after.len(), before.len()));
    }
    let tree = |raw: &[u8]| {
        let mut tree = String::new();
        if let Ok(mail) = mailparse::parse_mail(raw) {
            tree_of(&mail, &mut tree);
        }
        tree
    };
    let (before, after) = (tree(raw), tree(out));
    match before == after {
        true => Ok(()),
        false => Err(format!("mailparse read\n{before}\nreads\n{after}")),
    }
}

/// Every part that another reader would show as HTML is one of ours, or one
/// that is left with a reason.
fn found_as_others_do(raw: &[u8]) -> Result<usize, String> {
    let ours = testing::parts(raw);
    let known = |range: Range<usize>| {
        // There is nothing to find in nothing.
        raw[range.clone()].trim_ascii().is_empty()
            || ours.iter().any(|(body, kind, left)| {
                // Where there is a header alone, line ends belong to one or the other.
                let within = body.start <= range.end + 2 && range.start <= body.end;
                within && (kind == "text/html" || left.is_some())
            })
    };
    let mut theirs = 0;
    if let Some(message) = parsed(raw) {
        for part in message.parts.iter().filter(|part| matches!(part.body, PartType::Html(_))) {
            theirs += 1;
            let range = part.offset_body as usize..part.offset_end as usize;
            if !known(range.clone()) {
                return Err(format!("mail-parser finds HTML at {range:?}: {ours:?}"));
            }
        }
    }
    if let Ok(mail) = mailparse::parse_mail(raw) {
        for part in mail.parts().filter(|part| part.ctype.mimetype == "text/html") {
            theirs += 1;
            let start = part.raw_bytes.as_ptr() as usize - raw.as_ptr() as usize;
            let range = start..start + part.raw_bytes.len();
            if !known(range.clone()) {
                return Err(format!("mailparse finds HTML at {range:?}: {ours:?}"));
            }
        }
    }
    Ok(theirs)
}

#[test]
fn of_the_corpus() {
    let (mut messages, mut html) = (0, 0);
    let rinsers = [rinser(Level::Clean), rinser(Level::Patch)];
    for (path, raw) in corpus::files("eml") {
        messages += 1;
        html += found_as_others_do(&raw).unwrap_or_else(|e| panic!("{path}: {e}"));
        for rinser in &rinsers {
            holds(rinser, &raw).unwrap_or_else(|e| panic!("{path}: {e}"));
        }
    }
    println!("{messages} messages, {html} HTML parts as two others count them");
}

/// How a body may be written.
const TRANSFERS: &[&str] = &["quoted-printable", "base64", "7bit", "8bit", "binary", "", "x-odd"];
const CHARSETS: &[&str] = &[
    "utf-8",
    "us-ascii",
    "iso-8859-1",
    "windows-1252",
    "koi8-r",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-kr",
    "iso-2022-jp",
    "utf-16",
    "utf-16le",
    "utf-7",
    "x-unknown",
    "",
];

/// `HTML` stands for the part at hand.
const STRUCTURES: &[(&str, bool)] = &[
    ("HTML", true),
    (
        "multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nhi\n--b\nHTML\n--b--\n",
        true,
    ),
    (
        "multipart/mixed; boundary=\"b b\"\n\npreamble\n--b b\nHTML\n--b b\nContent-Type: image/gif\nContent-Transfer-Encoding: base64\n\nR0lGODlhAQABAAAAACw=\n--b b--\nepilogue\n",
        true,
    ),
    (
        "multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: multipart/related; boundary=c\n\n--c\nHTML\n--c\nContent-Type: image/png\nContent-ID: <1@x.example>\n\nx\n--c--\n\n--b--\n\n--a--\n",
        true,
    ),
    // No end, and no blank line before a boundary.
    ("multipart/mixed; boundary=a\n\n--a\nHTML\n--a\nContent-Type: text/plain\n\nhi", true),
    (
        "multipart/report; boundary=a; report-type=delivery-status\n\n--a\nHTML\n--a\nContent-Type: message/delivery-status\n\nStatus: 5.0.0\n--a\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\n<img src=https://t.example/open?u=1 width=1 height=1>\n--a--\n",
        true,
    ),
    (
        "multipart/signed; boundary=a; protocol=\"application/pgp-signature\"\n\n--a\nHTML\n--a\nContent-Type: application/pgp-signature\n\nx\n--a--\n",
        false,
    ),
    (
        "multipart/mixed; boundary=a\n\n--a\nContent-Disposition: attachment; filename=a.html\nHTML\n--a--\n",
        false,
    ),
];

const PIXEL: &str =
    "<img src=\"https://t.example/open?u=d9f1c27be04a4d7f\" width=\"1\" height=\"1\">";

fn encoded(text: &str, charset: &str, transfer: &str) -> Vec<u8> {
    let bytes = match charset {
        "utf-16" | "utf-16le" => {
            let mark: &[u16] = if charset == "utf-16" { &[0xfeff] } else { &[] };
            let units = mark.iter().copied().chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        }
        "utf-7" => text.replace('ü', "+APw-").into_bytes(),
        "" | "us-ascii" | "x-unknown" => text.replace('ü', "ue").into_bytes(),
        name => {
            let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).expect("known");
            encoding.encode(text).0.into_owned()
        }
    };
    match transfer {
        "quoted-printable" => quoted(&bytes, charset.starts_with("utf-16")),
        "base64" => base64(&bytes),
        _ => bytes,
    }
}

/// As a mail program writes it; `wide` bytes are no lines of text.
pub fn quoted(bytes: &[u8], wide: bool) -> Vec<u8> {
    let (mut out, mut column) = (String::new(), 0);
    for &b in bytes {
        if b == b'\n' && !wide {
            out.push('\n');
            column = 0;
            continue;
        }
        if column > 70 {
            out.push_str("=\n");
            column = 0;
        }
        if (b == b' ' || b.is_ascii_graphic()) && b != b'=' {
            out.push(char::from(b));
            column += 1;
        } else {
            let _ = write!(out, "={b:02X}");
            column += 3;
        }
    }
    out.into_bytes()
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for (i, chunk) in bytes.chunks(3).enumerate() {
        if i > 0 && i % 19 == 0 {
            out.push(b'\n');
        }
        let bits = chunk.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b));
        let bits = bits << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at)) as usize & 63];
            out.push(if at > chunk.len() { b'=' } else { digit });
        }
    }
    out
}

/// A message of this make, and whether its HTML is ours.
fn generated(
    transfer: &str,
    charset: &str,
    structure: (&str, bool),
    crlf: bool,
) -> (Vec<u8>, bool) {
    let html = format!(
        "<html><body><p>Gr\u{fc}\u{df}e 1&lt;2 = 3</p>\n{PIXEL}\n<p>text</p></body></html>\n"
    )
    .replace('\u{df}', "ss");
    // Of charsets without it the letter is another.
    let html = match charset {
        "koi8-r" => html.replace('ü', "ж"),
        "big5" | "gb18030" | "shift_jis" | "euc-kr" | "iso-2022-jp" => html.replace('ü', "水"),
        _ => html,
    };
    let mut head = String::from("Content-Type: text/html");
    if !charset.is_empty() {
        let _ = write!(head, "; charset={charset}");
    }
    if !transfer.is_empty() {
        let _ = write!(head, "\nContent-Transfer-Encoding: {transfer}");
    }
    let mut part = head.into_bytes();
    part.extend(b"\n\n");
    part.extend(encoded(&html, charset, transfer));
    let mut raw: Vec<u8> = b"From: Someone <a@news.example>\nTo: reader@example.org\n\
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nMIME-Version: 1.0\n"
        .to_vec();
    let (before, after) = structure.0.split_once("HTML").expect("every structure holds it");
    if !before.is_empty() {
        raw.extend(b"Content-Type: ");
    }
    raw.extend(before.as_bytes());
    raw.extend(part);
    raw.extend(after.as_bytes());
    // In what is not text a line end is two bytes of something else.
    let wide =
        charset.starts_with("utf-16") && transfer != "base64" && transfer != "quoted-printable";
    if crlf && !wide {
        let mut out = Vec::with_capacity(raw.len() + 64);
        for b in raw {
            if b == b'\n' {
                out.push(b'\r');
            }
            out.push(b);
        }
        raw = out;
    }
    let broken = wide && transfer != "binary" && transfer != "8bit";
    (raw, structure.1 && !broken && transfer != "x-odd")
}

/// One of each kind, for fuzzing to start from; the first byte is for its options.
pub fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for (i, structure) in STRUCTURES.iter().enumerate() {
        for (j, transfer) in TRANSFERS.iter().enumerate() {
            let charset = CHARSETS[(3 * i + j) % CHARSETS.len()];
            let (raw, _) = generated(transfer, charset, *structure, (i + j) % 2 == 0);
            samples.push([b"0", &raw[..]].concat());
            samples.push([b"1", &raw[..]].concat());
        }
    }
    samples
}

#[test]
fn of_every_make() {
    let rinsers = [(Level::Clean, rinser(Level::Clean)), (Level::Patch, rinser(Level::Patch))];
    let (mut messages, mut left) = (0, 0);
    for transfer in TRANSFERS {
        for charset in CHARSETS {
            for structure in STRUCTURES {
                for crlf in [false, true] {
                    let (raw, ours) = generated(transfer, charset, *structure, crlf);
                    let make = format!("{transfer} {charset} crlf={crlf} {:?}", structure.0);
                    found_as_others_do(&raw).unwrap_or_else(|e| panic!("{make}: {e}"));
                    for (level, rinser) in &rinsers {
                        messages += 1;
                        let out = holds(rinser, &raw).unwrap_or_else(|e| {
                            panic!("{level:?} {make}: {e}\n{}", String::from_utf8_lossy(&raw))
                        });
                        let closed = *level == Level::Patch && *charset == "utf-7";
                        if ours && !closed {
                            assert_ne!(out, raw, "{level:?} {make}: the pixel stays");
                        } else if !ours && !structure.1 {
                            assert_eq!(out, raw, "{level:?} {make}: not ours");
                        }
                        left += usize::from(out == raw);
                    }
                }
            }
        }
    }
    println!("{messages} messages, {left} of them not touched");
}

/// What is lost or doubled on the way: where, how much, and which of both.
fn damaged(mut raw: Vec<u8>, cuts: &[(usize, usize, bool)]) -> Vec<u8> {
    for &(at, len, twice) in cuts {
        let at = at * raw.len() / 1000;
        let end = (at + len).min(raw.len());
        if twice {
            let piece = raw[at..end].to_vec();
            raw.splice(at..at, piece);
        } else {
            raw.drain(at..end);
        }
    }
    raw
}

/// In pieces of a message each program sees something else. Still nearly all
/// that others see as HTML has to be found.
#[test]
fn of_damaged_ones_others_find_little_more() {
    let (mut messages, mut missed) = (0, Vec::new());
    for (number, structure) in STRUCTURES.iter().enumerate() {
        for (charset, transfer) in [("utf-8", "7bit"), ("koi8-r", "quoted-printable")] {
            let (raw, _) = generated(transfer, charset, *structure, number % 2 == 0);
            for at in 0..250 {
                for (len, twice) in [(1, false), (7, false), (30, false), (20, true)] {
                    messages += 1;
                    let raw = damaged(raw.clone(), &[(at * 4, len, twice)]);
                    missed.extend(found_as_others_do(&raw).err());
                }
            }
        }
    }
    println!("{} of {messages} damaged messages: others find HTML where we do not", missed.len());
    assert!(missed.len() * 200 <= messages, "{}", missed.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400)
    ))]

    /// Whatever is lost or doubled on the way.
    #[test]
    fn of_damaged_ones(
        make in (0..TRANSFERS.len(), 0..CHARSETS.len(), 0..STRUCTURES.len(), any::<bool>()),
        cuts in proptest::collection::vec((0..1000usize, 0..40usize, any::<bool>()), 0..4),
    ) {
        let (raw, _) =
            generated(TRANSFERS[make.0], CHARSETS[make.1], STRUCTURES[make.2], make.3);
        let raw = damaged(raw, &cuts);
        for level in [Level::Clean, Level::Patch] {
            // Where a message is damaged, others may see one part where we see several.
            sound(&rinser(level), &raw).map_err(|e| {
                TestCaseError::fail(format!("{level:?}: {e}\n{}", String::from_utf8_lossy(&raw)))
            })?;
        }
    }
}

/// Bytes that are none of their charset do not make the rest of the text
/// another language's, and stay as they are.
#[test]
fn text_is_read_beside_broken_bytes() {
    let rinser = common::build(Rinser::builder().level(Level::Patch));
    for (charset, lang, text) in [
        (
            "utf-8",
            "de",
            "Guten Tag, Ihre Bestellung wurde für Sie verschickt und kommt schön bald an. Wir wünschen Ihnen einen schönen Tag mit den Büchern, die Sie ausgewählt haben.",
        ),
        (
            "utf-8",
            "ru",
            "Добрый день! Ваш заказ принят в обработку. Менеджер свяжется с вами в ближайшее время для уточнения деталей доставки и оплаты.",
        ),
        (
            "euc-kr",
            "ko",
            "안녕하세요 고객님 주문하신 상품이 발송되었습니다 배송 조회는 아래 링크를 눌러 확인해 주세요",
        ),
        (
            "shift_jis",
            "ja",
            "ご注文いただきありがとうございます。商品は発送されました。配送状況は下記のリンクからご確認ください。",
        ),
        (
            "gbk",
            "zh",
            "我们很高兴地通知您，您的订单已经发货。请在收到货物后及时检查，如有问题请与我们的客户服务部门联系。",
        ),
    ] {
        let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).expect("a label");
        let text = encoding.encode(&format!("{text}\n").repeat(2)).0.into_owned();
        let broken: &[u8] = b"\xff \xff\xff";
        let head = format!("MIME-Version: 1.0\nContent-Type: text/html; charset={charset}\n\n");
        let body = |page: &str, pixel: &[u8]| {
            [page.as_bytes(), &text, broken, b"</p>", pixel, b"<p>", broken, &text, b"</p>"]
                .concat()
        };
        let pixel = b"<img src=\"https://t.example/open?u=d9f1c27be04a4d7f\" width=1 height=1>";
        let raw = [head.as_bytes(), &body("<html><p>", pixel)].concat();
        let rinsed = rinser.message(&raw, &Context::default()).expect("it can be rinsed").html;
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let page = format!("<html lang=\"{lang}\" dir=\"ltr\"><p>");
        assert!(rinsed.ends_with(&body(&page, b"")), "{charset}: {}", text_of(&rinsed));
    }
}
