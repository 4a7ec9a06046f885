//! Language, direction and title of the whole mail (WCAG 3.1.1, 1.3.2, 2.4.2),
//! for the writer to print, and `lang` attributes that name no language (3.1.2).

use super::Plan;
use super::known::{KNOWN, Tongues};
use crate::finding::Why;
use crate::html::{At, El};
use crate::scene::{Level, Scene, folded, is_blank};
use crate::tag::Tag;
use whatlang::Lang;

/// The document's language is not declared, or declared wrongly.
pub(super) const DOCUMENT: &str = "access.lang.document";
/// A `lang` names no language.
const INVALID: &str = "access.lang.invalid";

/// How many characters of a mail's first words make a title.
const TITLE: usize = 60;

/// Which way text runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dir {
    Ltr,
    Rtl,
    Auto,
}

impl Dir {
    /// As an attribute's value.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Dir::Ltr => "ltr",
            Dir::Rtl => "rtl",
            Dir::Auto => "auto",
        }
    }
}

/// What the writer says about the whole mail. `None` where it cannot be known:
/// then nothing is said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Shell {
    /// A language tag (BCP 47), never `und`.
    pub lang: Option<String>,
    /// The author's, or what the language's script asks for.
    pub dir: Option<Dir>,
    /// The Subject, else the source's title, else the first heading, else the
    /// first words. White space folded.
    pub title: Option<String>,
}

/// What to say about the whole mail, learnt from what is left of it.
pub(crate) fn shell(scene: &Scene<'_>) -> Shell {
    let lang =
        language(&scene.sample, scene.cx.language.as_deref(), scene.declared_lang.as_deref());
    let dir = match scene.declared_dir.as_deref() {
        Some("ltr") => Some(Dir::Ltr),
        Some("rtl") => Some(Dir::Rtl),
        // `auto` says that somebody else is to find out; the language says more.
        declared => {
            let auto = (declared == Some("auto")).then_some(Dir::Auto);
            lang.as_deref().map(direction).or(auto)
        }
    };
    Shell { lang, dir, title: title(scene) }
}

/// The language of a text: what it shows for sure, else what the header says,
/// else what was declared. Where header or declaration agree with the text,
/// theirs is kept: it may name a region.
fn language(sample: &str, header: Option<&str>, declared: Option<&str>) -> Option<String> {
    let mut named = [header, declared].into_iter().flatten().filter_map(tag_of);
    let enough = KNOWN.lang_letters.ceil() as usize;
    let letters = sample.chars().filter(|c| c.is_alphabetic()).take(enough).count();
    if letters < enough {
        return named.next().or_else(|| Some(by_words(hits(sample), None)?.to_owned()));
    }
    let Some(found) = detect(sample) else { return named.next() };
    let agrees = |tag: &String| {
        let primary = primary(tag);
        primary == found
            || KNOWN.lang_alike.iter().any(|group| group.contains(primary) && group.contains(found))
    };
    named.find(agrees).or_else(|| Some(found.to_owned()))
}

/// By its letter groups, or, where these leave doubt, by its small words. Where
/// a text is full of the small words of a language that no other is taken for,
/// its letter groups, which cost forty times as much, are not asked.
fn detect(sample: &str) -> Option<&'static str> {
    let hits = hits(sample);
    if let Some(lang) = alone(hits.as_ref()) {
        return Some(lang);
    }
    let info = whatlang::detect(sample)?;
    let likely = code(info.lang());
    if info.is_reliable() { likely } else { by_words(hits, likely) }
}

/// The language that small words tell by themselves.
fn alone(hits: Option<&Hits>) -> Option<&'static str> {
    let &Hits { lang, count, weight, next } = hits?;
    let many = count as f64 >= KNOWN.lang_alone_hits && weight > KNOWN.lang_alone_lead * next;
    (many && KNOWN.lang_alone.contains(lang)).then_some(lang)
}

/// The language whose small words are most of a text's.
struct Hits {
    lang: &'static str,
    count: usize,
    /// A word of several languages weighs less for each.
    weight: f64,
    /// What those of the language after it weigh.
    next: f64,
}

