//! Prints the built-in rules as static tables, so that starting costs nothing.
//! A bad rule fails the build, with file, line and id.

#[path = "src/rules/access_format.rs"]
mod access_format;
#[path = "src/rules/format.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod format;
#[path = "src/html.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod html;
#[path = "src/rules/index.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod index;
#[path = "src/packed.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod packed;
#[path = "src/rules/parse.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod parse;
#[path = "src/rules/policy_format.rs"]
mod policy_format;
#[path = "src/rules/reader.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod reader;
#[path = "src/rules/text.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod text;
#[path = "src/rules/version.rs"]
mod version;
#[path = "src/rules/weights_format.rs"]
mod weights_format;
#[path = "src/rules/words.rs"]
#[allow(dead_code, reason = "shared with the library")]
mod words;
/// What is printed here is in nothing yet.
mod printed {
    pub static TEXT: &str = "";
}

use format::{
    Class, Decoder, Does, Host, Names, Pat, Protected, Provider, Redirect, Rule, Seq, Standing,
    Step, Str, Table, Take, Target, Tok,
};
use index::{AnyHost, Index, Key};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, process};
use words::Words;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/html.rs");
    println!("cargo::rerun-if-changed=src/packed.rs");
    println!("cargo::rerun-if-changed=src/rules/access_format.rs");
    println!("cargo::rerun-if-changed=src/rules/format.rs");
    println!("cargo::rerun-if-changed=src/rules/index.rs");
    println!("cargo::rerun-if-changed=src/rules/parse.rs");
    println!("cargo::rerun-if-changed=src/rules/policy_format.rs");
    println!("cargo::rerun-if-changed=src/rules/reader.rs");
    println!("cargo::rerun-if-changed=src/rules/text.rs");
    println!("cargo::rerun-if-changed=src/rules/version.rs");
    println!("cargo::rerun-if-changed=src/rules/weights_format.rs");
    println!("cargo::rerun-if-changed=src/rules/words.rs");
    println!("cargo::rerun-if-changed=rules");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("rules.rs"), rules()).expect("OUT_DIR can be written");
    let text = TEXTS.with_borrow(|texts| format!("pub static TEXT: &str = {:?};\n", texts.all));
    fs::write(out.join("text.rs"), text).expect("OUT_DIR can be written");
    fs::write(out.join("policy.rs"), policy()).expect("OUT_DIR can be written");
    fs::write(out.join("access.rs"), access()).expect("OUT_DIR can be written");
    fs::write(out.join("weights.rs"), weights()).expect("OUT_DIR can be written");
    fs::write(out.join("files.rs"), files()).expect("OUT_DIR can be written");
}

/// Prints the texts of those rule files that one may write oneself, for lists
/// and for `rules show`, and the version of this set of rules.
fn files() -> String {
    let (mut version, mut texts) = (version::Version::EMPTY, String::new());
    for dir in ["rules", "rules/providers"] {
        let mut paths: Vec<PathBuf> = fs::read_dir(dir)
            .unwrap_or_else(|e| fail(&format!("{dir}: {e}")))
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .collect();
        paths.sort();
        for path in paths {
            let shown = path.display();
            let text = fs::read_to_string(&path).unwrap_or_else(|e| fail(&format!("{shown}: {e}")));
            let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
            if dir != "rules" || name == "generic" {
                version = version.with(name, &text);
                let _ = write!(texts, "({name:?}, {text:?}),");
            }
        }
    }
    format!(
        "pub const VERSION: Version = Version({:#x});\n\
         pub static FILES: &[(&str, &str)] = &[{texts}];\n",
        version.0
    )
}

/// Reads `rules/access.toml` and prints it.
fn access() -> String {
    let path = "rules/access.toml";
    let text = fs::read_to_string(path).unwrap_or_else(|e| fail(&format!("{path}: {e}")));
    access_format::generate(&text).unwrap_or_else(|bad| fail(&format!("{path}:{bad}")))
}

/// Reads `rules/trackers.toml` and prints it.
fn weights() -> String {
    let path = "rules/trackers.toml";
    let text = fs::read_to_string(path).unwrap_or_else(|e| fail(&format!("{path}: {e}")));
    weights_format::generate(&text).unwrap_or_else(|bad| fail(&format!("{path}:{bad}")))
}

/// Reads `rules/policy.toml` and prints it.
fn policy() -> String {
    let path = "rules/policy.toml";
    let text = fs::read_to_string(path).unwrap_or_else(|e| fail(&format!("{path}: {e}")));
    policy_format::generate(&text).unwrap_or_else(|bad| fail(&format!("{path}:{bad}")))
}

