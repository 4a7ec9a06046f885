//! The whole command, as a pipe starts it: what a mail costs with start-up, and
//! that attachments are passed by.

use std::path::Path;

use crate::Failure;
use crate::check::counted;

/// Built with these benches, so with what the tests' dependencies switch on in
/// others: it has more to load than what users build.
pub(crate) const BUILT: &str = env!("CARGO_BIN_EXE_mailrinse");
const SEED: &str = "fixtures/html/icann-marketo/input.html";
/// Of base64, in bytes. The figure does not depend on it.
const ATTACHMENT: usize = 3_000_000;
/// Instructions for each byte of an attachment: read, looked through for
/// boundaries, copied, written.
const MOST: f64 = 2.0;

pub(crate) fn check(command: &str) -> Result<(), Failure> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = |name: &str, attachment: &str| -> Result<String, Failure> {
        let path = folder.join(name);
        std::fs::write(&path, message(attachment))?;
        Ok(path.display().to_string())
    };
    let line = format!("{}\r\n", "QUJD".repeat(19));
    let (small, large) =
        (file("small.eml", &line)?, file("large.eml", &line.repeat(ATTACHMENT / line.len()))?);
    let seed = counted(command.as_ref(), &[SEED])?;
    // Of messages the machine's settings would count too.
    let run = |file: &str| counted(command.as_ref(), &["--no-config", file]);
    let (small, large) = (run(&small)?, run(&large)?);
    let each = large.saturating_sub(small) as f64 / (ATTACHMENT - line.len()) as f64;
    println!("the whole command: the seed {seed}, a message of two lines {small} instructions");
    println!("an attachment: {each:.2} instructions per byte");
    if each > MOST {
        return Err(
            format!("an attachment costs {each:.2} instructions per byte, not {MOST}").into()
        );
    }
    Ok(())
}

fn message(attachment: &str) -> String {
    format!(
        "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/html\r\n\r\n<p><img src=\"https://t.example/open\" width=1 height=1>Hi\r\n\
         --b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{attachment}--b--\r\n"
    )
}