fn hits(sample: &str) -> Option<Hits> {
    // Words of each language, and what they weigh.
    let mut hits = [(0, 0.0); Tongues::MOST];
    let mut capitals = String::new();
    for word in words(sample) {
        let small = if word.bytes().all(|b| b.is_ascii_lowercase()) {
            word
        } else {
            capitals.clear();
            if word.is_ascii() {
                capitals.push_str(word);
                capitals.make_ascii_lowercase();
            } else {
                capitals.push_str(&word.to_lowercase());
            }
            &capitals
        };
        let langs = KNOWN.lang_words.of(small);
        let share = 1.0 / langs.len() as f64;
        for lang in langs {
            let (count, weight) = &mut hits[lang];
            *count += 1;
            *weight += share;
        }
    }
    let hits = hits.iter().enumerate().filter(|(_, (count, _))| *count > 0);
    let (best, &(count, weight)) =
        hits.clone().max_by(|(_, (_, of_a)), (_, (_, of_b))| of_a.total_cmp(of_b))?;
    let others = hits.filter(|(lang, _)| *lang != best);
    let next = others.map(|(_, (_, weight))| *weight).fold(0.0, f64::max);
    Some(Hits { lang: KNOWN.lang_words.name(best), count, weight, next })
}

/// The runs of letters and digits in a text, and perhaps empty ones between
/// what is beyond ASCII.
fn words(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        // Most are of ASCII, and end with it.
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric();
        let start = text.bytes().position(|byte| is_word(&byte) || !byte.is_ascii())?;
        text = &text[start..];
        let len = text.bytes().take_while(is_word).count();
        let len = match text.as_bytes().get(len) {
            Some(byte) if !byte.is_ascii() => {
                text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len())
            }
            _ => len,
        };
        let (word, rest) = text.split_at(len);
        // On behind what ended it.
        let next = rest.chars().next().map_or(0, char::len_utf8);
        text = &rest[next..];
        Some(word)
    })
}

/// The language that small words tell, if they do. One that is likely already
/// needs fewer.
fn by_words(hits: Option<Hits>, likely: Option<&str>) -> Option<&'static str> {
    let Hits { lang, count, weight, next } = hits?;
    let (need, lead) = if likely == Some(lang) { (2.0, 1.0) } else { (KNOWN.lang_word_hits, 2.0) };
    (count as f64 >= need && weight > lead * next).then_some(lang)
}

/// A language tag in a form that can be printed, or nothing if it names no
/// language: `und`, `x-none`, free text.
fn tag_of(text: &str) -> Option<String> {
    let tag = text.split([',', ';']).next()?.trim().replace('_', "-");
    is_language(&tag).then_some(tag)
}

