//! A page that shows a mail as web mail should: the rinsed document in a frame
//! that may run nothing, under a policy that lets pictures load at most.
//!
//! ```text
//! cargo run --example webmail -- mail.html > page.html
//! ```

use mailrinse::{Context, Remote, Rinser};
use std::{env, error::Error, fs};

/// What the page may do: show its own frame, its one style and pictures. The
/// frame inherits it.
const POLICY: &str = "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; \
                      frame-src 'self'; base-uri 'none'; form-action 'none'";

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: webmail MAIL.html")?;
    let mail = fs::read(&path)?;
    println!("{}", page(&mail)?);
    Ok(())
}

/// The page around a mail.
fn page(mail: &[u8]) -> Result<String, Box<dyn Error>> {
    // Pictures come when the reader asks for them: then with `Remote::Keep`.
    let rinser = Rinser::builder().remote(Remote::Block).build()?;
    let rinsed = rinser.html(mail, &Context::default())?;
    let blocked = rinsed.findings.iter().filter(|f| f.rule == "policy.remote.blocked").count();
    let document = String::from_utf8(rinsed.html.into_owned())?;
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>Mail</title><style>iframe {{ width: 100%; height: 80vh; border: 0 }}</style>\n\
         </head><body>\n<p>{blocked} pictures are not shown.</p>\n\
         <iframe title=\"Message\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" \
         referrerpolicy=\"no-referrer\" srcdoc=\"{}\"></iframe>\n</body></html>",
        attribute(&document)
    ))
}

/// Text as the value of an attribute in double quotes.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn the_mail_cannot_leave_its_frame() {
        let mail = b"<p title='\"></iframe><script>alert(1)</script>'>Hi</p><script>x()</script>\
                     <img src='https://example.org/a.png' alt='A'>";
        let page = page(mail).expect("within the limits");
        assert_eq!(page.matches("<iframe").count(), 1);
        assert!(page.contains("sandbox=") && !page.contains("allow-scripts"));
        assert!(!page.contains("<script") && !page.contains("example.org/a.png"));
        assert!(page.contains("1 pictures are not shown"));
    }
}
