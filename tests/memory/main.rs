//! How much memory and time it takes: a stream of newsletters goes through in
//! memory that does not grow with it, and a deep nest takes time in proportion
//! to its size. Alone in its binary, since it counts the heap of the whole
//! process.

use mailrinse::{Context, Level, Rinser};
use peak_alloc::PeakAlloc;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// One measurement at a time.
static ALONE: Mutex<()> = Mutex::new(());

const MB: usize = 1 << 20;

/// Takes bytes, keeps none.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The fixtures' newsletters, one after the other.
fn newsletters() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/html");
    let mut all = Vec::new();
    for case in
        ["icann-marketo-spaces", "newsletter-hybrid", "newsletter-sendgrid", "digest-mailgun"]
    {
        let path = folder.join(case).join("input.html");
        all.extend(std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())));
    }
    all
}

/// The heap in use beyond what was in use before: the most at a time while
/// this many bytes went through, and what is left in use before the end.
fn heap(rinser: &Rinser, size: usize) -> [usize; 2] {
    let mails = newsletters();
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let mut stream = rinser.stream(Count(0), Context::default(), ());
    let mut written = 0;
    while written < size {
        for piece in mails.chunks(8_000) {
            stream.write_all(piece).expect("within the limits");
        }
        written += mails.len();
    }
    let left = HEAP.current_usage() - before;
    let out = stream.finish().expect("within the limits");
    assert!(out.0 > size / 4, "{} bytes came out of {written}", out.0);
    [HEAP.peak_usage() - before, left]
}

fn flat(level: Level, small: usize, large: usize) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut builder = Rinser::builder().level(level);
    // A window that both sizes exceed many times.
    let mut limits = mailrinse::Limits::default();
    limits.window = MB;
    builder = builder.limits(limits);
    let rinser = builder.build().expect("nothing in it contradicts");
    // Tables that are made when first used do not count.
    heap(&rinser, 2 * MB);
    let (a, b) = (heap(&rinser, small), heap(&rinser, large));
    println!("{level:?}: {} MB in {a:?} bytes of heap, {} MB in {b:?}", small / MB, large / MB);
    // What is at hand, what waits, and nothing that grows.
    assert!(b[0] <= 4 * MB, "{large} bytes took {} of heap: over four windows", b[0]);
    // What is left depends on where in a window the end lies.
    assert!(b[0] < a[0] + a[0] / 10, "{small} bytes took {} of heap, {large} took {}", a[0], b[0]);
    assert!(b[1] < a[1] + 4 * MB, "{small} bytes left {} of heap, {large} left {}", a[1], b[1]);
}

#[test]
fn a_stream_of_newsletters_takes_the_same_heap_whatever_its_length() {
    flat(Level::Clean, 10 * MB, 20 * MB);
}

#[test]
fn so_it_does_at_level_patch() {
    flat(Level::Patch, 10 * MB, 20 * MB);
}

#[test]
#[ignore = "takes minutes without optimisation: `make memory`"]
fn a_hundred_megabytes() {
    flat(Level::Clean, 10 * MB, 100 * MB);
}

#[test]
#[ignore = "takes minutes: `make memory`"]
fn a_thousand_megabytes() {
    flat(Level::Clean, 100 * MB, 1_000 * MB);
}

/// 400 kB of one nest, and half of it: less than three times the time. The
/// best of several tries, since the machine may be busy elsewhere.
#[test]
fn a_nest_takes_time_in_proportion_to_its_size() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let rinser = Rinser::builder().build().expect("nothing in it contradicts");
    let nests: [(&str, String); 6] = [
        ("ul li", "<ul><li>".repeat(50_000)),
        ("div", "<div>".repeat(80_000)),
        ("b", "<b>".repeat(130_000)),
        ("b p", "<b><p>".repeat(66_000)),
        ("table", "<table><tr><td>".repeat(27_000)),
        ("a without end", "<a href=x>y".repeat(36_000)),
    ];
    for (name, html) in &nests {
        let time = |html: &str| {
            let start = Instant::now();
            rinser.html(html, &Context::default()).expect("within the limits");
            start.elapsed()
        };
        let (mut half, mut whole) = (Duration::MAX, Duration::MAX);
        let linear = (0..40).any(|_| {
            half = half.min(time(&html[..html.len() / 2]));
            whole = whole.min(time(html));
            whole < half * 3
        });
        println!("{name}: {half:?} for {}, {whole:?} for twice that", html.len() / 2);
        assert!(linear, "{name}: {half:?} for half, {whole:?} for the whole");
    }
}