/// Reads `rules/providers/*.toml` and `rules/generic.toml` and prints them.
fn rules() -> String {
    let mut paths: Vec<PathBuf> = fs::read_dir("rules/providers")
        .unwrap_or_else(|e| fail(&format!("rules/providers: {e}")))
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    paths.push("rules/generic.toml".into());
    let mut files = Vec::new();
    for (i, path) in paths.iter().enumerate() {
        let shown = path.display();
        let text = fs::read_to_string(path).unwrap_or_else(|e| fail(&format!("{shown}: {e}")));
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        let file = reader::read(name, &text, i as u16, |_| Ok(()))
            .unwrap_or_else(|bad| fail(&format!("{shown}:{bad}")));
        complete(path, &file);
        files.push(file);
    }
    let (table, _) = format::table(files);
    for rule in table.rules.iter() {
        if table.rules.iter().filter(|r| r.id == rule.id).count() > 1 {
            fail(&format!("the id {} is there twice", rule.id));
        }
    }
    format!("pub static TABLE: Table = {};\n", table.text())
}

/// What a built-in file needs beyond what a user's does.
fn complete(path: &Path, file: &format::File) {
    let shown = path.display();
    if file.provider.source.is_empty() || file.provider.about.is_empty() {
        fail(&format!("{shown}:1: a built-in file says about and source"));
    }
    for rule in &file.rules {
        if !file.examples.iter().any(|e| e.finds.contains(&rule.id)) {
            fail(&format!("{shown}: {}: no example finds it", rule.id));
        }
    }
    if !file.examples.iter().any(|e| e.finds.is_empty()) {
        fail(&format!("{shown}: no near miss among the examples"));
    }
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    println!("cargo::error={message}");
    process::exit(1);
}

/// A value as Rust text.
trait Text {
    fn text(&self) -> String;
}

/// The texts that were printed, each once, one behind the other.
#[derive(Default)]
struct Texts {
    all: String,
    places: HashMap<String, usize>,
}

thread_local! {
    static TEXTS: RefCell<Texts> = RefCell::default();
}

