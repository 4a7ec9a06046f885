//! Runs the examples of rule files that are about a single URL.

use super::format::{Example, Input};
use super::{Rules, Vendors};
use crate::context::Context;
use crate::rooms::Switches;
use crate::rooms::links::{Links, Map, Only, Verdict};
use crate::web::Parts;

/// What is wrong with an example about a URL. (One about HTML asks for a whole
/// rinse: `check.rs`.)
pub(crate) fn run(rules: &Rules, example: &Example) -> Option<String> {
    let Input::Url(url) = &example.input else { return None };
    let (finds, verdict) = outcome(rules, example, url, &[]);
    let becomes = example.becomes.as_deref().unwrap_or(url);
    if finds != example.finds {
        Some(format!("{url} finds {finds:?}, not {:?}", example.finds))
    } else if verdict.url != becomes {
        Some(format!("{url} becomes {:?}, not {becomes:?}", verdict.url))
    } else if example.verdict.as_ref().is_some_and(|v| *v != verdict.word()) {
        Some(format!("{url} is {}", verdict.word()))
    } else {
        None
    }
}

/// What the rules find and make of an example's URL, without those of `off`.
fn outcome(rules: &Rules, example: &Example, url: &str, off: &[String]) -> (Vec<String>, Verdict) {
    let mut vendors = Vendors::default();
    for beside in &example.beside {
        rules.sign(beside, &mut vendors);
    }
    // Rules that are off by themselves are asked for by their examples.
    let on = example.finds.iter().map(|id| id.to_string()).collect();
    let on = Switches { on, off: off.to_vec() };
    let links = Links::new(rules.clone(), Map::default());
    let mut verdict = links.judge(url, &Context::default(), &on, &vendors, Only::Both);
    if verdict.opaque
        && let Some(wrapper) = Parts::parse(&verdict.url)
        && let Some(standing) = links.standing(&verdict, wrapper.host(), &example.text, "", &on)
    {
        verdict = standing;
    }
    let mut finds = Vec::new();
    if let Some(hit) =
        Parts::parse(url).and_then(|parts| Some(rules.pixel(&parts, &on)?.id.to_string()))
    {
        finds.push(hit);
    }
    finds.extend(verdict.finds());
    (finds, verdict)
}

