//! The words of the command line before clap reads them: options may stand
//! before or after a sub-command, so the sub-command is put first. Also says
//! what a word that is no file may have meant.

use clap::Command;
use std::ffi::OsString;

/// The words, put in order.
pub struct Words {
    /// The program's name, sub-commands, everything else as it was.
    pub list: Vec<OsString>,
    /// The first word that is neither option nor option's value.
    pub first: Option<String>,
    /// It names a sub-command.
    pub sub: bool,
}

impl Words {
    /// Puts sub-commands first.
    pub fn order(command: &Command, mut rest: Vec<OsString>) -> Self {
        let mut list: Vec<OsString> = rest.drain(..rest.len().min(1)).collect();
        let (mut here, mut first, mut sub) = (command, None, false);
        while let Some(at) = position(command, &rest) {
            let Some(word) = rest[at].to_str() else { break };
            if list.len() == 1 {
                first = Some(word.to_owned());
            }
            let Some(named) = here.find_subcommand(word) else { break };
            list.push(rest.remove(at));
            (here, sub) = (named, true);
        }
        list.extend(rest);
        Words { list, first, sub }
    }
}

/// Where the first word stands that is neither option nor option's value.
fn position(command: &Command, words: &[OsString]) -> Option<usize> {
    let mut value = false;
    for (i, word) in words.iter().enumerate() {
        if std::mem::take(&mut value) {
            continue;
        }
        let Some(word) = word.to_str() else {
            let dash = word.as_encoded_bytes().starts_with(b"-");
            if dash { continue } else { return Some(i) }
        };
        if word == "--" {
            return None;
        } else if let Some(long) = word.strip_prefix("--") {
            value =
                !long.contains('=') && takes_value(command, &|arg| arg.get_long() == Some(long));
        } else if let Some(shorts) = word.strip_prefix('-').filter(|shorts| !shorts.is_empty()) {
            // `-vo FILE`: the first one that takes a value has the rest of the
            // word for it, if there is a rest.
            let takes = |c| takes_value(command, &|arg| arg.get_short() == Some(c));
            value = shorts
                .char_indices()
                .find(|(_, c)| takes(*c))
                .is_some_and(|(at, c)| at + c.len_utf8() == shorts.len());
        } else {
            return Some(i);
        }
    }
    None
}

/// Whether an option takes a value, here or in any sub-command: it is the same
/// everywhere.
fn takes_value(command: &Command, is: &dyn Fn(&clap::Arg) -> bool) -> bool {
    let own = command.get_arguments().filter(|arg| !arg.is_positional());
    own.into_iter().any(|arg| is(arg) && arg.get_action().takes_values())
        || command.get_subcommands().any(|sub| takes_value(sub, is))
}

/// A hint, where a word looks like a command and is none.
pub fn meant(command: &Command, word: &str) -> Option<String> {
    let names = command.get_subcommands().map(Command::get_name);
    let near = nearest(word, names).filter(|_| word.len() > 1)?;
    Some(format!("did you mean the command mailrinse {near}?"))
}

/// The name that a wrong one was meant for, if one is near.
pub fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (far, name) = names.map(|name| (distance(name, wrong), name)).min()?;
    (far <= if wrong.len() > 4 { 2 } else { 1 }).then_some(name)
}

/// How many letters must change; two that changed places count once.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, n) | (n, 0) => n,
                _ => {
                    let same = usize::from(a[i - 1] != b[j - 1]);
                    let mut least =
                        (rows[i - 1][j - 1] + same).min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(rows[i - 2][j - 2] + 1);
                    }
                    least
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::super::args::Line;
    use super::*;
    use clap::CommandFactory;
    use std::collections::HashMap;

    fn ordered(line: &str) -> (String, bool) {
        let words = Words::order(&Line::command(), line.split(' ').map(OsString::from).collect());
        let list: Vec<_> = words.list.iter().map(|w| w.to_str().unwrap()).collect();
        (list.join(" "), words.sub)
    }

    #[test]
    fn sub_commands_come_first() {
        for (line, same) in [
            ("m --rules d url --json x", "m url --rules d --json x"),
            ("m --only=params url x", "m url --only=params x"),
            ("m --only params url x", "m url --only params x"),
            ("m --format md rules --rules d list", "m rules list --format md --rules d"),
            ("m url -- url", "m url -- url"),
        ] {
            assert_eq!(ordered(line), (same.to_owned(), true), "{line}");
        }
        for line in ["m -o url a.html", "m -vo url a.html", "m -- url", "m a.html url", "m -"] {
            assert_eq!(ordered(line), (line.to_owned(), false), "{line}");
        }
        assert!(ordered("m -vofile url").1);
    }

    /// Without that, which word is a value would depend on the sub-command.
    #[test]
    fn an_option_takes_a_value_everywhere_or_nowhere() {
        fn collect(command: &Command, seen: &mut HashMap<String, bool>) {
            for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
                let takes = arg.get_action().takes_values();
                let names = arg.get_long().map(str::to_owned).into_iter();
                for name in names.chain(arg.get_short().map(String::from)) {
                    assert_eq!(*seen.entry(name.clone()).or_insert(takes), takes, "{name}");
                }
            }
            command.get_subcommands().for_each(|sub| collect(sub, seen));
        }
        collect(&Line::command(), &mut HashMap::new());
    }

    #[test]
    fn near_names() {
        let hint = |word| meant(&Line::command(), word).unwrap_or_default();
        assert!(hint("chekc").contains("mailrinse check"));
        assert!(hint("ruls").contains("mailrinse rules"));
        assert!(hint("ulr").contains("mailrinse url"));
        assert_eq!(hint("mail.html") + &hint("a") + &hint("newsletter"), "");
    }
}
