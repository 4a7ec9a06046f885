//! Inflates what a wrapper holds in zlib's format (RFC 1950).

use super::MOST;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags as flags};
use std::cell::RefCell;

thread_local! {
    /// Tables of 11 kB, which cost more than the token to make anew.
    static STATE: RefCell<Box<DecompressorOxide>> = RefCell::default();
}

/// What is packed; `None` for what is no such stream, is not whole, or holds too much.
pub(super) fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    const FLAGS: u32 =
        flags::TINFL_FLAG_PARSE_ZLIB_HEADER | flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    STATE.with_borrow_mut(|state| {
        state.init();
        let (mut packed, mut written) = (packed, 0);
        let mut out = vec![0; (4 * packed.len()).min(MOST)];
        loop {
            let (status, read, more) = decompress(state, packed, &mut out, written, FLAGS);
            written += more;
            match status {
                TINFLStatus::Done => {
                    out.truncate(written);
                    return Some(out);
                }
                TINFLStatus::HasMoreOutput if out.len() < MOST => {
                    packed = packed.get(read..)?;
                    out.resize((2 * out.len()).clamp(64, MOST), 0);
                }
                _ => return None,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec_zlib as pack;

    #[test]
    fn what_was_packed_comes_out_whatever_came_before() {
        for text in ["", "a", "https://a.example/x?y=1", &"abc".repeat(9_000)] {
            let packed = pack(text.as_bytes(), 6);
            assert_eq!(inflate(&packed).unwrap(), text.as_bytes());
            assert_eq!(inflate(&packed[..packed.len() - 1]), None);
            assert_eq!(inflate(&packed[1..]), None);
        }
        assert_eq!(inflate(b""), None);
    }

    #[test]
    fn no_bomb() {
        assert_eq!(inflate(&pack(&vec![b'a'; 1 << 20], 9)), None);
        assert_eq!(inflate(&pack(&vec![b'a'; MOST], 9)).unwrap().len(), MOST);
        assert_eq!(inflate(&pack(&vec![b'a'; MOST + 1], 9)), None);
    }
}
