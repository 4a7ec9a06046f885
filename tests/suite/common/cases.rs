//! The hostile cases: `fixtures/hostile/*.toml`, read and, with `UPDATE=1`,
//! written.

use mailrinse::{
    Builder, Context, Finding, Hidden, Input, Limits, Remote, Rinser, RoomName, Shape,
};
use std::fmt::Write as _;
use std::path::PathBuf;
use toml::de::{DeTable, DeValue};

/// One file: a class of attacks.
pub struct File {
    /// Without its ending.
    pub name: String,
    pub about: String,
    pub cases: Vec<Case>,
}

#[derive(Clone, Default)]
pub struct Case {
    /// The file's name and the case's own: what a failure is known by.
    pub id: String,
    pub title: String,
    pub input: String,
    /// What stands in the wrapper of the fragment; the whole fragment where
    /// the wrapper is not just a wrapper; the whole document if `document`.
    pub expected: String,
    pub document: bool,
    /// Each character of the input is one byte, in no declared charset.
    pub bytes: bool,
    pub block: bool,
    pub drop: bool,
    pub base: Option<String>,
    pub depth: Option<usize>,
    /// Rules that are off.
    pub disable: Option<String>,
    /// The findings of policy, where they are asked for: rule, action, element.
    pub finds: Option<Vec<String>>,
}

impl Case {
    /// A rinser of this shape, with what the case asks for.
    pub fn builder(&self, shape: Shape) -> Builder {
        let mut builder = Rinser::builder().shape(shape);
        if self.block {
            builder = builder.remote(Remote::Block);
        }
        if self.drop {
            builder = builder.hidden(Hidden::Drop);
        }
        if let Some(glob) = &self.disable {
            builder = builder.disable(glob);
        }
        if let Some(depth) = self.depth {
            let mut limits = Limits::default();
            limits.depth = depth;
            builder = builder.limits(limits);
        }
        builder
    }

    /// What the builder depends on.
    pub fn options(&self) -> (bool, bool, Option<usize>, Option<String>) {
        (self.block, self.drop, self.depth, self.disable.clone())
    }

    /// The bytes of the input.
    pub fn source(&self) -> Vec<u8> {
        match self.bytes {
            true => self.input.chars().map(|c| u8::try_from(c).expect("a byte")).collect(),
            false => self.input.clone().into_bytes(),
        }
    }

    /// Rinses the case: the output, and the findings of policy in short.
    pub fn rinse(&self, rinser: &Rinser) -> Result<(Vec<u8>, Vec<String>), String> {
        let mut context = Context::default();
        context.base.clone_from(&self.base);
        let source = self.source();
        let input =
            if self.bytes { Input::from(&source) } else { Input::from(self.input.as_str()) };
        let rinsed = rinser.html(input, &context).map_err(|e| e.to_string())?;
        let of_policy = rinsed.findings.iter().filter(|f| f.room == RoomName::Policy);
        let short = |f: &Finding| format!("{} {} {}", f.rule, f.action.as_str(), f.element);
        Ok((rinsed.html.into_owned(), of_policy.map(short).collect()))
    }

    /// The case as it is now.
    pub fn now(&self, rinser: &Rinser) -> Case {
        let (expected, finds) = match self.rinse(rinser) {
            Ok((output, finds)) => (self.shown(&output), finds),
            Err(error) => (error, Vec::new()),
        };
        Case { expected, finds: self.finds.as_ref().map(|_| finds), ..self.clone() }
    }

    /// Whether another has the same outcome.
    pub fn agrees(&self, now: &Case) -> bool {
        self.expected == now.expected && self.finds == now.finds
    }

    /// The shape that `expected` shows.
    pub fn shape(&self) -> Shape {
        if self.document { Shape::Document } else { Shape::Fragment }
    }

    /// An output as `expected` shows it.
    pub fn shown(&self, output: &[u8]) -> String {
        let text = String::from_utf8_lossy(output).into_owned();
        let inner = text
            .strip_prefix("<div class=\"mailrinse\" style=\"overflow:auto;contain:content\">")
            .and_then(|rest| rest.strip_prefix("<div class=\"mailrinse-body\">"))
            .and_then(|rest| rest.strip_suffix("</div></div>\n"))
            // What begins so is a wrapper that is shown.
            .filter(|inner| !inner.starts_with("<div class=\"mailrinse"));
        if self.document { text } else { inner.map_or(text.clone(), str::to_owned) }
    }
}

fn folder() -> PathBuf {
    super::fixtures().join("hostile")
}

