//! Pieces leave no trace: however a mail is cut, through the stream or by the
//! tokenizer's blocks, the bytes that come out are the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mailrinse::{Context, Error, Level, Limits, Rinser, Shape};
use mailrinse_fuzz::{build, shape};
use std::io::Write;

fuzz_target!(|data: &[u8]| {
    let [options, block, piece, html @ ..] = data else { return };
    let level = if options & 2 == 0 { Level::Clean } else { Level::Patch };
    // Streams at level patch take UTF-8 only.
    if level == Level::Patch && std::str::from_utf8(html).is_err() {
        return;
    }
    // A fragment needs level clean.
    let shape = if level == Level::Patch { Shape::Document } else { shape(*options) };
    let builder = || Rinser::builder().level(level).shape(shape);
    let whole = build(builder()).html(html, &Context::default());
    let blocks = Limits::default().with_blocks(usize::from(*block).max(1));
    let cut = build(builder().limits(blocks)).html(html, &Context::default());
    let streamed = {
        let mut stream = build(builder()).stream(Vec::new(), Context::default(), ());
        let pieces = html.chunks(usize::from(*piece).max(1)).try_for_each(|p| stream.write_all(p));
        pieces.map_err(Error::Io).and_then(|()| stream.finish())
    };
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => {
            assert!(whole.html == cut.html, "blocks of {block} change what comes out");
            // The text may say that it is of another charset.
            if level == Level::Patch && matches!(streamed, Err(Error::Charset(_))) {
                return;
            }
            let streamed = streamed.expect("what can be rinsed can be streamed");
            assert!(whole.html == streamed, "pieces of {piece} change what comes out");
        }
        (Err(_), Err(_)) => {}
        (whole, cut) => panic!("{} as a whole, {} in blocks", whole.is_ok(), cut.is_ok()),
    }
});
