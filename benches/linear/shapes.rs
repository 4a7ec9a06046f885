//! Shapes of input on which parsers and sanitizers have been seen to take the
//! square of its size. Each is made at least as long as asked for, in bytes.

/// A name and how to make it.
pub(crate) type Shape = (&'static str, fn(usize) -> String);

pub(crate) const SHAPES: &[Shape] = &[
    ("ul and li in each other", |n| repeat("<ul><li>", n)),
    ("div in each other", |n| repeat("<div>", n)),
    ("div in each other, closed", |n| repeat("<div>", n / 2) + &repeat("</div>", n / 2)),
    ("font, each another", |n| count(n, |i| format!("<font color=#{i:06x}>"))),
    ("b around p", |n| repeat("<b><p>x", n)),
    ("a without end", |n| repeat("<a href=x>y", n)),
    ("attributes of one tag", |n| format!("<p {}>x", count(n, |i| format!("a{i}=b ")))),
    ("tags with many attributes", |n| {
        let tag = format!("<p {}>x</p>", count(30_000, |i| format!("a{i}=b ")));
        repeat(&tag, n)
    }),
    ("end tags without start", |n| repeat("<div>", n / 2) + &repeat("</span>", n / 2)),
    ("ampersands", |n| repeat("&", n)),
    ("references", |n| repeat("&CounterClockwiseContourIntegra", n)),
    ("less", |n| repeat("<", n)),
    ("table soup", |n| repeat("<tr>x<td>y</table>z<table>", n)),
    ("table in each other", |n| repeat("<table><tr><td>", n)),
    ("p without end", |n| repeat("<p>x", n)),
    ("a huge attribute", |n| format!("<p title=\"{}\">x", repeat("&amp;a ", n))),
    ("a huge style", |n| format!("<p style=\"{}\">x", repeat("color:red;x:y;", n))),
    ("a style of brackets", |n| format!("<p style=\"width:{}\">x", repeat("calc((", n))),
    ("styles, each another", |n| count(n, |i| format!("<p style=\"margin:{i}px\">x</p>"))),
    ("a huge sheet", |n| format!("<style>{}</style>x", repeat(".a b{color:red}", n))),
    ("lists of selectors in lists", |n| format!("<style>{}</style>x", repeat(":not(", n))),
    ("a sheet and its classes", |n| {
        let sheet = count(n / 2, |i| format!(".c{i}{{color:#{:06x}}}", i % 0xff_ffff));
        format!("<style>{sheet}</style>{}", count(n / 2, |i| format!("<p class=c{i}>x</p>")))
    }),
    ("comments", |n| repeat("<!-- - -- -->", n)),
    ("a comment without end", |n| format!("x<!--{}", repeat("- ", n))),
    // What the tokenizer is given in many pieces.
    ("a comment that does not end at many", |n| format!("<!--{}--!>x", repeat("x>", n))),
    ("a value that does not end at many", |n| format!("<p @=\"{}\">x", repeat("x>", n))),
    ("raw text that does not end at many", |n| format!("<title>{}</title>x", repeat("x>", n))),
    ("odd tags", |n| repeat("<p @a>x</p>", n)),
    ("options", |n| format!("<select>{}", repeat("<option>x", n))),
    ("svg in each other", |n| repeat("<svg><g>", n)),
    ("ids and references to them", |n| {
        count(n, |i| format!("<p id=a{i} aria-labelledby=a{i}><a href=#a{i}>x</a></p>"))
    }),
    ("links that say little", |n| {
        count(n, |i| format!("<a href=\"https://example.org/{i}?utm_source=x\">here</a> "))
    }),
    ("pictures of one host", |n| {
        count(n, |i| format!("<img src=\"https://example.org/{i}.png\" width=1 height=1>"))
    }),
    ("a srcset", |n| format!("<img srcset=\"{}\">", repeat("https://example.org/a.png 1x, ", n))),
    ("an archive's spaces", |n| repeat("<p\u{a0}title=x>a\u{a0}b</p>", n)),
];

fn repeat(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes.div_ceil(unit.len()))
}

fn count(bytes: usize, make: impl Fn(usize) -> String) -> String {
    let mut out = String::with_capacity(bytes + 100);
    let mut i = 0;
    while out.len() < bytes {
        out.push_str(&make(i));
        i += 1;
    }
    out
}
