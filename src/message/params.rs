//! The value of a Content-Type or Content-Disposition: a word and parameters
//! (RFC 2045, section 5; RFC 2231), as mail really has them: without
//! semicolons, with half a pair of quotes, with comments.

/// A structured value.
#[derive(Clone, Default, Debug)]
pub(crate) struct Value {
    /// `text/html`, `attachment`: lower case, without white space.
    pub word: String,
    params: Vec<(String, Vec<u8>)>,
}

impl Value {
    /// Reads an unfolded value. Every value can be read.
    pub(crate) fn read(value: &[u8]) -> Value {
        let value = uncommented(value);
        let mut at = 0;
        let mut word = Vec::new();
        skip(&value, &mut at, b" \t");
        while at < value.len() && value[at] != b';' {
            if matches!(value[at], b' ' | b'\t') {
                // `text / html` is one word, `text/html charset=x` is not.
                skip(&value, &mut at, b" \t");
                if value.get(at) != Some(&b'/') && word.last() != Some(&b'/') {
                    break;
                }
                continue;
            }
            word.push(value[at].to_ascii_lowercase());
            at += 1;
        }
        let word = String::from_utf8_lossy(&word).into_owned();
        Value { word, params: joined(pairs(&value, at)) }
    }

    /// A parameter, decoded; the first of its name.
    pub(crate) fn param(&self, name: &str) -> Option<&[u8]> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| &value[..])
    }
}

fn skip(value: &[u8], at: &mut usize, set: &[u8]) {
    while value.get(*at).is_some_and(|b| set.contains(b)) {
        *at += 1;
    }
}

/// Without comments; quotes stay.
fn uncommented(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let (mut quoted, mut depth, mut at) = (false, 0, 0);
    while at < value.len() {
        let b = value[at];
        let escaped = b == b'\\' && (quoted || depth > 0);
        match b {
            _ if escaped => {
                if depth == 0 {
                    out.extend_from_slice(&value[at..value.len().min(at + 2)]);
                }
                at += 2;
                continue;
            }
            b'"' if depth == 0 => quoted = !quoted,
            // A bracket within a word is a part of it, as in boundaries.
            b'(' if !quoted && (depth > 0 || at == 0 || b" \t;".contains(&value[at - 1])) => {
                depth += 1;
            }
            b')' if depth > 0 => {
                depth -= 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(b);
        }
        at += 1;
    }
    out
}

fn pairs(value: &[u8], mut at: usize) -> Vec<(String, Vec<u8>)> {
    let mut pairs = Vec::new();
    while at < value.len() {
        skip(value, &mut at, b"; \t,");
        let start = at;
        while at < value.len() && !b"=; \t".contains(&value[at]) {
            at += 1;
        }
        let name = String::from_utf8_lossy(&value[start..at]).to_ascii_lowercase();
        skip(value, &mut at, b" \t");
        if value.get(at) != Some(&b'=') {
            continue;
        }
        at += 1;
        skip(value, &mut at, b" \t");
        let mut content = Vec::new();
        if value.get(at) == Some(&b'"') {
            at += 1;
            while at < value.len() && value[at] != b'"' {
                if value[at] == b'\\' && at + 1 < value.len() {
                    at += 1;
                }
                content.push(value[at]);
                at += 1;
            }
            at += 1;
        } else {
            while at < value.len() && !b"; \t".contains(&value[at]) {
                content.push(value[at]);
                at += 1;
            }
        }
        pairs.push((name, content));
    }
    pairs
}

/// Puts `name*0`, `name*1*` and `name*` together.
fn joined(pairs: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let mut whole = Vec::new();
    let mut pieces: Vec<(String, u32, bool, Vec<u8>)> = Vec::new();
    for (name, value) in pairs {
        let Some((base, rest)) = name.split_once('*') else {
            whole.push((name, value));
            continue;
        };
        let coded = rest.is_empty() || rest.ends_with('*');
        let number = rest.trim_end_matches('*').parse().unwrap_or(0);
        pieces.push((base.to_owned(), number, coded, value));
    }
    pieces.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut at = 0;
    while at < pieces.len() {
        let name = pieces[at].0.clone();
        let mut value = Vec::new();
        while at < pieces.len() && pieces[at].0 == name {
            let (_, number, coded, piece) = &pieces[at];
            let mut piece = &piece[..];
            if *coded && *number == 0 {
                // charset'language'value
                let mut parts = piece.splitn(3, |&b| b == b'\'');
                piece = match (parts.next(), parts.next(), parts.next()) {
                    (Some(_), Some(_), Some(rest)) => rest,
                    _ => piece,
                };
            }
            match coded {
                true => unescape(piece, &mut value),
                false => value.extend_from_slice(piece),
            }
            at += 1;
        }
        whole.push((name, value));
    }
    whole
}

fn unescape(piece: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < piece.len() {
        let hex = piece.get(at + 1..at + 3).filter(|_| piece[at] == b'%').and_then(hex);
        match hex {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(piece[at]);
                at += 1;
            }
        }
    }
}

/// Two hexadecimal digits of either case.
pub(crate) fn hex(two: &[u8]) -> Option<u8> {
    let digit = |b: u8| (b as char).to_digit(16);
    Some((digit(*two.first()?)? * 16 + digit(*two.get(1)?)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str, name: &str) -> (String, Option<String>) {
        let value = Value::read(value.as_bytes());
        let param = value.param(name).map(|v| String::from_utf8_lossy(v).into_owned());
        (value.word, param)
    }

    #[test]
    fn words_and_parameters() {
        for (value, name, word, param) in [
            ("text/html", "charset", "text/html", None),
            (" Text/HTML ; CharSet=\"utf-8\"", "charset", "text/html", Some("utf-8")),
            ("text/html charset=koi8-r", "charset", "text/html", Some("koi8-r")),
            ("text / html;charset = x", "charset", "text/html", Some("x")),
            (
                "multipart/mixed; boundary=\"a b;c\\\"\"",
                "boundary",
                "multipart/mixed",
                Some("a b;c\""),
            ),
            ("multipart/mixed; boundary=\"open", "boundary", "multipart/mixed", Some("open")),
            ("multipart/mixed; boundary==_x:1(2)", "boundary", "multipart/mixed", Some("=_x:1(2)")),
            ("text/html (a; charset=no); charset=yes", "charset", "text/html", Some("yes")),
            ("attachment; filename*0=a; filename*1=b", "filename", "attachment", Some("ab")),
            ("text/html; charset*=us-ascii'en'ut%66-8", "charset", "text/html", Some("utf-8")),
            ("m/x; boundary*1*=%62; boundary*0=a", "boundary", "m/x", Some("ab")),
            ("", "charset", "", None),
            (";;=;x=", "x", "", Some("")),
        ] {
            let got = read(value, name);
            assert_eq!((got.0.as_str(), got.1.as_deref()), (word, param), "{value}");
        }
    }
}