#[cfg(test)]
mod tests {
    use super::super::{format, load, reader, regex};
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn files() -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir("rules/providers")
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .collect();
        files.sort();
        files.push("rules/generic.toml".into());
        files
    }

    /// The built-in files, read at run time.
    fn loaded() -> (Rules, format::Examples) {
        let (table, examples) = load::files(&files()).unwrap();
        (Rules::of(Some(table), None), examples)
    }

    #[test]
    fn every_example_holds() {
        let (loaded, examples) = loaded();
        let mut wrong = Vec::new();
        for rules in [Rules::builtin(), loaded] {
            for (name, examples) in &examples {
                for example in examples {
                    if let Some(message) = run(&rules, example) {
                        wrong.push(format!("{name}.toml:{}: {message}", example.line));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Each rule is what makes its examples hold, and those only that it has
    /// a part in.
    #[test]
    fn without_a_rule_only_its_own_examples_fail() {
        let (rules, examples) = loaded();
        let examples: Vec<_> = examples
            .iter()
            .flat_map(|(name, list)| list.iter().map(move |example| (name, example)))
            .filter_map(|(name, example)| match &example.input {
                Input::Url(url) => Some((name, example, url, outcome(&rules, example, url, &[]))),
                Input::Html(_) => None,
            })
            .collect();
        let mut wrong = Vec::new();
        for (id, ..) in rules.list() {
            let off = [id.to_owned()];
            for (name, example, url, (finds, verdict)) in &examples {
                let own = finds.iter().any(|f| f == id);
                // The second of two wrappers, or the parameters behind one.
                let part = own || verdict.used.iter().any(|used| used == id);
                let without = outcome(&rules, example, url, &off);
                let same = without.0 == *finds && without.1.url == verdict.url;
                if same == part && (own || !part) {
                    wrong.push(format!("{name}.toml, line {}, without {id}", example.line));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn same(a: &Rules, b: &Rules, url: &str) -> Result<(), TestCaseError> {
        let on = Switches::default();
        let mut vendors = Vendors::default();
        a.sign(url, &mut vendors);
        let judge = |rules: &Rules| {
            let pixel =
                Parts::parse(url).and_then(|parts| Some(rules.pixel(&parts, &on)?.id.to_string()));
            let links = Links::new(rules.clone(), Map::default());
            (pixel, links.judge(url, &Context::default(), &on, &vendors, Only::Both))
        };
        prop_assert_eq!(judge(a), judge(b));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Static and loaded tables give the same verdicts, and none panics,
        /// on URLs made of pieces of the examples.
        #[test]
        fn the_tables_agree(picks in proptest::collection::vec((0..10_000usize, 0..400usize, 0..400usize), 40), junk in "\\PC{0,12}") {
            let (loaded, examples) = loaded();
            let builtin = Rules::builtin();
            let urls: Vec<&str> = examples.iter().flat_map(|(_, list)| list).filter_map(|e| match &e.input {
                Input::Url(url) => Some(&**url),
                Input::Html(_) => None,
            }).collect();
            for (pick, cut, other) in picks {
                let (a, b) = (urls[pick % urls.len()], urls[(pick * 7 + other) % urls.len()]);
                let cut = (0..=cut.min(a.len())).rev().find(|&i| a.is_char_boundary(i)).unwrap_or(0);
                let from = (0..=other.min(b.len())).rev().find(|&i| b.is_char_boundary(i)).unwrap_or(0);
                for url in [format!("{}{}", &a[..cut], &b[from..]), format!("{}{junk}{}", &a[..cut], &a[cut..])] {
                    same(&builtin, &loaded, &url)?;
                }
            }
        }
    }

    #[test]
    fn errors_say_where() {
        let error =
            |text: &str| reader::read("acme", text, 0, regex::check).unwrap_err().to_string();
        assert_eq!(error("abuot = 'x'"), "1: the key abuot is not known: did you mean about?");
        let pixel = "[[pixel]]\nid = 'open'\nhost = '*.Acme.example'\n";
        assert!(error(pixel).starts_with("3: trackers.acme.open: the host"), "{}", error(pixel));
        let any = "[[pixel]]\nid = 'open'\nhost = '*'\n";
        assert!(error(any).contains("would match every URL"));
        let step = "\n[[redirect]]\nid='a'\nhost='a.example'\ntake='query:u'\nthen=['percnt']\n";
        assert!(error(step).starts_with("6: links.acme.a: step \"percnt\""), "{}", error(step));
        assert!(error("format = 2").contains("format must be 1"));
        assert!(error("[[pixel]]\nid='a'\nhost='a.b'\npath='/{hexx}'").contains("is no class"));
        assert!(error("x = ").starts_with("1: "));
        let regex = error("[[pixel]]\nid='a'\nhost='a.b'\nregex='/(open'");
        assert!(regex.starts_with("4: trackers.acme.a: regex"), "{regex}");
    }

    #[test]
    fn a_users_rule_replaces_the_built_in_one() {
        let dir = std::env::temp_dir().join(format!("mailrinse-rules-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let text = "format = 1\n[[pixel]]\nid = 'open'\nhost = 'only.example'\npath = '/trk'\n";
        std::fs::write(dir.join("marketo.toml"), text).unwrap();
        let rules = Rules::with_dir(&dir).unwrap();
        let is =
            |url: &str| rules.pixel(&Parts::parse(url).unwrap(), &Switches::default()).is_some();
        assert!(is("https://only.example/trk"));
        assert!(!is("https://newsalerts.icann.org/trk?t=1&mid=NTI5LUNSRS03MTc6MDoxNDk1"));
        assert!(is("https://mandrillapp.com/track/open.php?u=1"));
        std::fs::write(dir.join("bad.toml"), "[[pixel]]\nid = 1\n").unwrap();
        let error = Rules::with_dir(&dir).unwrap_err().to_string();
        assert!(error.contains("bad.toml:2: "), "{error}");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