impl Text for Str {
    fn text(&self) -> String {
        let at = TEXTS.with_borrow_mut(|Texts { all, places }| {
            *places.entry(self.to_string()).or_insert_with(|| {
                all.push_str(self);
                all.len() - self.len()
            })
        });
        format!("Still({at},{})", u16::try_from(self.len()).expect("a text of a rule is short"))
    }
}
impl Text for u16 {
    fn text(&self) -> String {
        self.to_string()
    }
}
impl Text for u64 {
    fn text(&self) -> String {
        self.to_string()
    }
}
impl<T: Text> Text for Seq<T> {
    fn text(&self) -> String {
        let mut out = String::from("Seq::Still(&[");
        for item in self.iter() {
            let _ = write!(out, "{},", item.text());
        }
        out + "])"
    }
}
impl<T: Text> Text for Option<T> {
    fn text(&self) -> String {
        match self {
            Some(value) => format!("Some({})", value.text()),
            None => "None".into(),
        }
    }
}
impl<A: Text, B: Text> Text for (A, B) {
    fn text(&self) -> String {
        format!("({},{})", self.0.text(), self.1.text())
    }
}
impl Text for Class {
    fn text(&self) -> String {
        format!("Class::{self:?}")
    }
}
impl Text for Tok {
    fn text(&self) -> String {
        match self {
            Tok::Lit(s) => format!("Tok::Lit({})", s.text()),
            Tok::Star => "Tok::Star".into(),
            Tok::Run(class, min, max) => format!("Tok::Run({},{min},{max})", class.text()),
        }
    }
}
impl Text for Pat {
    fn text(&self) -> String {
        format!("Pat({})", self.0.text())
    }
}
impl Text for Host {
    fn text(&self) -> String {
        match self {
            Host::Any => "Host::Any".into(),
            Host::Exact(s) => format!("Host::Exact({})", s.text()),
            Host::Under(s) => format!("Host::Under({})", s.text()),
            Host::Tld(s) => format!("Host::Tld({})", s.text()),
            Host::Glob(s) => format!("Host::Glob({})", s.text()),
        }
    }
}
impl Text for Take {
    fn text(&self) -> String {
        match self {
            Take::Query(s) => format!("Take::Query({})", s.text()),
            Take::Rest(s) => format!("Take::Rest({})", s.text()),
            Take::Segment(n) => format!("Take::Segment({n})"),
            Take::After(s) => format!("Take::After({})", s.text()),
            Take::Tail(s) => format!("Take::Tail({})", s.text()),
            Take::Fragment => "Take::Fragment".into(),
            Take::WholeQuery => "Take::WholeQuery".into(),
        }
    }
}
impl Text for Step {
    fn text(&self) -> String {
        match self {
            Step::Percent => "Step::Percent".into(),
            Step::Base64 => "Step::Base64".into(),
            Step::Hex => "Step::Hex".into(),
            Step::Zlib => "Step::Zlib".into(),
            Step::Slashes => "Step::Slashes".into(),
            Step::Json(s) => format!("Step::Json({})", s.text()),
            Step::Query(s) => format!("Step::Query({})", s.text()),
            Step::Prefix(s) => format!("Step::Prefix({})", s.text()),
            Step::Strip(s) => format!("Step::Strip({})", s.text()),
            Step::Drop(s) => format!("Step::Drop({})", s.text()),
            Step::Replace(a, b) => format!("Step::Replace({},{})", a.text(), b.text()),
            Step::Until(s) => format!("Step::Until({})", s.text()),
            Step::UntilLast(s) => format!("Step::UntilLast({})", s.text()),
            Step::After(s) => format!("Step::After({})", s.text()),
            Step::Before(s) => format!("Step::Before({})", s.text()),
            Step::Part(s, n) => format!("Step::Part({},{n})", s.text()),
        }
    }
}
impl Text for Decoder {
    fn text(&self) -> String {
        format!("Decoder::{self:?}")
    }
}
impl Text for Target {
    fn text(&self) -> String {
        match self {
            Target::Opaque => "Target::Opaque".into(),
            Target::Steps(a, b) => format!("Target::Steps({},{})", a.text(), b.text()),
            Target::Decoder(d) => format!("Target::Decoder({})", d.text()),
        }
    }
}
impl Text for Redirect {
    fn text(&self) -> String {
        let Redirect { gateway, schemes, target, hint } = self;
        format!(
            "Redirect{{gateway:{gateway},schemes:{},target:{},hint:{}}}",
            schemes.text(),
            target.text(),
            hint.text()
        )
    }
}
impl Text for Does {
    fn text(&self) -> String {
        match self {
            Does::Pixel => "Does::Pixel".into(),
            Does::Redirect(r) => format!("Does::Redirect({})", r.text()),
            Does::Param { names, value, sign } => {
                format!("Does::Param{{names:{},value:{},sign:{sign}}}", names.text(), value.text())
            }
        }
    }
}
impl Text for Rule {
    fn text(&self) -> String {
        let Rule {
            id,
            provider,
            about,
            vendor,
            host,
            path,
            query,
            whole_query,
            except_host,
            except_path,
            except_query,
            regex,
            beside,
            tentative,
            off,
            does,
        } = self;
        format!(
            "Rule{{id:{},provider:{provider},about:{},vendor:{},host:{},path:{},query:{},\
             whole_query:{},except_host:{},except_path:{},except_query:{},regex:{},\
             beside:{beside},tentative:{tentative},off:{off},does:{}}}",
            id.text(),
            about.text(),
            vendor.text(),
            host.text(),
            path.text(),
            query.text(),
            whole_query.text(),
            except_host.text(),
            except_path.text(),
            except_query.text(),
            regex.text(),
            does.text()
        )
    }
}
impl Text for Provider {
    fn text(&self) -> String {
        let Provider { name, vendor, about, source } = self;
        format!(
            "Provider{{name:{},vendor:{},about:{},source:{}}}",
            name.text(),
            vendor.text(),
            about.text(),
            source.text()
        )
    }
}
impl Text for Key {
    fn text(&self) -> String {
        let Key { hash, host, under, rule } = self;
        format!("Key{{hash:{hash},host:{},under:{under},rule:{rule}}}", host.text())
    }
}
impl Text for AnyHost {
    fn text(&self) -> String {
        let AnyHost { rule, names, asks, least } = self;
        format!("AnyHost{{rule:{rule},names:{names},asks:{asks},least:{least}}}")
    }
}
impl Text for Names {
    fn text(&self) -> String {
        format!("Names{{whole:{},some:{}}}", self.whole.text(), self.some.text())
    }
}
impl Text for Words {
    fn text(&self) -> String {
        let Words { list, starts, grams, step } = self;
        let (list, starts, grams) = (list.text(), starts.text(), grams.text());
        format!("Words{{list:{list},starts:{starts},grams:{grams},step:{step}}}")
    }
}
impl Text for Index {
    fn text(&self) -> String {
        let Index { keys, hosts, any, rows } = self;
        let (keys, hosts, any, rows) = (keys.text(), hosts.text(), any.text(), rows.text());
        format!("Index{{keys:{keys},hosts:{hosts},any:{any},rows:{rows}}}")
    }
}
impl Text for Protected {
    fn text(&self) -> String {
        let Protected { text, text_start, url, segment, signed, view, view_text } = self;
        format!(
            "Protected{{text:{},text_start:{},url:{},segment:{},signed:{},view:{},view_text:{}}}",
            text.text(),
            text_start.text(),
            url.text(),
            segment.text(),
            signed.text(),
            view.text(),
            view_text.text()
        )
    }
}
impl Text for Standing {
    fn text(&self) -> String {
        let Standing { id, provider, host, text, alt, to, hosts, line } = self;
        format!(
            "Standing{{id:{},provider:{provider},host:{},text:{},alt:{},to:{},hosts:{},line:{line}}}",
            id.text(),
            host.text(),
            text.text(),
            alt.text(),
            to.text(),
            hosts.text()
        )
    }
}
impl Text for Table {
    fn text(&self) -> String {
        let Table { providers, rules, pixels, redirects, params, signs, book, protected } = self;
        format!(
            "Table{{providers:{},\nrules:{},\npixels:{},redirects:{},params:{},signs:{},book:{},\
             protected:{}}}",
            providers.text(),
            rules.text(),
            pixels.text(),
            redirects.text(),
            params.text(),
            signs.text(),
            book.text(),
            protected.text()
        )
    }
}
