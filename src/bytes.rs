//! Looks at many bytes at once.

/// Whether there is a byte of a kind in it; `None` where there are fewer than
/// sixteen, for which there are quicker ways. `is` has to be without a branch:
/// of the sum of its answers compilers make one for sixteen bytes.
#[inline]
pub(crate) fn any_of_many(bytes: &[u8], is: impl Fn(u8) -> bool) -> Option<bool> {
    let one = |block: &[u8; 16]| block.iter().fold(0, |any, &b| any | u8::from(is(b))) != 0;
    // The last ones perhaps twice.
    let (blocks, last) = (bytes.as_chunks().0, bytes.last_chunk()?);
    Some(one(last) || blocks.iter().any(one))
}

#[cfg(test)]
mod tests {
    use super::any_of_many;

    #[test]
    fn each_byte_is_looked_at() {
        for len in 0..70 {
            let mut text = vec![b'a'; len];
            let expected = |found| (len >= 16).then_some(found);
            assert_eq!(any_of_many(&text, |b| b == b'x'), expected(false), "{len}");
            for at in 0..len {
                text[at] = b'x';
                assert_eq!(any_of_many(&text, |b| b == b'x'), expected(true), "{len} {at}");
                text[at] = b'a';
            }
        }
    }
}
