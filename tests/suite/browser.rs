//! What Chromium makes of it: the rinsed seed runs no script and asks for its
//! eight images only, the line with the Content-Security-Policy taken out, and
//! axe-core finds nothing serious in it; what declarations stay mean what they
//! meant. Hostile markup is `crowd.rs`'s. Skipped in one line where node, Chromium or `node_modules` is missing, unless
//! `MAILRINSE_BROWSER=1` (set by `make test`) says that they must be there.

use crate::common;
use mailrinse::{Map, Rinser, Shape};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// Chromium's results by the jobs' ids; `None` where there is no Chromium.
pub fn run(name: &str, jobs: &[Value]) -> Option<Value> {
    let must = std::env::var_os("MAILRINSE_BROWSER").is_some_and(|v| v == "1");
    let missing = |what: &str| {
        assert!(!must, "MAILRINSE_BROWSER=1, but {what}");
        println!("not shown in Chromium: {what}");
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.json"));
    let job = json!({ "jobs": jobs }).to_string();
    std::fs::write(&file, job).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let output = match Command::new("node")
        .arg(folder.join("run.mjs"))
        .arg(&file)
        .args(["--limit", "900"])
        .output()
    {
        Ok(output) => output,
        Err(error) => {
            missing(&format!("node cannot be run: {error}"));
            return None;
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {
            let results: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            Some(results["results"].clone())
        }
        Some(3) => {
            missing(said.trim());
            None
        }
        code => panic!("the browser harness: {code:?}: {said}"),
    }
}

/// The entries of a list of a result.
fn list<'v>(result: &'v Value, variant: &str, name: &str) -> &'v [Value] {
    let list = result[variant][name].as_array();
    list.unwrap_or_else(|| panic!("{variant}.{name} is missing: {result}"))
}

const QUIET: &[&str] = &["scripts", "navigations", "armed"];

#[test]
fn the_seed() {
    let rinsed = |shape| {
        let rinser = common::build(Rinser::builder().shape(shape));
        common::text(&common::rinse(&rinser, &common::input("icann-marketo")).html)
    };
    let (document, fragment) = (rinsed(Shape::Document), rinsed(Shape::Fragment));
    let map = common::fixtures().join("maps/icann.toml");
    let map = Map::parse("icann.toml", &std::fs::read_to_string(map).expect("the map is there"));
    let rinser = common::build(Rinser::builder().map(map.unwrap_or_else(|e| panic!("{e}"))));
    let mapped = common::text(&common::rinse(&rinser, &common::input("icann-marketo")).html);
    let jobs = [
        json!({ "id": "axtree", "kind": "axtree", "html": mapped }),
        json!({ "id": "requests", "kind": "requests", "html": document }),
        json!({ "id": "fragment", "kind": "requests", "html": fragment, "variants": ["innerhtml"] }),
        json!({ "id": "axe", "kind": "axe", "html": document }),
        json!({ "id": "words", "kind": "words", "html": document }),
    ];
    let Some(results) = run("seed", &jobs) else { return };
    announced(results["axtree"]["tree"].as_str().unwrap_or_default());

    assert_eq!(results["requests"]["csp_removed"], 1, "{}", results["requests"]);
    for (job, variant) in [
        ("requests", "document"),
        ("requests", "innerhtml"),
        ("requests", "srcdoc"),
        ("fragment", "innerhtml"),
    ] {
        let result = &results[job];
        let requests = list(result, variant, "requests");
        assert_eq!(requests.len(), 8, "{job} {variant}: {requests:?}");
        for request in requests {
            let url = request["url"].as_str().unwrap_or_default();
            let known = url.starts_with("https://info.icann.org/rs/529-CRE-717/images/");
            assert!(known && request["type"] == "image", "{job} {variant}: {request}");
        }
        for name in QUIET {
            assert!(list(result, variant, name).is_empty(), "{job} {variant} {name}: {result}");
        }
    }

    let counts = &results["axe"]["counts"];
    let found = &results["axe"]["violations"];
    assert!(counts["critical"] == 0 && counts["serious"] == 0, "{counts}: {found:#}");

    let words = &results["words"];
    assert_eq!(words["mains"], 1);
    assert_eq!(words["links"].as_array().map(Vec::len), Some(17), "{:#}", words["links"]);
    let names: Vec<&str> = words["links"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|link| link["name"].as_str())
        .collect();
    for name in ["Twitter", "Facebook", "Instagram", "Linkedin", "YouTube"] {
        assert!(names.contains(&name), "{name} is not announced: {names:?}");
    }
    let images = words["images"].as_array().map(Vec::len);
    assert_eq!(images, Some(8), "{:#}", words["images"]);
}

