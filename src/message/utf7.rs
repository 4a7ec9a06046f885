//! UTF-7 (RFC 2152), which encoding_rs does not know and some mail programs
//! still read.

/// The text; what is no UTF-7 becomes U+FFFD.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let b = bytes[at];
        at += 1;
        if b != b'+' {
            out.push(if b.is_ascii() { char::from(b) } else { char::REPLACEMENT_CHARACTER });
            continue;
        }
        if bytes.get(at) == Some(&b'-') {
            out.push('+');
            at += 1;
            continue;
        }
        let (mut units, mut bits, mut count) = (Vec::new(), 0u32, 0);
        let start = at;
        while let Some(six) = bytes.get(at).and_then(|&b| six(b)) {
            bits = bits << 6 | six;
            count += 6;
            if count >= 16 {
                count -= 16;
                units.push((bits >> count) as u16);
                bits &= (1 << count) - 1;
            }
            at += 1;
        }
        if at == start {
            out.push(char::REPLACEMENT_CHARACTER);
        }
        out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        if bytes.get(at) == Some(&b'-') {
            at += 1;
        }
    }
    out
}

fn six(b: u8) -> Option<u32> {
    Some(u32::from(match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// ASCII as UTF-7: `+` begins something, `\` and `~` may not stand for
/// themselves.
pub(crate) fn encode_ascii(text: &str) -> Vec<u8> {
    text.replace('+', "+-").replace('\\', "+AFw-").replace('~', "+AH4-").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!(decode(b"Hi +AOQ-+- +2D3eAA- 1"), "Hi \u{e4}+ \u{1f600} 1");
        assert_eq!(decode(b"+ADw-p+AD4"), "<p>");
        assert_eq!(decode(b"+\xff+"), "\u{fffd}\u{fffd}\u{fffd}");
        let text = "a+b\\c~d";
        assert_eq!(decode(&encode_ascii(text)), text);
    }
}
