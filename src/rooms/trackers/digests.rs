//! Hashes of the recipients, as senders make them: of the address as it is,
//! trimmed, and in lower or upper case; by MD5, SHA-1 or SHA-256; written in
//! hexadecimal digits or in base64.

use md5::Digest;

/// The recipients that the caller knows, and their hashes.
#[derive(Clone, Debug, Default)]
pub(super) struct Recipients {
    addresses: Vec<String>,
    hashes: Vec<Hash>,
}

#[derive(Clone, Debug)]
struct Hash {
    name: &'static str,
    /// Lower case.
    hex: String,
    /// Without padding.
    base64: String,
    /// Its place among the addresses.
    whose: usize,
}

/// The digits of the shortest hash; nothing shorter is looked at.
const SHORTEST: usize = 22;

impl Recipients {
    /// Costs nothing where nobody is known.
    pub(super) fn of(addresses: &[String]) -> Self {
        let mut hashes = Vec::new();
        for (whose, address) in addresses.iter().enumerate() {
            let trimmed = address.trim();
            let mut forms = vec![
                address.clone(),
                trimmed.to_owned(),
                trimmed.to_lowercase(),
                trimmed.to_uppercase(),
            ];
            forms.sort_unstable();
            forms.dedup();
            for form in forms {
                let form = form.as_bytes();
                let mut add = |name, digest: &[u8]| {
                    let hex = digest.iter().map(|b| format!("{b:02x}")).collect();
                    hashes.push(Hash { name, hex, base64: base64(digest), whose });
                };
                add("MD5", &md5::Md5::digest(form));
                add("SHA-1", &sha1::Sha1::digest(form));
                add("SHA-256", &sha2::Sha256::digest(form));
            }
        }
        Recipients { addresses: addresses.iter().map(|it| it.trim().to_owned()).collect(), hashes }
    }

    /// The addresses.
    pub(super) fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// The hash that stands in a text: which, and of which address.
    pub(super) fn find(&self, text: &str) -> Option<(&'static str, String)> {
        if self.hashes.is_empty() || text.len() < SHORTEST {
            return None;
        }
        let small = text.to_ascii_lowercase();
        let plain = text.replace('-', "+").replace('_', "/");
        let hash = self
            .hashes
            .iter()
            .find(|hash| small.contains(&hash.hex) || plain.contains(&hash.base64))?;
        Some((hash.name, self.addresses[hash.whose].clone()))
    }
}

/// Base64 without padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 2);
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b));
        let bits = bits << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Recipients;

    #[test]
    fn by_every_function_in_every_spelling() {
        let known = Recipients::of(&[" Reader@example.com".to_owned()]);
        for (text, name) in [
            // Of `reader@example.com`, as others compute them.
            ("baa0f4114eafbdd39ce828d01b849ae6", Some("MD5")),
            ("x-1C229468375E8CA9D9D8ED054106EC5911944CD2", Some("SHA-1")),
            ("HCKUaDdejKnZ2O0FQQbsWRGUTNI", Some("SHA-1")),
            ("d108b279434fe1d54ac0f1da633564604b26c2e0e221d108b0fbadb87aba02c0", Some("SHA-256")),
            ("baa0f4114eafbdd39ce828d01b849ae7", None),
        ] {
            assert_eq!(known.find(text).map(|it| it.0), name, "{text}");
        }
        for hash in &known.hashes {
            let (name, whose) = known.find(&format!("x{}y", hash.hex.to_uppercase())).expect("hex");
            assert_eq!((name, &*whose), (hash.name, "Reader@example.com"));
            let safe = hash.base64.replace('+', "-").replace('/', "_");
            assert_eq!(known.find(&safe).map(|it| it.0), Some(hash.name));
        }
        let lengths: Vec<usize> = known.hashes.iter().map(|hash| hash.hex.len()).collect();
        assert_eq!(lengths, [32, 40, 64].repeat(4));
        assert_eq!(Recipients::of(&[]).find(&"0".repeat(64)), None);
    }
}