/// What a screen reader has to go by: in order, one data table, every link and
/// image named, and no wrapper's address but the protected link's own.
fn announced(tree: &str) {
    let of = |role: &str| -> Vec<&str> {
        let lines = tree.lines().map(str::trim_start);
        lines.filter(|line| line.split(' ').next() == Some(role)).collect()
    };
    assert_eq!(of("table").len(), 1, "{tree}");
    assert!(of("row").len() >= 5 && of("cell").len() >= 10, "{tree}");
    assert_eq!((of("link").len(), of("main").len()), (17, 1), "{tree}");
    for line in of("link").iter().chain(&of("image")) {
        assert!(line.contains(" \""), "without a name: {line}\n{tree}");
    }
    let wrapped: Vec<&str> = tree.lines().filter(|l| l.contains("newsalerts.icann.org")).collect();
    assert!(matches!(wrapped[..], [line] if line.contains("link \"Unsubscribe\"")), "{wrapped:#?}");
    let file = common::fixtures().join("access/icann-marketo.axtree");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, tree).expect("fixtures can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(tree, expected, "UPDATE=1 writes what is now, for review");
}

/// Declarations as mail has them, and as mail may come to have them: what is
/// left of a style means the same to the browser, property by property.
#[test]
fn declarations_mean_the_same() {
    let inline: String =
        DECLARATIONS.iter().map(|style| format!("<p style='{style}'>word</p>")).collect();
    let ruled: String = (0..DECLARATIONS.len())
        .map(|at| format!("<p class=\"c{at} d\" id=\"i{at}\">word</p>"))
        .collect();
    let rules: String = DECLARATIONS
        .iter()
        .enumerate()
        .map(|(at, style)| match at % 3 {
            0 => format!(".c{at}{{{style}}}"),
            1 => format!("#i{at}.d{{{style}}}"),
            _ => format!("@media (min-width:10px){{body p.c{at}{{{style}}}}}"),
        })
        .collect();
    let pages = [
        format!("<!doctype html><body>{inline}"),
        format!("<!doctype html><style>p.d{{margin:3px}}{rules}</style><body>{ruled}"),
    ];
    // Access may change colours; that is another question.
    let mut jobs = Vec::new();
    for (at, page) in pages.iter().enumerate() {
        let rinser = common::build(Rinser::builder().disable("access.*"));
        let other = common::text(&common::rinse(&rinser, page.as_bytes()).html);
        jobs.push(json!({ "id": format!("{at}"), "kind": "styles", "html": page, "other": other }));
    }
    let Some(results) = run("styles", &jobs) else { return };
    for at in 0..pages.len() {
        let result = &results[format!("{at}")];
        assert_eq!(result["elements"], DECLARATIONS.len(), "{result}");
        assert_eq!(result["others"], DECLARATIONS.len(), "{result}");
        let different = result["different"].as_array().expect("a list");
        for it in different {
            let style = it["at"].as_u64().map_or("", |at| DECLARATIONS[at as usize]);
            println!("{style}: {it}");
        }
        assert!(different.is_empty(), "{} properties differ", different.len());
    }
}