/// All files, in order of their names.
pub fn files() -> Vec<File> {
    let entries = std::fs::read_dir(folder()).expect("fixtures/hostile can be read");
    let mut names: Vec<String> = entries
        .filter_map(|e| e.ok()?.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    names.iter().map(|name| read(name)).collect()
}

/// All cases.
pub fn all() -> Vec<Case> {
    files().into_iter().flat_map(|file| file.cases).collect()
}

fn read(name: &str) -> File {
    let path = folder().join(format!("{name}.toml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
    let table = DeTable::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut file = File { name: name.to_owned(), about: String::new(), cases: Vec::new() };
    for (key, value) in table.get_ref() {
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("about", DeValue::String(about)) => file.about = about.to_string(),
            ("case", DeValue::Array(cases)) => {
                let table = |v: &DeValue<'_>| v.as_table().map(|table| case(name, table));
                file.cases.extend(cases.iter().filter_map(|value| table(value.get_ref())));
            }
            (key, _) => panic!("{name}: {key}"),
        }
    }
    assert!(!file.about.is_empty() && !file.cases.is_empty(), "{name} says nothing");
    file
}

fn case(file: &str, table: &DeTable<'_>) -> Case {
    let mut case = Case::default();
    for (key, value) in table {
        let key = key.get_ref().as_ref();
        match (key, value.get_ref()) {
            ("title", DeValue::String(text)) => case.title = text.to_string(),
            ("input", DeValue::String(text)) => case.input = text.to_string(),
            ("expected", DeValue::String(text)) => case.expected = text.to_string(),
            ("base", DeValue::String(text)) => case.base = Some(text.to_string()),
            ("disable", DeValue::String(text)) => case.disable = Some(text.to_string()),
            ("remote", DeValue::String(text)) if text == "block" => case.block = true,
            ("hidden", DeValue::String(text)) if text == "drop" => case.drop = true,
            ("document", DeValue::Boolean(yes)) => case.document = *yes,
            ("bytes", DeValue::Boolean(yes)) => case.bytes = *yes,
            ("finds", DeValue::Array(finds)) => {
                let text = |v: &toml::Spanned<DeValue<'_>>| v.get_ref().as_str().map(str::to_owned);
                case.finds = Some(finds.iter().filter_map(text).collect());
            }
            ("depth", DeValue::Integer(n)) => case.depth = n.as_str().parse().ok(),
            _ => panic!("{file}: {}: {key}", case.title),
        }
    }
    case.id = format!("{file}: {}", case.title);
    case
}

/// Writes a file as it is read.
pub fn write(file: &File) {
    let mut out = format!("about = {}\n", quoted(&file.about));
    for case in &file.cases {
        let _ = write!(out, "\n[[case]]\ntitle = {}\n", quoted(&case.title));
        let words = [
            case.document.then(|| "document = true".to_owned()),
            case.bytes.then(|| "bytes = true".to_owned()),
            case.block.then(|| "remote = 'block'".to_owned()),
            case.drop.then(|| "hidden = 'drop'".to_owned()),
            case.depth.map(|depth| format!("depth = {depth}")),
            case.disable.as_ref().map(|glob| format!("disable = {}", quoted(glob))),
            case.base.as_ref().map(|base| format!("base = {}", quoted(base))),
        ];
        for word in words.into_iter().flatten() {
            let _ = writeln!(out, "{word}");
        }
        let _ = writeln!(out, "input = {}", quoted(&case.input));
        let _ = writeln!(out, "expected = {}", quoted(&case.expected));
        if let Some(finds) = &case.finds {
            let finds: Vec<String> = finds.iter().map(|text| quoted(text)).collect();
            let _ = writeln!(out, "finds = [{}]", finds.join(", "));
        }
    }
    let path = folder().join(format!("{}.toml", file.name));
    std::fs::write(&path, out).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

/// A TOML string, as it is where it can be read so.
fn quoted(text: &str) -> String {
    let seen = |c: char| matches!(u32::from(c), 0x20..=0x7e | 0xa1..=0xac | 0xae..=0x1fff | 0x3000..=0xd7ff);
    let lines = text.contains('\n');
    if text.chars().all(|c| seen(c) || c == '\n') {
        if !lines && !text.contains('\'') {
            return format!("'{text}'");
        }
        if !text.contains("'''") && !text.ends_with('\'') {
            return format!("'''{}{text}'''", if lines { "\n" } else { "" });
        }
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            c if seen(c) => write!(out, "{c}"),
            c if u32::from(c) < 0x1_0000 => write!(out, "\\u{:04X}", u32::from(c)),
            c => write!(out, "\\U{:08X}", u32::from(c)),
        };
    }
    out.push('"');
    out
}
