//! Teaches mailrinse a sender of one's own: a rule file is all it takes. This
//! one is written to a temporary folder; `mailrinse --rules DIR` reads the
//! same files.
//!
//!     cargo run --example own_rules

use mailrinse::{Context, Rinser, Shape};

const RULES: &str = r#"
format = 1
vendor = "Acme Mail"
about  = "Acme Mail: open pixel and click wrapper."
source = ["https://acme.example/docs"]

[[pixel]]
id    = "open"
about = "Tells that the mail was opened."
host  = "*.acme.example"
path  = "/o/*"

[[redirect]]
id    = "click"
about = "The target is a parameter."
host  = "*.acme.example"
path  = "/c"
take  = "query:to"
then  = ["percent"]

[[example]]
url   = "https://t.acme.example/o/x1"
finds = ["trackers.acme.open"]

[[example]]
url     = "https://t.acme.example/c?to=https%3A%2F%2Fexample.com%2F"
becomes = "https://example.com/"
finds   = ["links.acme.click"]
"#;

const MAIL: &str = r#"<p><a href="https://t.acme.example/c?to=https%3A%2F%2Fexample.com%2Fnews">News</a>
<img src="https://t.acme.example/o/x1" width="1" height="1"></p>"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::temp_dir().join(format!("mailrinse-own-rules-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    std::fs::write(dir.join("acme.toml"), RULES)?;
    let rinser = Rinser::builder().shape(Shape::Fragment).rules(&dir).build();
    std::fs::remove_dir_all(&dir)?;

    let rinsed = rinser?.html(MAIL, &Context::default())?;
    print!("{}", String::from_utf8_lossy(&rinsed.html));
    for finding in &rinsed.findings {
        eprintln!("{}", finding.rule);
    }
    Ok(())
}