const DECLARATIONS: &[&str] = &[
    "color:#333;font:bold 16px/1.5 \"Helvetica Neue\",Helvetica,Arial,sans-serif",
    "font-family:\"Segoe UI\", Tahoma, Geneva, Verdana, sans-serif;font-size:1.1em",
    "font-family:Times New Roman, serif;font-style:italic;font-variant:small-caps",
    "font:italic small-caps 700 condensed 1.2rem/2 Georgia,\"Times New Roman\",serif",
    "background:linear-gradient(to right, rgba(1,2,3,.5), rgb(10 20 30 / 40%) 50%, #fff8)",
    "background:linear-gradient(45deg,hsla(120,50%,50%,.3) 0%,transparent 60%),#eee",
    "background-image:radial-gradient(circle at 30% 40%, red 0%, rgba(0,0,255,.25) 70%)",
    "background-image:repeating-linear-gradient(90deg,#000 0 2px,#fff 2px 4px)",
    "background-image:conic-gradient(from 45deg at 50% 50%, red, yellow, green)",
    "background:#123456 linear-gradient(red,blue) no-repeat center / 50% auto",
    "background-color:rgba(255,255,255,0.87);background-position:10px 20px",
    "width:calc(100% - (2 * (3px + 4%)))",
    "width:calc( (100% - 20px) / 3 );min-width:calc(1px + (2px * 3))",
    "max-width:min(600px, 100%);padding:max(1px, 0.5em) clamp(1px, 2vw, 30px)",
    "width:calc(600px - 5em + 2.5%);height:calc(-1 * -20px)",
    "margin:0 auto!important;padding:10px 20px 30px",
    "color:red!important;color:blue",
    "margin:1px 2px 3px 4px;margin-left:auto",
    "border:1px solid rgba(0,0,0,.12);border-radius:4px 8px / 2px 6px",
    "border-top:2px dashed #abc;border-width:thin medium 3px;border-color:red transparent",
    "border-collapse:collapse;border-spacing:0 2px",
    "box-shadow:0 1px 3px rgba(0,0,0,.12),inset 0 0 0 1px hsl(200 50% 50%)",
    "text-shadow:1px 1px 2px rgba(0,0,0,.5);letter-spacing:-.02em;word-spacing:2px",
    "text-decoration:underline dotted red 2px;text-underline-offset:3px",
    "color:hsl(210deg 50% 40% / 80%);background-color:hwb(120 10% 20%)",
    "color:oklch(60% 0.15 50);background-color:oklab(59% 0.1 0.1 / .5)",
    "color:lab(50% 40 59.5);background-color:lch(52.2% 72.2 50)",
    "color:light-dark(#111,#eee);color-scheme:light dark",
    "color:ReD;BACKGROUND-COLOR:#FFF;Font-Size:LARGE",
    "color:#abcd;background:#12345678",
    "line-height:1.4;text-align:justify;text-indent:2em;text-transform:uppercase",
    "vertical-align:middle;white-space:pre-wrap;word-break:break-word;overflow-wrap:anywhere",
    "display:inline-block;float:left;clear:both;overflow:hidden;visibility:visible",
    "display:flex;flex:1 1 200px;flex-flow:row wrap;gap:4px 8px;align-items:center",
    "justify-content:space-between;align-self:flex-end;flex-grow:2",
    "list-style:square inside;list-style-type:lower-roman",
    "font-size:12pt;margin:1in 2cm 3mm 4pc;padding:1ex 2ch 1rem",
    "opacity:.75;outline:1px dotted #ccc;outline-offset:2px",
    "width:50%;max-width:100%;height:auto;min-height:1e2px",
    "font-weight:600;font-stretch:75%;font-feature-settings:normal",
    "direction:rtl;unicode-bidi:embed;text-align:start",
    "table-layout:fixed;caption-side:bottom;empty-cells:hide",
    "c\\6flor:gr\\65 en;\\77idth:10px",
    "color/**/:/**/rgb(/**/1,2,3)/**/;/* x */width:1px",
    "page-break-inside:avoid;orphans:3;widows:2;break-after:auto",
    "object-fit:cover;object-position:10% 20%;aspect-ratio:16/9",
    "margin-inline:1px 2px;padding-block:3px;inline-size:100px;border-inline-start:1px solid",
    "tab-size:4;hyphens:manual;text-overflow:ellipsis;writing-mode:horizontal-tb",
    "width:10px;width:foo(1px);height:20px;height:",
    "color:rgb(100%,0%,50%);background-color:rgb(1.5 2.5 3.5 / .5)",
    "transform:none;background:none transparent;color:inherit;padding:initial",
    "box-shadow:0 1px 2px rgb(200,200,200);text-shadow:0 1px #fff,1px 0 hsl(300,50%,50%)",
    "cursor:pointer;accent-color:red;text-size-adjust:100%",
    "font-family:\"Caf\u{e9}\",\"a b\";letter-spacing:normal",
    "margin:+1px -2px .5px -.25em;line-height:+1.5",
    "background-size:cover,10px 20px;background-repeat:repeat-x;background-clip:padding-box",
];
