//! A short name for a set of rules: the same rules have the same one on every
//! machine. Used by `build.rs` too. No protection against forgery.

/// FNV-1a, 64 bits: <https://datatracker.ietf.org/doc/html/rfc9923>.
#[derive(Clone, Copy)]
pub struct Version(pub u64);

impl Version {
    #[allow(dead_code, reason = "where the build begins")]
    pub const EMPTY: Version = Version(0xcbf2_9ce4_8422_2325);

    /// With one more file. Line ends count alike on all systems.
    pub fn with(self, name: &str, text: &str) -> Version {
        let bytes = name.bytes().chain([0]).chain(text.bytes().filter(|&b| b != b'\r')).chain([0]);
        Version(bytes.fold(self.0, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)))
    }
}
