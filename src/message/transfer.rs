//! Transfer encodings (RFC 2045, section 6): what a part's bytes stand for.
//! Quoted-printable has a file of its own; nothing here fails, since mail
//! programs show what they can of a broken body.

use super::header::Header;
use super::qp;

/// How a body is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transfer {
    /// 7bit, 8bit, binary, nothing said, or a word that nobody knows. `true`
    /// where only ASCII was promised.
    Identity(bool),
    Quoted,
    Base64,
    /// Uuencode and its kin.
    Foreign,
}

impl Transfer {
    /// What a part's header says.
    pub(crate) fn of(header: &Header, raw: &[u8]) -> Transfer {
        let value = header.first(raw, "content-transfer-encoding").unwrap_or_default();
        let end = value.iter().position(|b| b" \t;(,".contains(b)).unwrap_or(value.len());
        match &*value[..end].trim_ascii().to_ascii_lowercase() {
            b"quoted-printable" | b"\"quoted-printable\"" | b"quotedprintable" => Transfer::Quoted,
            b"base64" | b"\"base64\"" => Transfer::Base64,
            b"x-uuencode" | b"x-uue" | b"uuencode" | b"x-yencode" => Transfer::Foreign,
            b"8bit" | b"binary" => Transfer::Identity(false),
            _ => Transfer::Identity(true),
        }
    }

    /// What the bytes stand for.
    pub(crate) fn decode(self, body: &[u8]) -> Vec<u8> {
        match self {
            Transfer::Identity(_) | Transfer::Foreign => body.to_vec(),
            Transfer::Quoted => qp::decode(body).0,
            Transfer::Base64 => decode_base64(body),
        }
    }
}

fn decode_base64(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0u32, 0u32);
    for &b in body {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            // Pieces that were encoded by themselves may follow.
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

/// Base64 in lines as wide as those of the old body, with a line end behind
/// the last where the old one has it.
pub(crate) fn encode_base64(bytes: &[u8], old: &[u8], eol: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut lines = old.split(|&b| b == b'\n').map(|line| line.trim_ascii().len());
    let width = match (lines.next(), lines.next()) {
        // Only the last line tells nothing.
        (Some(first), Some(second)) if second > 0 => first / 4 * 4,
        _ => 76,
    };
    let width = if (4..=996).contains(&width) { width } else { 76 };
    let mut out = Vec::with_capacity(bytes.len() / 3 * 4 + bytes.len() / 38 + 8);
    for (i, line) in bytes.chunks(width / 4 * 3).enumerate() {
        if i > 0 {
            out.extend_from_slice(eol);
        }
        for three in line.chunks(3) {
            let at = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            let six = |shift: u32| ALPHABET[(bits >> shift & 63) as usize];
            out.extend([six(18), six(12)]);
            out.push(if three.len() > 1 { six(6) } else { b'=' });
            out.push(if three.len() > 2 { six(0) } else { b'=' });
        }
    }
    if old.ends_with(b"\n") {
        out.extend_from_slice(eol);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_header() {
        for (field, transfer) in [
            ("", Transfer::Identity(true)),
            ("Content-Transfer-Encoding: 8BIT\n", Transfer::Identity(false)),
            ("Content-Transfer-Encoding: Quoted-Printable \n", Transfer::Quoted),
            ("Content-Transfer-Encoding: base64; x\n", Transfer::Base64),
            ("Content-Transfer-Encoding: x-uuencode\n", Transfer::Foreign),
            ("Content-Transfer-Encoding: utf-8\n", Transfer::Identity(true)),
        ] {
            let raw = format!("{field}\n").into_bytes();
            assert_eq!(Transfer::of(&Header::read(&raw, 0, &[]), &raw), transfer, "{field}");
        }
    }

    #[test]
    fn base64_there_and_back() {
        assert_eq!(decode_base64(b"aGk=\r\naGk"), b"hihi");
        assert_eq!(decode_base64(b"a-G*k"), b"hi");
        for len in 0..100 {
            let bytes: Vec<u8> = (0..len).map(|i: u8| i.wrapping_mul(7)).collect();
            for (old, eol) in [(&b"AAAAAAAA\r\nAAAA\r\n"[..], &b"\r\n"[..]), (b"", b"\n")] {
                let coded = encode_base64(&bytes, old, eol);
                assert_eq!(decode_base64(&coded), bytes);
            }
        }
        assert_eq!(encode_base64(b"abcabcabc", b"AAAAAAAA\nAAAA", b"\n"), b"YWJjYWJj\nYWJj");
    }
}