fn is_language(tag: &str) -> bool {
    let parts_fit = tag.split('-').all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    let primary = primary(tag).to_ascii_lowercase();
    parts_fit
        && match primary.len() {
            2 => KNOWN.lang_known.contains(&primary),
            3 => {
                primary.bytes().all(|b| b.is_ascii_lowercase())
                    && !matches!(primary.as_str(), "und" | "mul" | "zxx" | "mis")
            }
            _ => false,
        }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

fn direction(lang: &str) -> Dir {
    let lang = lang.to_ascii_lowercase();
    let mut parts = lang.split('-');
    let primary = parts.next().unwrap_or_default();
    let script = parts.find(|part| part.len() == 4);
    let rtl = match script {
        Some("arab" | "hebr" | "syrc" | "thaa" | "nkoo") => true,
        Some(_) => false,
        None => KNOWN.lang_rtl.contains(primary),
    };
    if rtl { Dir::Rtl } else { Dir::Ltr }
}

fn title(scene: &Scene<'_>) -> Option<String> {
    let named = [scene.cx.subject.as_deref(), scene.title.as_deref(), scene.heading.as_deref()];
    let title = named.into_iter().flatten().map(folded).find(|title| !is_blank(title));
    title.or_else(|| {
        let words = first_words(&scene.sample);
        (!is_blank(&words)).then_some(words)
    })
}

/// The first words, cut at a word's end.
fn first_words(sample: &str) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in sample.split_whitespace().filter(|word| !is_blank(word)) {
        let more = word.chars().count() + usize::from(!out.is_empty());
        if length + more > TITLE {
            if out.is_empty() {
                out.extend(word.chars().take(TITLE));
            }
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        length += more;
    }
    out
}

/// A `lang` that names no language says nothing, and misleads speech. What
/// stands round the content the writer says; at level patch, where it writes
/// nothing of its own, the tags that are there do.
pub(super) fn visit(tag: &mut Tag<'_>, scene: &Scene<'_>, plan: &Plan) {
    if !matches!(tag.el(), El::Html | El::Body | El::Main) {
        let invalid = tag.get(At::Lang).filter(|lang| !is_language(lang.trim())).map(str::to_owned);
        if let Some(lang) = invalid {
            tag.drop_attr(At::Lang, Why::rule(INVALID).evidence(lang, 0));
        }
        return;
    }
    let is_there = !tag.tape.nodes[tag.index() as usize].implied;
    if scene.level == Level::Patch && tag.el() != El::Main && is_there {
        if let Some(lang) = &plan.shell.lang {
            tag.set(At::Lang, lang, Why::rule(DOCUMENT).to(lang.clone()));
        }
        if let Some(dir) = plan.shell.dir.filter(|_| scene.declared_dir.is_none()) {
            tag.set(At::Dir, dir.as_str(), Why::rule(DOCUMENT).to(dir.as_str()));
        }
    }
}

/// ISO 639-1, or 639-3 where that has no two letters.
fn code(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Afr => "af",
        Lang::Aka => "ak",
        Lang::Amh => "am",
        Lang::Ara => "ar",
        Lang::Aze => "az",
        Lang::Bel => "be",
        Lang::Ben => "bn",
        Lang::Bul => "bg",
        Lang::Cat => "ca",
        Lang::Ces => "cs",
        Lang::Cmn => "zh",
        Lang::Cym => "cy",
        Lang::Dan => "da",
        Lang::Deu => "de",
        Lang::Ell => "el",
        Lang::Eng => "en",
        Lang::Epo => "eo",
        Lang::Est => "et",
        Lang::Fin => "fi",
        Lang::Fra => "fr",
        Lang::Guj => "gu",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Hrv => "hr",
        Lang::Hun => "hu",
        Lang::Hye => "hy",
        Lang::Ind => "id",
        Lang::Ita => "it",
        Lang::Jav => "jv",
        Lang::Jpn => "ja",
        Lang::Kan => "kn",
        Lang::Kat => "ka",
        Lang::Khm => "km",
        Lang::Kor => "ko",
        Lang::Lat => "la",
        Lang::Lav => "lv",
        Lang::Lit => "lt",
        Lang::Mal => "ml",
        Lang::Mar => "mr",
        Lang::Mkd => "mk",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Nld => "nl",
        Lang::Nob => "nb",
        Lang::Ori => "or",
        Lang::Pan => "pa",
        Lang::Pes => "fa",
        Lang::Pol => "pl",
        Lang::Por => "pt",
        Lang::Ron => "ro",
        Lang::Rus => "ru",
        Lang::Sin => "si",
        Lang::Slk => "sk",
        Lang::Slv => "sl",
        Lang::Sna => "sn",
        Lang::Spa => "es",
        Lang::Srp => "sr",
        Lang::Swe => "sv",
        Lang::Tam => "ta",
        Lang::Tel => "te",
        Lang::Tgl => "tl",
        Lang::Tha => "th",
        Lang::Tuk => "tk",
        Lang::Tur => "tr",
        Lang::Ukr => "uk",
        Lang::Urd => "ur",
        Lang::Uzb => "uz",
        Lang::Vie => "vi",
        Lang::Yid => "yi",
        Lang::Zul => "zu",
    })
}

#[cfg(test)]
mod tests;
